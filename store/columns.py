"""Turns an event into the columns an engine indexes: ready to compare, bounded in size, the same for every engine."""

import ipaddress
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias

from store.event import Event, event_id
from store.fields import FIELDS, Field, Kind
from store.words import lower, mentions, words

# An engine drops longer terms without a word (tantivy over 65,530 bytes, Lucene refuses over 32,766), so values are cut here, on purpose:
# the query language allows 256 characters a word, hence a longer value cannot be asked for whole, and sorts by its first 512.
MAX_VALUE: Final = 512
MAX_TEXT: Final = 32_768  # characters of a subject or an answer whose words are indexed; the stored event keeps all
MAX_TAGS: Final = 100
_INTEGER: Final = 2**63 - 1

Value: TypeAlias = str | int | float
Cell: TypeAlias = Value | list[str]


class Role(Enum):
    """What a column is for."""

    WHOLE = "whole"  # the whole value, bounded and in lower case: exact search, sorting, counting
    ORDER = "order"  # like WHOLE, but only a text to sort an ip by and to find networks with
    WORDS = "words"  # the words of the value, in order
    REVERSED = "reversed"  # the whole value back to front, for patterns that begin with a wildcard
    INTEGER = "integer"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name and role, and how it is made of a field's value (None: nothing to index)."""

    name: str
    role: Role
    field: str
    make: Callable[[str], Cell | None] | Callable[[float], Value | None] | Callable[[tuple[str, ...]], list[str] | None]
    many: bool = False


def key_of(text: str) -> str:
    """The identity of an event: its id in lower case; a hash of it where it is longer than a column may be."""
    return whole(text) if len(text) <= MAX_VALUE else event_id("long id", text)


def whole(text: str) -> str:
    """A value as it is compared and sorted: in lower case, white space and control characters as blanks, at most `MAX_VALUE` long."""
    text = lower(text[:MAX_VALUE])
    return text if text.isprintable() else "".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in text)


def ip_text(text: str) -> str | None:
    """An IP address in canonical form, or None for what is none."""
    address = _address(text)
    return str(address) if address else None


def ip_order(text: str) -> str | None:
    """32 hex digits that sort as addresses do; IPv4 stands where its IPv6-mapped form does. None for what is no address."""
    address = _address(text)
    if address is None:
        return None
    return f"{int(address) + (0xFFFF << 32 if address.version == 4 else 0):032x}"  # noqa: PLR2004 - the IP version


def network_order(network: str) -> tuple[str, str]:
    """The first and last `ip_order` within a network in CIDR notation; raises ValueError for what is none."""
    parsed = ipaddress.ip_network(network, strict=False)
    first, last = ip_order(str(parsed[0])), ip_order(str(parsed[-1]))
    if first is None or last is None:
        raise ValueError(f"{network!r} is not a network")
    return first, last


@lru_cache(maxsize=8192)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address `text` names, an IPv4-mapped IPv6 address as IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _reversed(text: str) -> str:
    return whole(text)[::-1]


def _words(text: str) -> list[str]:
    return words(text[:MAX_TEXT])


def _integer(number: float) -> int | None:
    return int(number) if -_INTEGER <= number <= _INTEGER else None


def _number(number: float) -> float | None:
    return float(number) + 0.0 if math.isfinite(number) else None  # + 0.0: there is one zero, not two


def _flag(value: float) -> str:
    return "true" if value else "false"


def _labels(values: tuple[str, ...]) -> list[str] | None:
    return [whole(value) for value in values[:MAX_TAGS]] or None


def _columns(field: Field) -> list[Column]:
    """The columns of one field; the one it sorts by comes first."""
    name = field.name
    if field.kind in _NUMBERS:
        role, make = _NUMBERS[field.kind]
        return [Column(name, role, name, make)]
    if field.kind is Kind.STORED:
        return []
    if field.kind is Kind.FLAG:
        return [Column(name, Role.WHOLE, name, _flag)]
    if field.kind is Kind.IP:
        return [Column(f"{name}_order", Role.ORDER, name, ip_order), Column(name, Role.WHOLE, name, ip_text)]
    if field.many:
        return [Column(name, Role.WHOLE, name, _labels, many=True)]
    columns = [Column(name, Role.WHOLE, name, key_of if name == "id" else whole)]
    if field.kind in {Kind.TEXT, Kind.ADDRESS}:
        columns.append(Column(f"{name}_words", Role.WORDS, name, _words))
    if field.kind is Kind.ADDRESS or name in _OFTEN_BY_ENDING:
        columns.append(Column(f"{name}_reversed", Role.REVERSED, name, _reversed))
    return columns


_NUMBERS: Final = {Kind.TIME: (Role.INTEGER, _integer), Kind.INTEGER: (Role.INTEGER, _integer), Kind.NUMBER: (Role.FLOAT, _number)}
_OFTEN_BY_ENDING: Final = {"message_id"}  # a Message-ID ends in the host that made it

MENTIONS: Final = "mentions"  # the addresses that stand in subject or diagnostic
COLUMNS: Final[tuple[Column, ...]] = tuple(column for field in FIELDS for column in _columns(field))
COLUMN: Final[dict[str, Column]] = {column.name: column for column in COLUMNS}
SORTED_BY: Final[dict[str, Column]] = {field.name: _columns(field)[0] for field in FIELDS if field.sortable}


def columns(event: Event) -> dict[str, Cell]:
    """The cells of an event, by column; a column without a value is left out."""
    cells: dict[str, Cell] = {}
    for column in COLUMNS:
        value = getattr(event, column.field)
        if value is not None and (cell := column.make(value)) is not None:
            cells[column.name] = cell
    if found := [*mentions((event.subject or "")[:MAX_TEXT]), *mentions((event.diagnostic or "")[:MAX_TEXT])]:
        cells[MENTIONS] = [whole(address) for address in found]
    return cells


def sort_value(event: Event, field: str) -> Value | None:
    """What an event sorts by on this field; None stands last, both ways."""
    value = getattr(event, field)
    cell = None if value is None else SORTED_BY[field].make(value)
    return None if isinstance(cell, list) else cell
