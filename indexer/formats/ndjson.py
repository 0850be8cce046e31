"""Our own format: one JSON object a line, one event each, with the fields of `store/fields.py`."""

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from indexer.bounds import BoundsError, bounded
from indexer.formats.ndjson_values import EXPECTED, SHOWN, Pairs, shown, value
from indexer.records import Block, Parsed, Rejected
from store.event import Event, domain_of, event_id, public_json
from store.fields import BY_NAME, FIELDS, Kind, named

SOURCE: Final = "ndjson"
# A complaint may hide its recipient, and a session can be refused before one is named; all else happened to somebody.
_WITHOUT_RECIPIENT: Final = frozenset({"complaint", "reject"})
_TYPE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DOMAINS: Final = {"sender_domain": "sender", "recipient_domain": "recipient"}
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

    again = 0

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
            raise ValueError(f"{shown(name)}: there is no such field{_nearest(name)}")
        if name in values:
            raise ValueError(f"{name}: given twice")
        values[name] = None if given is None else value(BY_NAME[name], given)
    values = {name: value for name, value in values.items() if value is not None}
    _check_whole(values)
    values.setdefault("source", SOURCE)
    if "id" not in values:
        values["id"] = event_id(SOURCE, *(f"{name}={values[name]}" for name in sorted(values)))
    return bounded(Event(**values))


def record_of(event: Event) -> bytes:
    """The line of JSON that `event_from` reads as this event."""
    return public_json(event)


def _pairs(record: bytes) -> list[tuple[str, Any]]:
    """The members of the JSON object, in order, twice-given names included."""
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8 text, got byte 0x{record[error.start]:02X} at position {error.start} of the line") from None
    try:
        pairs = json.loads(text, object_pairs_hook=Pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at position {error.pos} of the line") from None
    except RecursionError:
        raise ValueError("not an event: JSON nested too deeply; expected one flat object a line") from None
    except BoundsError:
        raise
    except ValueError:  # Python turns no more than 4,300 digits into a number
        raise ValueError("not an event: a number of more than 4,300 digits") from None
    if not isinstance(pairs, Pairs):
        raise ValueError(f"expected a JSON object, got {shown(pairs)}")  # noqa: TRY004 - all that is wrong with a line is one type
    return pairs


def _check_whole(values: dict[str, Any]) -> None:
    for name in ("timestamp", "type"):
        if not values.get(name):
            raise ValueError(f"{name}: missing; expected {EXPECTED[BY_NAME[name].kind]}")
    values["type"] = values["type"].lower()
    if not _TYPE.fullmatch(values["type"]):
        raise ValueError(f"type: expected a word of letters, digits and _ such as delivery, got {shown(values['type'])}")
    if not values.get("recipient") and values["type"] not in _WITHOUT_RECIPIENT:
        raise ValueError(f"recipient: missing; expected {EXPECTED[Kind.ADDRESS]}")
    for name in ("id", "source"):
        if values.get(name) == "":
            raise ValueError(f"{name}: expected some text, got an empty one")
    for name, address in _DOMAINS.items():
        # The sender's domain decides which customer owns the event: it follows from the address and cannot be claimed.
        given, own = values.get(name), domain_of(values.get(address) or "")
        if given is not None and given.lower() != own:
            raise ValueError(f"{name}: expected the domain of the {address} ({shown(own)}), got {shown(given)}")
        values.pop(name, None)


def _nearest(name: str) -> str:
    field = named(name[:SHOWN])
    near = [field.name] if field else difflib.get_close_matches(name[:SHOWN].lower(), BY_NAME, n=1)
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
