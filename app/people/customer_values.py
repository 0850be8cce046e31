"""What can be said of a customer, as it is typed into a form or a command, checked."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from app import params
from app.language import NAMES
from app.params import BadParameterError
from store.customers.customer import Customer, domains_of, named
from store.said import say

FIELDS: Final = ("name", "domains", "language", "timezone", "retention")
_MOST_MONTHS: Final = 1200


def changed(typed: Mapping[str, str]) -> Callable[[Customer], Customer]:
    """What makes of a customer the one that was typed; what `typed` has not stays as it is. Raises `CannotError`, `BadParameterError`."""
    after: dict[str, Any] = {name: _READ[name](text) for name, text in typed.items()}
    return lambda before: msgspec.structs.replace(before, **after)


def differences(before: Customer, after: Customer) -> str:
    """What was changed, for the trail."""
    words = ((name, getattr(before, name), getattr(after, name)) for name in FIELDS)
    return "; ".join(f"{name}: {' '.join(new) if isinstance(new, tuple) else new}" for name, old, new in words if old != new)


def _language(text: str) -> str:
    if text and text not in NAMES:
        raise BadParameterError("language", say("language: use %(names)s, or leave it out.", names=params.listed(sorted(NAMES))))
    return text


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "name": named,
    "domains": lambda text: domains_of(text.split()),
    "language": _language,
    "timezone": lambda text: params.time_zone(text, "UTC") if text else "",
    "retention": lambda text: params.whole("retention", text or "0", 0, _MOST_MONTHS),
}
