"""Whether a sentence claims that something was changed; such a claim needs a receipt (rule 3)."""

import re
from collections.abc import Iterable

from core.receipts import MARK

ANY = "any"  # "Done!": some change, it does not say which

VERBS = {
    "added": "added", "created": "added", "saved": "added", "noted": "added",
    "completed": "completed", "finished": "completed", "checked off": "completed",
    "ticked off": "completed", "marked": "completed", "reopened": "reopened",
    "restored": "reopened", "deleted": "deleted", "removed": "deleted", "cleared": "deleted",
    "updated": "updated", "changed": "updated", "renamed": "updated", "moved": "updated",
    "rescheduled": "updated", "postponed": "updated", "pushed": "updated", "bumped": "updated",
    "crossed off": "completed", "scheduled": ANY, "set": ANY, "put": ANY,
}  # fmt: skip
KINDS = {**VERBS, "complete": "completed", "cleared": "deleted", "note": "added"}
_ALSO = {"added": {"added", "updated"}, "updated": {"updated", "added"}}
# What may also describe how things stand: it claims a change only with "been", "just" or "now".
_STATES = ("completed", "finished", "marked", "scheduled", "set", "put", "noted", "saved",
           "checked off", "ticked off", "cleared")  # fmt: skip
_VERB = "|".join(VERBS)
_DONE = "|".join(verb for verb in VERBS if verb not in _STATES)

# I've added; we have just moved.
_DID = re.compile(
    rf"\b(?:i|we)(?:['’]ve| have)?(?: just| now| also| already| successfully)* ({_VERB})\b", re.I
)
# has been completed; is now set; was just added.
_BEEN = re.compile(
    r"(?:\bbeen|\b(?:is|are|was|were)(?: just| now| successfully)+|['’]s now|['’]re now)"
    rf"(?: just| now| all| successfully)* ({_VERB})\b",
    re.I,
)
# is deleted; was added, but not "was added on Monday".
_IS = re.compile(
    rf"(?:\b(?:is|are|was|were)|['’]s|['’]re)(?: all)? ({_DONE})\b"
    r"(?! (?:on|at|by|in|last|yesterday|from)\b)",
    re.I,
)
# Done! Ok, added milk. But not "Completed:" or "Finished today".
_OPENS = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|sure|great|alright|got it)\W+)?"
    r"(?:(done|all done|all set)\b(?=\W*$|[!.,])"
    rf"|({_DONE})\b(?!:| (?:tasks?|items?|today|yesterday|this|last|on|in|at)\b))",
    re.I,
)
# Task #3 deleted.
_ENDS = re.compile(rf"(?<!you )(?<!they )(?<!was )(?<!be )\b({_DONE})\W*$", re.I)
# Task created: buy milk. Reminder set. Marked as done. That's done! It's been taken care of.
_SET_PHRASES = re.compile(
    r"\b(?:tasks?|reminders?|notes?) ((?:created|added|saved|set|marked|scheduled))\b"
    r"|^\W*(?:marked|#?\d+ marked) (?:as )?(done|complete|completed)\b"
    r"|\b(?:task|#\d+) marked (?:as )?(done|complete|completed)\b"
    r"|\bthat['’]s (done)\b|\b(taken care of)\b|\bi['’]ve made a (note) of\b"
    r"|\bi['’]ve (got) .* on your list\b|\byour list is (cleared)\b|^\W*(scheduled) (?:for|on)\b",
    re.I,
)
_CONDITION = re.compile(r"\b(?:if|when|once|before|unless|until|not that)\b", re.I)
_DENIES = re.compile(
    r"\b(?:not|never|no longer|nothing|none|cannot|unable|failed|if|when|once|before|should|shall|"
    r"would|could|can|will|want|unless|until|to be|you|they|who|that|which)\b|n['’]t\b|['’]ll\b",
    re.I,
)
_CLAUSE = re.compile(r"[,;:—–]|\b(?:and|but|so|because|that)\b", re.I)
# Each way to claim, and what before it in its clause says that it did not happen, or not yet.
_WAYS = ((_DID, _CONDITION), (_BEEN, _DENIES), (_IS, _DENIES), (_OPENS, _DENIES), (_ENDS, _DENIES),
         (_SET_PHRASES, _CONDITION))  # fmt: skip


def claimed(sentence: str) -> frozenset[str]:
    """The kinds of change that a sentence says were made just now; empty when it claims none.

    A line that looks like a receipt is a claim too: receipts are written by code alone.
    """
    said = sentence.strip()
    if said.startswith(MARK):
        return frozenset({"receipt"})
    if said.endswith("?"):
        return frozenset()
    return frozenset(
        KINDS.get(match.group(match.lastindex or 0).lower(), ANY)
        for way, denies in _WAYS
        for match in way.finditer(said)
        if not denies.search(_CLAUSE.split(said[: match.start()])[-1])
    )


def holds(sentence: str, actions: Iterable[str]) -> bool:
    """Whether all that a sentence claims is borne out by the actions that truly happened."""
    kinds = claimed(sentence)
    if "receipt" in kinds:
        return False
    happened = set(actions)
    return all(
        bool(happened) if kind == ANY else bool(_ALSO.get(kind, {kind}) & happened)
        for kind in kinds
    )
