"""Markdown cut into parts that a platform takes, never inside a word, a line or a block of code."""

FENCE = "```"
FENCE_LIMIT = 20  # characters of the line that opens a block again: its fence and language
SMALLEST = 64  # characters of a part; less is no platform's limit


def split(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters that together say all of `text`.

    Cut at a blank line, else at a line, else at a space, else where it must be. A block of code
    that is longer than a part is closed at its end and opened again in the next.
    """
    if limit < SMALLEST:
        raise ValueError(f"a part has at least {SMALLEST} characters")
    parts: list[str] = []
    rest = text
    opened = ""
    while len(opened) + len(rest) > limit:
        room = max(limit - len(opened) - len(FENCE) - 1, 1)
        cut = _cut(rest, room)
        piece = opened + rest[:cut]
        rest = rest[cut:].lstrip("\n")
        fence = _open_fence(piece)
        if fence:
            piece = f"{piece.rstrip()}\n{FENCE}"
        if piece.strip():
            parts.append(piece.rstrip())
        opened = f"{fence}\n" if fence else ""
    if (opened + rest).strip() or not parts:
        parts.append(opened + rest)
    return parts


def _cut(text: str, room: int) -> int:
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, room // 3, room)
        if at > 0:
            return min(at + len(mark), room)
    return room


def _open_fence(text: str) -> str:
    """The line that opened a block of code which is not closed; empty when all are."""
    opened = ""
    for line in text.splitlines():
        if line.lstrip().startswith(FENCE):
            opened = "" if opened else line.strip()[:FENCE_LIMIT]
    return opened
