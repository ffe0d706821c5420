"""The fields of a task as they are said: described for models, checked, made fit to be kept."""

import re
from typing import Annotated, Literal

from pydantic import Field

from core.errors import Refused
from core.heard import NO_LABEL
from db.models import DESCRIPTION_LIMIT, TITLE_LIMIT

NONE = "none"
LABEL_LIMIT, LABELS_LIMIT = 40, 10  # characters of one, labels of a task
# Lengths are told to the model here and checked item by item, so that one does not fail the rest.
Title = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": TITLE_LIMIT})]
Description = Annotated[str, Field(json_schema_extra={"maxLength": DESCRIPTION_LIMIT})]
Due = Annotated[
    str,
    Field(
        max_length=100,
        description="When it is due, in the person's own words put into English"
        " ('friday 5pm', 'in two weeks'), or ISO. Never compute a date.",
    ),
]
Repeat = Annotated[
    str,
    Field(max_length=100, description="How it comes again, in English: 'every friday at 9'"),
]
Assignee = Annotated[
    str, Field(max_length=200, description="'@ana', as mentioned in the message; 'me'")
]
Priority = Literal["urgent", "high", "normal", "low"]
Labels = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LABEL_LIMIT)]],
    Field(max_length=LABELS_LIMIT),
]


def title(words: str) -> str:
    title = " ".join(words.replace(NO_LABEL, "").split())
    if not title:
        raise Refused("A task needs a title.")
    if len(title) > TITLE_LIMIT:
        raise Refused(
            f"A title has at most {TITLE_LIMIT} characters, “{title[:40]}…” has {len(title)}. "
            "A shorter title, please; the rest can go into the description."
        )
    return title


def description(words: str) -> str:
    if len(words) > DESCRIPTION_LIMIT:
        raise Refused(
            f"A description has at most {DESCRIPTION_LIMIT} characters, this one has {len(words)}."
        )
    return words


def label(word: str) -> str:
    """A label as it is kept: lower case, without its #."""
    label = word.strip().lstrip("#").lower()
    if not re.fullmatch(r"[\w-]+", label):
        raise Refused(f"A label is one word, like #home; “{word}” is none.")
    return label


def clears(word: str) -> bool:
    return word.strip().lower() == NONE
