"""The values of our own format: what each kind of field takes, and in which words anything else is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from indexer.bounds import BoundsError, canonical_ip, domains_lowered, tags_within, text_within, within
from store.event import milliseconds
from store.fields import BY_NAME, Field, Kind

SHOWN: Final = 60  # characters of a wrong value that an error repeats


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its members; a type of its own to tell it from an array."""


def value(field: Field, given: object) -> Any:  # noqa: ANN401 - an int, float, bool, str or tuple, by the field's kind
    """What a JSON value other than null means in this field; raises `BoundsError` that says what was expected."""
    return _READ[field.kind, field.many](field.name, given)


def _time(name: str, given: object) -> int:
    if isinstance(given, str):
        try:
            moment = datetime.fromisoformat(given.strip().upper())
            return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            raise _wrong(name, given) from None
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise _wrong(name, given)


def _text(name: str, given: object) -> str:
    if not isinstance(given, str):
        raise _wrong(name, given)
    return text_within(name, given)


def _address(name: str, given: object) -> str:
    return domains_lowered(_text(name, given))


def _ip(name: str, given: object) -> str:
    canonical = canonical_ip(given) if isinstance(given, str) else None
    if canonical is None:
        raise _wrong(name, given)
    return canonical


def _integer(name: str, given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not within(name, given):
        raise _wrong(name, given)
    return given


def _number(name: str, given: object) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool) or not within(name, given):
        raise _wrong(name, given)
    return float(given) + 0.0  # -0.0 becomes 0.0, which sorts as people expect


def _flag(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise _wrong(name, given)
    return given


def _texts(name: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or isinstance(given, Pairs) or not all(isinstance(tag, str) for tag in given):
        raise ValueError(f"{name}: expected a list of texts, got {shown(given)}")
    return tags_within(tuple(given))


_READ: Final[dict[tuple[Kind, bool], Callable[[str, object], Any]]] = {
    (Kind.TIME, False): _time,
    (Kind.EXACT, False): _text,
    (Kind.TEXT, False): _text,
    (Kind.STORED, False): _text,
    (Kind.ADDRESS, False): _address,
    (Kind.IP, False): _ip,
    (Kind.INTEGER, False): _integer,
    (Kind.NUMBER, False): _number,
    (Kind.FLAG, False): _flag,
    (Kind.EXACT, True): _texts,
}
EXPECTED: Final = {
    Kind.TIME: "a time in ISO 8601 such as 2024-11-01T09:00:00.000Z, or whole milliseconds since 1970",
    Kind.EXACT: "text",
    Kind.TEXT: "text",
    Kind.STORED: "text",
    Kind.ADDRESS: "an address as text",
    Kind.IP: "an IPv4 or IPv6 address as text",
    Kind.INTEGER: "a whole number from 0 to 999",
    Kind.NUMBER: "a number",
    Kind.FLAG: "true or false",
}


def _wrong(name: str, given: object) -> BoundsError:
    return BoundsError(f"{name}: expected {EXPECTED[BY_NAME[name].kind]}, got {shown(given)}")


def shown(value: object) -> str:
    """A value as JSON on one line of printable ASCII, shortened."""
    if isinstance(value, Pairs):
        return "an object"
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python turns into text, or a deep list
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
