"""The portal's own key, from which all others are derived: that of the settings, else of a file that is made at first need."""

import base64
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.customers.secrets import made
from store.errors import AccountsUnavailableError
from store.said import say

FILE: Final = "secret-key"  # in the data folder
LEAST: Final = 32  # characters of one, so that nobody tries them all
_MOST: Final = 10_000


class SecretKey:
    """The key `given`, else that of a file, which only the portal's own user may read. Nothing is read or made before it is needed.

    `before` are earlier keys: nothing new is sealed or signed with them, and what was can still be read.
    """

    def __init__(self, file: Path, given: str | None = None, before: Sequence[str] = ()) -> None:
        self._file = file
        self._given = given
        self._before = before

    def derived(self, purpose: str) -> list[bytes]:
        """256 bits for one purpose, which tell nothing of those for another (HKDF, RFC 5869): of earlier keys, and of the key itself last.

        Raises `AccountsUnavailableError`.
        """
        return [
            HKDF(SHA256(), 32, salt=None, info=f"portal {purpose}".encode()).derive(key.encode()) for key in (*self._before, self._whole())
        ]

    def _whole(self) -> str:
        if self._given is None:
            self._given = self._of_file()
        return self._given

    def _of_file(self) -> str:
        try:
            if not self._file.exists():
                _make(self._file)
            with self._file.open(encoding="ascii") as stream:
                text = stream.read(_MOST).strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise AccountsUnavailableError(
                say(
                    "The portal's key cannot be read from %(file)s: %(why)s. Mend it, or set PORTAL_SECRET_KEY.",
                    file=str(self._file),
                    why=why,
                )
            ) from error
        if len(text) < LEAST:
            raise AccountsUnavailableError(
                say("The portal's key in %(file)s is not whole. Put it back from a backup, or set PORTAL_SECRET_KEY.", file=str(self._file))
            )
        return text


class Seal:
    """Keeps texts in Redis so that they can be read with the portal's keys only (Fernet: AES-128-CBC with HMAC-SHA256).

    `keys` gives the one that seals last, and before it those that still open.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys

    def closed(self, text: str, owner: str) -> str:
        """A text as it is kept; it can be opened for the same owner only."""
        return self._fernet().encrypt(f"{owner}:{text}".encode()).decode()

    def opened(self, kept: str, owner: str) -> str | None:
        """The text that was kept; None where it was closed with another key or for somebody else."""
        try:
            of, _, text = self._fernet().decrypt(kept).decode().partition(":")
        except InvalidToken:
            return None
        return text if of == owner else None

    def renewed(self, kept: str) -> str:
        """What can be opened, as the present key seals it; unchanged where that key sealed it, or none of them opens it."""
        *_, newest = self._each()
        try:
            newest.decrypt(kept)
        except InvalidToken:
            try:
                return self._fernet().rotate(kept).decode()
            except InvalidToken:
                return kept
        return kept

    def _fernet(self) -> MultiFernet:
        return MultiFernet(reversed(self._each()))  # it seals with the first

    def _each(self) -> list[Fernet]:
        return [Fernet(base64.urlsafe_b64encode(key)) for key in self._keys()]


def _make(file: Path) -> None:
    """Write a new key: whole or not at all, and by one process only."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{made()}\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            return  # another process was first, and its key counts
    finally:
        draft.unlink()
