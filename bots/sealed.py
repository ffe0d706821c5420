"""Words that are kept for a while and must not be read: sealed in the row, opened by a worker."""

import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE = "secret"


class Seal:
    """Seals and opens by one secret; every process of a Todd has the same."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"todd reply addresses").derive(secret.encode())
        self._fernet = Fernet(urlsafe_b64encode(key))

    def seal(self, words: str) -> str:
        return self._fernet.encrypt(words.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """What was sealed; None when it was by another secret, or is damaged."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def secret_of(given: str | None, folder: Path) -> str:
    """The secret that is set, else one of this machine's own, kept in the data folder."""
    if given:
        return given
    path = folder.expanduser() / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
