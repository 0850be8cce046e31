"""Our own format: one JSON object a line, one event each, with the fields of `store/fields.py`."""

import difflib
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from indexer.bounds import (
    BoundsError,
    bounded,
    canonical_ip,
    domains_lowered,
    tags_within,
    text_within,
    within,
)
from indexer.records import Block, Parsed, Rejected
from store.event import Event, domain_of, event_id, milliseconds
from store.fields import BY_NAME, FIELDS, Kind, named

SOURCE: Final = "ndjson"
# A complaint may hide its recipient, and a session can be refused before one is named; all else happened to somebody.
_WITHOUT_RECIPIENT: Final = frozenset({"complaint", "reject"})
_TYPE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DOMAINS: Final = {"sender_domain": "sender", "recipient_domain": "recipient"}
_SHOWN: Final = 60  # characters of a wrong value that an error repeats
_SAMPLE_LINES: Final = 50


class NdjsonFormat:
    """Reads what `GET /api/v1/events.ndjson` writes, and what others write in the same schema."""

    name = SOURCE

    def recognises(self, sample: bytes) -> bool:
        """Whether one of the first lines is a JSON object with `timestamp` and `type`."""
        return any(_looks_ours(line) for line in sample.lstrip(b"\xef\xbb\xbf").split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES])

    def cut(self, data: bytes) -> int:
        """Up to the last end of a line."""
        return data.rfind(b"\n") + 1

    def parse(self, block: Block) -> Parsed:
        """An event or a rejection for each line that is not blank."""
        parsed = Parsed()
        offset = block.offset
        for number, line in enumerate(block.data.split(b"\n"), block.line):
            record = line.strip()
            if record:
                parsed.read += 1
                try:
                    parsed.events.append(event_from(record))
                except ValueError as error:
                    parsed.rejected.append(Rejected(block.source, number, offset, str(error), record))
            offset += len(line) + 1
        return parsed

    def joiner(self) -> "Unjoined":
        """Nothing to join: a line is a whole event."""
        return Unjoined()


class Unjoined:
    """The joiner of formats whose records stand alone."""

    def add(self, parsed: Parsed) -> Iterable[Event]:
        """The block's events as they are."""
        return parsed.events

    def close(self) -> Iterable[Event]:
        """Nothing is left."""
        return ()


def event_from(record: bytes) -> Event:
    """One event from one line of JSON.

    Raises `ValueError` that names the field, what it was and what is expected.
    """
    pairs = _pairs(record)
    values: dict[str, Any] = {}
    for name, given in pairs:
        if name not in BY_NAME:
            raise ValueError(f"{_shown(name)}: there is no such field{_nearest(name)}")
        if name in values:
            raise ValueError(f"{name}: given twice")
        values[name] = None if given is None else _READ[BY_NAME[name].kind, BY_NAME[name].many](name, given)
    values = {name: value for name, value in values.items() if value is not None}
    _check_whole(values)
    values.setdefault("source", SOURCE)
    if "id" not in values:
        values["id"] = event_id(SOURCE, *(f"{name}={values[name]}" for name in sorted(values)))
    return bounded(Event(**values))


def _pairs(record: bytes) -> list[tuple[str, Any]]:
    """The members of the JSON object, in order, twice-given names included."""
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8 text, got byte 0x{record[error.start]:02X} at position {error.start} of the line") from None
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at position {error.pos} of the line") from None
    except RecursionError:
        raise ValueError("not an event: JSON nested too deeply; expected one flat object a line") from None
    except BoundsError:
        raise
    except ValueError:  # Python turns no more than 4,300 digits into a number
        raise ValueError("not an event: a number of more than 4,300 digits") from None
    if not isinstance(pairs, _Pairs):
        raise ValueError(f"expected a JSON object, got {_shown(pairs)}")  # noqa: TRY004 - all that is wrong with a line is one type
    return pairs


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its members; a type of its own to tell it from an array."""


def _check_whole(values: dict[str, Any]) -> None:
    for name in ("timestamp", "type"):
        if not values.get(name):
            raise ValueError(f"{name}: missing; expected {_EXPECTED[BY_NAME[name].kind]}")
    values["type"] = values["type"].lower()
    if not _TYPE.fullmatch(values["type"]):
        raise ValueError(f"type: expected a word of letters, digits and _ such as delivery, got {_shown(values['type'])}")
    if not values.get("recipient") and values["type"] not in _WITHOUT_RECIPIENT:
        raise ValueError(f"recipient: missing; expected {_EXPECTED[Kind.ADDRESS]}")
    for name in ("id", "source"):
        if values.get(name) == "":
            raise ValueError(f"{name}: expected some text, got an empty one")
    for name, address in _DOMAINS.items():
        # The sender's domain decides which customer owns the event: it follows from the address and cannot be claimed.
        given, own = values.get(name), domain_of(values.get(address) or "")
        if given is not None and given.lower() != own:
            raise ValueError(f"{name}: expected the domain of the {address} ({_shown(own)}), got {_shown(given)}")
        values.pop(name, None)


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
    if not isinstance(given, list) or isinstance(given, _Pairs) or not all(isinstance(tag, str) for tag in given):
        raise ValueError(f"{name}: expected a list of texts, got {_shown(given)}")
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
_EXPECTED: Final = {
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
    return BoundsError(f"{name}: expected {_EXPECTED[BY_NAME[name].kind]}, got {_shown(given)}")


def _shown(value: object) -> str:
    """A value as JSON on one line of printable ASCII, shortened."""
    if isinstance(value, _Pairs):
        return "an object"
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python turns into text, or a deep list
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _nearest(name: str) -> str:
    field = named(name[:_SHOWN])
    near = [field.name] if field else difflib.get_close_matches(name[:_SHOWN].lower(), BY_NAME, n=1)
    return f"; did you mean {near[0]}?" if near else f"; the fields are {', '.join(field.name for field in FIELDS)}"


def _no_constant(text: str) -> float:
    raise BoundsError(f"not JSON: {text} is no JSON number")


def _looks_ours(line: bytes) -> bool:
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        # one line longer than the sample, or a broken one: its names still tell
        return all(re.search(rb'"%s"\s*:' % name, line) for name in (b"timestamp", b"type"))
    return isinstance(record, dict) and {"timestamp", "type"} <= record.keys()
