"""Words that are kept for a while and must not be read: sealed in the row, opened by a worker."""

import contextlib
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from tempfile import NamedTemporaryFile

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


def seal_of(given: str | None, folder: Path) -> Seal:
    """What seals and opens by this Todd's secret."""
    return Seal(secret_of(given, folder))


def secret_of(given: str | None, folder: Path) -> str:
    """The secret that is set, else one of this machine's own, kept in the data folder."""
    if given:
        return given
    path = folder.expanduser() / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole before it has its name: another process may look for it at the same time.
        with NamedTemporaryFile("w", dir=path.parent) as file:  # readable by its owner alone
            file.write(secrets.token_urlsafe(32))
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()
