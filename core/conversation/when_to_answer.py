"""Rule 10: when Todd answers and when he overhears. One rule for every platform."""

from zoneinfo import ZoneInfo

from core.heard import Heard
from core.understanding.english import lines
from core.understanding.english.acts import Act
from db.conversations import Known
from db.models import utcnow

COMMAND_LENGTH = 200  # characters of a line that is looked at for a command


def answers(heard: Heard, known: Known) -> bool:
    """Whether Todd answers this message; if not, it is kept as context."""
    if heard.place.private or heard.addressed:
        return True
    if known.speaks == "mentioned" or (heard.to_others and not is_command(heard.text)):
        return False
    if known.speaks == "always":
        return True
    return alone_with_todd(heard, known) or answers_his_question(known)


def is_command(text: str) -> bool:
    """Whether words that mention somebody else are for Todd all the same: "assign 2 to @bob"."""
    if len(text) > COMMAND_LENGTH or "\n" in text:
        return False
    meant = lines.mean(text, utcnow(), ZoneInfo("UTC"))
    return all(isinstance(each, Act) for each in meant)


def alone_with_todd(heard: Heard, known: Known) -> bool:
    """A thread in which Todd takes part, and nobody but this person has spoken."""
    takes_part = known.joined or heard.with_todd
    return bool(heard.place.thread) and takes_part and not known.others


def answers_his_question(known: Known) -> bool:
    """Todd's last words asked this very person something."""
    return known.user_id is not None and known.asking_id == known.user_id
