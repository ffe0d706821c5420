"""Whether a sentence claims that something was changed; such a claim needs a receipt (rule 3)."""

import re
from collections.abc import Iterable

from core.receipts import MARK

ANY = "any"  # "Done!": some change, it does not say which

VERBS = {
    "added": "added", "created": "added", "saved": "added", "noted": "added", "put": "added",
    "completed": "completed", "finished": "completed", "checked": "completed",
    "ticked": "completed", "marked": "completed", "reopened": "reopened", "restored": "reopened",
    "deleted": "deleted", "removed": "deleted", "cleared": "deleted", "updated": "updated",
    "changed": "updated", "renamed": "updated", "moved": "updated", "rescheduled": "updated",
    "postponed": "updated", "set": "updated", "scheduled": ANY,
}  # fmt: skip
_VERB = "|".join(VERBS)
_ALSO = {"added": {"added", "updated"}, "updated": {"updated", "added"}, "completed": {"completed"}}

_DID = re.compile(rf"\b(?:i|we)(?:['’]ve| have)?(?: just| now| also| already)? ({_VERB})\b", re.I)
_WAS = re.compile(
    rf"\b(?:is|are|was|were|been|['’]s|['’]re)(?: now| just| all| successfully)* ({_VERB})\b", re.I
)
_OPENS = re.compile(
    rf"^\W*(?:(done|all (?:done|set)|(?:{_VERB}))\b)(?!\s+(?:tasks?|items?)\b)", re.I
)
_DENIES = re.compile(
    r"\b(?:not|never|no longer|nothing|cannot|unable|failed|if|when|once|before|should|shall|would|"
    r"could|can|will|want|unless|until)\b|n['’]t\b",
    re.I,
)


def claimed(sentence: str) -> frozenset[str]:
    """The kinds of change that a sentence says were made just now; empty when it claims none.

    A line that looks like a receipt is a claim too: receipts are written by code alone.
    """
    said = sentence.strip()
    if said.startswith(MARK):
        return frozenset({"receipt"})
    if said.endswith("?") or _DENIES.search(said):
        return frozenset()
    verbs = {match.lower() for match in _DID.findall(said)}
    verbs |= {match.lower() for match in _WAS.findall(said)}
    opening = _OPENS.match(said)
    if opening:
        verbs.add(opening.group(1).lower())
    return frozenset(VERBS.get(verb, ANY) for verb in verbs)


def holds(sentence: str, actions: Iterable[str]) -> bool:
    """Whether what a sentence claims is borne out by the actions that truly happened."""
    kinds = claimed(sentence)
    if not kinds:
        return True
    if "receipt" in kinds:
        return False
    happened = set(actions)
    return any(
        bool(happened) if kind == ANY else bool(_ALSO.get(kind, {kind}) & happened)
        for kind in kinds
    )
