"""When Todd answers in a conversation, as its people have set it."""

from typing import Literal

Speaks = Literal["auto", "always", "mentioned"]
SPEAKS = {
    "auto": "I answer when I am mentioned, and whoever is alone with me in a thread",
    "always": "I answer everything that is said",
    "mentioned": "I answer only when I am mentioned",
}
