"""What stands in a message and is not said by it: quoted lines, and lists under somebody's heading.
It is nobody's command (rule 15)."""

import re
from dataclasses import dataclass

ITEMS = 50  # of one list
ASKS = " to your list? Say “yes” or “no”."
OFFER = "I took none of that for a command. Shall I add {what}" + ASKS
_QUOTE = re.compile(r"\s*>+\s?(.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
BULLET = re.compile(r"^\s*(?:[-*•–◦]|\d+[.)]|\[[ xX]?\])\s*(?:\[[ xX]?\]\s*)?(?=\S)")
_LISTED = re.compile(r"\s*(?:[-*•–◦]|\d{1,3}[.)]|\[[ xX]?\])\s+\S")


@dataclass(frozen=True, slots=True)
class Message:
    """A message: what it says itself, and what it quotes."""

    said: str
    quoted: str


def apart(text: str) -> Message:
    """What a message says, and what stands in it quoted or fenced."""
    said: list[str] = []
    quoted: list[str] = []
    fenced = False
    lines = text.splitlines()
    for line in lines:
        if _FENCE.match(line) and (fenced or len(lines) > 1):
            fenced = not fenced
        elif fenced:
            quoted.append(line)
        elif found := _QUOTE.fullmatch(line):
            quoted.append(found[1])
        else:
            said.append(line)
    return Message("\n".join(said).strip(), "\n".join(quoted).strip())


def listed(said: str) -> tuple[str, list[str]]:
    """A heading and the items of a list under it; no items where it is none."""
    lines = [line for line in said.splitlines() if line.strip()]
    if len(lines) < 2 or _LISTED.match(lines[0]):
        return "", []
    heading, below = lines[0].strip(), lines[1:]
    bullets = [line for line in below if _LISTED.match(line)]
    if not bullets and not heading.endswith(":"):
        return "", []
    return heading, [BULLET.sub("", line).strip() for line in bullets or below][:ITEMS]


def offer(items: list[str]) -> str:
    """A question whether to add the items of a list."""
    shown = "\n".join(f"- {item}" for item in items)
    what = "this" if len(items) == 1 else f"these {len(items)}"
    return f"{shown}\n\n{OFFER.format(what=what)}"
