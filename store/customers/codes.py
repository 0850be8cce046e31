"""The second step of signing in: codes of an authenticator app (TOTP, RFC 6238) and recovery codes for who has lost it."""

import secrets
from collections.abc import Sequence
from typing import Final

import pyotp

from store.customers.secrets import digest

ISSUER: Final = "Management Portal"
_STEP: Final = 30  # seconds
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_RECOVERY: Final = 10
_GROUPS: Final = 6  # of four letters


def new_secret() -> str:
    """What the app and the portal share: 160 bits in Base32."""
    return pyotp.random_base32()


def address(secret: str, user: str) -> str:
    """The `otpauth:` address that an app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)


def step_of(code: str, secret: str, now: int, last: int) -> int | None:
    """The time step (of 30 s) that a code of six digits is of, or None.

    One step early or late is taken, as clocks differ; one that is not after `last` is not: a code counts once (RFC 6238, 5.2).
    """
    wanted = code.replace(" ", "")
    current = now // (1000 * _STEP)
    totp = pyotp.TOTP(secret)
    for step in (current - 1, current, current + 1):
        if step > last and pyotp.utils.strings_equal(totp.at(step * _STEP), wanted):
            return step
    return None


def recovery_codes() -> list[str]:
    """Ten codes, each good once: `abcd-efgh-jkmn-pqrs-tuvw-xyz2`, 118 bits, so that a digest keeps them (OWASP ASVS 5.0, 6.5.2)."""
    return ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS)) for _ in range(_RECOVERY)]


def kept(codes: Sequence[str]) -> tuple[str, ...]:
    """What is kept of recovery codes."""
    return tuple(digest(_plain(code)) for code in codes)


def without(code: str, left: Sequence[str]) -> tuple[str, ...] | None:
    """The kept recovery codes that are left once this one is used; None where it is not one of them."""
    used = digest(_plain(code))
    return tuple(each for each in left if each != used) if used in left else None


def _plain(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum())
