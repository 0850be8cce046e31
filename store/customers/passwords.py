"""Passwords: which are taken, and how they are kept."""

import re
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from store.said import Said, say

LEAST: Final = 12  # characters; OWASP ASVS 5.0, 6.2.1 asks for 8 and recommends 15
MOST: Final = 200  # ASVS 6.2.9 asks that 64 be taken
_OWN: Final = 6  # letters and digits that are left without one's own name and organisation
_WORD: Final = 3
_SEPARATORS: Final = re.compile(r"[\W_]+")
_GUESSES: Final = 1e9  # fewer are tried within a day, though argon2 is slow
_LOOKED_AT: Final = 72  # characters: what comes after adds nothing to a judgement
# 19 MiB, two passes: OWASP's cheat sheet on storing passwords, where many may sign in at once.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def refusal(password: str, about: tuple[str, ...] = ()) -> Said | None:
    """Why a new password is not taken, or None; `about` are words that somebody would try first: an address, an organisation."""
    if len(password) < LEAST:
        return say("Use at least %(least)s characters; a sentence of your own is easy to keep.", least=LEAST)
    if len(password) > MOST:
        return say("Use at most %(most)s characters.", most=MOST)
    if password.lower() in _stolen():
        return say("This password is on lists of stolen ones, so it is tried first. Think of another.")
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take long to import, and most of what imports this module needs none

    words = [part for text in about for part in (text, *_SEPARATORS.split(text)) if len(part) >= _WORD]
    own = password.lower()
    for word in sorted(words, key=len, reverse=True):
        own = own.replace(word.lower(), "")
    guesses = zxcvbn(password[:_LOOKED_AT], user_inputs=words)["guesses"]
    if guesses < _GUESSES or sum(c.isalnum() for c in own) < _OWN:
        return say("This password is easy to guess. Use more words that do not belong together, and not your own name or organisation.")
    return None


def hashed(password: str) -> str:
    """What is kept of a password: argon2id with a salt of its own."""
    return _HASHER.hash(password)


def matches(password: str, kept: str) -> bool:
    """Whether a password is the one that was kept; takes as long where none was, so that nobody can tell."""
    try:
        return _HASHER.verify(kept or _nobodys(), password[: MOST + 1]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _stolen() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - likewise

    return frozenset(FREQUENCY_LISTS["passwords"])


@cache
def _nobodys() -> str:
    return hashed("no password of anybody")
