"""Rule 10: when Todd answers and when he overhears. One rule for every platform."""

from core.heard import Heard
from db.conversations import Known


def answers(heard: Heard, known: Known) -> bool:
    """Whether Todd answers this message; if not, it is kept as context."""
    if heard.place.private or heard.addressed:
        return True
    if known.speaks == "mentioned" or heard.to_others:
        return False
    if known.speaks == "always":
        return True
    return alone_with_todd(heard, known) or answers_his_question(known)


def alone_with_todd(heard: Heard, known: Known) -> bool:
    """A thread in which Todd takes part, and nobody but this person has spoken."""
    takes_part = known.joined or heard.with_todd
    return bool(heard.place.thread) and takes_part and not known.others


def answers_his_question(known: Known) -> bool:
    """Todd's last words asked this very person something."""
    return known.user_id is not None and known.asking_id == known.user_id
