"""The settings that keep strangers out: the portal's key, the second step, limits, who may read the counters."""

import re
from collections.abc import Mapping
from typing import Any, Final

SECOND_STEPS: Final = ("offered", "administrators", "everybody")
_LEAST_SECRET: Final = 32  # characters
_LEAST_TOKEN: Final = 16
_RATE: Final = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour)")
_NO_LIMIT: Final = "none"


def safety(environ: Mapping[str, str], usual_rate: str, problems: list[str]) -> dict[str, Any]:
    """The settings `secret_key`, `secret_keys_before`, `second_step`, `rate_limit` and `metrics_token`; what is wrong goes to `problems`.

    No secret is repeated there. `usual_rate` is the limit where none is set.
    """
    return _keys(environ, problems) | {
        "second_step": _second_step(environ, problems),
        "rate_limit": _rate(environ, usual_rate, problems),
        "metrics_token": _token(environ, problems),
    }


def _keys(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    secret = environ.get("PORTAL_SECRET_KEY") or None
    if secret is not None and len(secret) < _LEAST_SECRET:
        problems.append(
            f"PORTAL_SECRET_KEY: {len(secret)} characters can be guessed. Use {_LEAST_SECRET} or more, as of: openssl rand -base64 32"
        )
    before = tuple((environ.get("PORTAL_SECRET_KEYS_BEFORE") or "").split())
    if any(len(each) < _LEAST_SECRET for each in before):
        problems.append(
            "PORTAL_SECRET_KEYS_BEFORE: one of these is too short to have been a key. Write earlier keys whole, with blanks between."
        )
    return {"secret_key": secret, "secret_keys_before": before}


def _second_step(environ: Mapping[str, str], problems: list[str]) -> str:
    whose = environ.get("PORTAL_SECOND_STEP") or SECOND_STEPS[0]
    if whose not in SECOND_STEPS:
        problems.append(f"PORTAL_SECOND_STEP: {whose!r} is none of {', '.join(SECOND_STEPS)}.")
    return whose


def _rate(environ: Mapping[str, str], usual: str, problems: list[str]) -> str | None:
    rate = environ.get("PORTAL_RATE_LIMIT") or usual
    if rate != _NO_LIMIT and not _RATE.fullmatch(rate):
        problems.append(f"PORTAL_RATE_LIMIT: {rate!r} is no rate. Write a number and second, minute or hour, as 600/minute, or none.")
    return None if rate == _NO_LIMIT else rate


def _token(environ: Mapping[str, str], problems: list[str]) -> str | None:
    token = environ.get("PORTAL_METRICS_TOKEN") or None
    if token is not None and not (len(token) >= _LEAST_TOKEN and token.isascii() and token.isprintable() and " " not in token):
        problems.append(f"PORTAL_METRICS_TOKEN: use {_LEAST_TOKEN} ASCII characters or more without blanks, such as openssl rand -hex 24.")
    return token
