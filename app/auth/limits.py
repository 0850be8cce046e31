"""How often somebody may try: the one table of it. Counted in Redis by all processes together; in each by itself while that is away.

Wrong tries are counted, not right ones, so that an office behind one address is not in its own way. What is counted is named by digests.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit

from app.auth import cookie
from app.auth.known_browser import known, one_form
from app.services import services
from app.viewer import viewer
from store.customers.secrets import digest
from store.redis.client import Client
from store.redis.counters import SCHEME

_REFUSED: Final = 422


def _client() -> str:
    """The address that a request comes from; of IPv6 the part that one line has."""
    address = ipaddress.ip_address(request.remote_addr or "::1")
    return digest(str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address))  # noqa: PLR2004 - IPv6


def _source() -> str:
    """The browser, where the user who is typed has signed in in it before; else where the request comes from."""
    return known(request.form.get("address", "")) or _client()


def _account() -> str:
    """The user who is typed, whether there is one or not; apart for each browser that they have used."""
    address = request.form.get("address", "")
    return one_form(address) + known(address)


def _half_way() -> str:
    """The user who has taken the first step, likewise."""
    secret = cookie.secret()
    found = services().directory.by_session(secret) if secret else None
    return _client() if found is None else found.user.id + known(found.user.address)


def _person() -> str:
    """The user who is signed in."""
    who = viewer().identity
    return digest(viewer().name) if who is None else who.user.id


def _program() -> str:
    """The token of a program, or whoever asks with a session."""
    return digest(request.headers.get("Authorization") or viewer().name)


@dataclass(frozen=True, slots=True)
class Rule:
    """At most so many tries at these views, by whom `who` names; only those that are refused count, unless `every` one does."""

    name: str
    most: str
    who: Callable[[], str]
    views: tuple[str, ...]
    every: bool = False


RULES: Final = (
    Rule("source", "20/minute;200/hour", _source, ("sign-in.sign_in",)),
    Rule("account", "5/minute;20/hour", _account, ("sign-in.sign_in",)),
    Rule("code", "5/minute;10/hour;30/day", _half_way, ("sign-in.code",)),
    Rule(
        "proof",
        "10/minute;30/hour",
        _person,
        ("me.change_password", "second-step.begin", "second-step.confirm", "second-step.renew", "second-step.switch_off"),
    ),
    Rule("link", "30/minute;300/hour", _client, ("welcome.form", "welcome.use"), every=True),
    Rule("mail", "5/minute;30/hour", _client, ("forgotten.send",), every=True),
    Rule("mail to", "2/minute;5/hour", _account, ("forgotten.send",), every=True),
    Rule("provider", "30/minute;300/hour", _client, ("provider.there", "provider.back"), every=True),
)


def init_app(app: Flask, api: str | None, programs: tuple[Blueprint, ...], redis: Client | None) -> None:
    """Keep to the rules in this application, and `api` (such as `600/minute`) for each token in these parts; without Redis by itself."""
    options: dict[str, Any] = {} if redis is None else {"client": redis}
    limiter = Limiter(
        _client,
        storage_uri="memory://" if redis is None else f"{SCHEME}://",
        storage_options=options,
        strategy="fixed-window",  # its end is known to the second, which the answer says
        in_memory_fallback_enabled=redis is not None,
        on_breach=_note_wait,
    )
    limiter.init_app(app)
    for rule in RULES:
        limit = limiter.shared_limit(
            rule.most, rule.name, key_func=rule.who, methods=["GET", "POST"], deduct_when=None if rule.every else _refused
        )
        for view in rule.views:
            app.view_functions[view] = limit(app.view_functions[view])  # type: ignore[assignment]  # it keeps the kind of view
    if api is not None:
        for part in programs:
            limiter.shared_limit(api, "api", key_func=_program)(part)


def _refused(response: Response) -> bool:
    return response.status_code == _REFUSED


def _note_wait(breached: RequestLimit) -> None:
    """Keep for the answer how long to wait."""
    g.wait = max(1, int(breached.reset_at - time.time()))
