"""Turns an event into the columns an engine indexes: ready to compare, bounded in size, the same for every engine."""

import ipaddress
import math
import socket
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Final, TypeAlias

from store.event import Event, event_id
from store.fields import FIELDS, Field, Kind
from store.words import lower, mentions, words

# An engine drops longer terms without a word (tantivy over 65,530 bytes, Lucene refuses over 32,766), so values are cut here, on purpose:
# the query language allows 256 characters a word, hence a longer value cannot be asked for whole, and sorts by its first 512.
MAX_VALUE: Final = 512
MAX_TEXT: Final = 32_768  # characters of a subject or an answer whose words are indexed; the stored event keeps all
MAX_TAGS: Final = 100
_REMEMBERED: Final = 8192  # values whose cells need not be made again
_INTEGER: Final = 2**63 - 2  # the very ends stand for "no value" where Elasticsearch sorts
_MAPPED: Final = bytes(10) + b"\xff\xff"  # what an IPv4 address begins with in IPv6 (RFC 4291, section 2.5.5.2)

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
    """One column: its name and role, the field it is of, and how a cell is made of the field's value (None: nothing to index).

    `few`: its values are few enough to be remembered. `many`: a cell is a list.
    """

    name: str
    role: Role
    field: str
    make: Callable[[Any], Cell | None]
    few: bool = False
    many: bool = False


def key_of(text: str) -> str:
    """The identity of an event: its id in lower case; a hash of it where it is longer than a column may be."""
    return whole(text) if len(text) <= MAX_VALUE else event_id("long id", text)


def whole(text: str) -> str:
    """A value as it is compared and sorted: in lower case, white space and control characters as blanks, at most `MAX_VALUE` long."""
    return lower(plain(text[:MAX_VALUE]))


def plain(text: str) -> str:
    """Text with white space and control characters as blanks."""
    return text if text.isprintable() else "".join(_plain(c) for c in text)


def _plain(character: str) -> str:
    """A blank for white space and control characters, `?` for half a surrogate pair, which is no Unicode."""
    category = unicodedata.category(character)
    return " " if character.isspace() or category == "Cc" else "?" if category == "Cs" else character


def ip_text(text: str) -> str | None:
    """An IP address in canonical form (an IPv4-mapped one as IPv4), or None for what is none."""
    packed = _packed(text)
    if packed is None:
        return None
    return socket.inet_ntop(socket.AF_INET, packed[12:]) if packed[:12] == _MAPPED else str(ipaddress.IPv6Address(packed))


def ip_order(text: str) -> str | None:
    """32 hex digits that sort as addresses do; IPv4 stands where its IPv6-mapped form does. None for what is no address."""
    packed = _packed(text)
    return None if packed is None else packed.hex()


def network_order(network: str) -> tuple[str, str]:
    """The first and last `ip_order` within a network in CIDR notation; raises ValueError for what is none."""
    parsed = ipaddress.ip_network(network, strict=False)
    first, last = ip_order(str(parsed[0])), ip_order(str(parsed[-1]))
    if first is None or last is None:
        raise ValueError(f"{network!r} is not a network")
    return first, last


@lru_cache(_REMEMBERED)
def _packed(text: str) -> bytes | None:
    """The 16 bytes of an address, IPv4 as mapped into IPv6; None for what is no address."""
    try:
        return _MAPPED + socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):  # ValueError: a NUL, or half a surrogate pair
        pass
    try:
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None


def found_in(text: str) -> list[str] | None:
    """The addresses that a text mentions, as a column holds them."""
    return [whole(address) for address in mentions(text[: 2 * MAX_TEXT])] or None


def backwards(text: str) -> str:
    """The whole value back to front."""
    return whole(text)[::-1]


def _words(most: int, text: str) -> list[str]:
    return words(text[:most])


def integer(number: float) -> int | None:
    """A whole number as a column holds it; None where it is too large for one."""
    return int(number) if -_INTEGER <= number <= _INTEGER else None


def number(given: float) -> float | None:
    """A number as a column holds it; None for one without an end."""
    return float(given) + 0.0 if math.isfinite(given) else None  # + 0.0: there is one zero, not two


def _flag(value: float) -> str:
    return "true" if value else "false"


def _labels(values: tuple[str, ...]) -> list[str] | None:
    return [whole(value) for value in values[:MAX_TAGS]] or None


def worded(field: Field) -> int:
    """How many characters of a value are cut into words: of an address as many as are compared."""
    return MAX_TEXT if field.kind is Kind.TEXT else MAX_VALUE


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
    few = field.facet or name in _OFTEN_THE_SAME
    columns = [Column(name, Role.WHOLE, name, key_of if name == "id" else whole, few=few)]
    if field.kind in {Kind.TEXT, Kind.ADDRESS}:
        columns.append(Column(f"{name}_words", Role.WORDS, name, partial(_words, worded(field)), few=few))
    if field.kind is Kind.ADDRESS or name in _OFTEN_BY_ENDING:
        columns.append(Column(f"{name}_reversed", Role.REVERSED, name, backwards))
    return columns


_NUMBERS: Final = {Kind.TIME: (Role.INTEGER, integer), Kind.INTEGER: (Role.INTEGER, integer), Kind.NUMBER: (Role.FLOAT, number)}
_OFTEN_THE_SAME: Final = {"sender"}  # many events have the same one, facet or not
_OFTEN_BY_ENDING: Final = {"message_id"}  # a Message-ID ends in the host that made it

MENTIONS: Final = "mentions"  # the addresses that stand in subject or diagnostic
_MENTIONS: Final = Column(MENTIONS, Role.WHOLE, MENTIONS, found_in, many=True)
COLUMNS: Final[tuple[Column, ...]] = tuple(column for field in FIELDS for column in _columns(field))
COLUMN: Final[dict[str, Column]] = {column.name: column for column in COLUMNS}
SORTED_BY: Final[dict[str, Column]] = {field.name: _columns(field)[0] for field in FIELDS if field.sortable}


class Table:
    """Makes rows of cells from events, each cell as `adapt` says for its column: an engine may want values written otherwise."""

    def __init__(self, adapt: Callable[[Column], Callable[[Any], Any]] = lambda column: column.make) -> None:
        makers = {field.name: [(column.name, adapt(column)) for column in COLUMNS if column.field == field.name] for field in FIELDS}
        self._alike = [(attrgetter(*names), lru_cache(_REMEMBERED)(partial(_cells, [makers[name] for name in names]))) for names in _ALIKE]
        self._own = attrgetter(*_OWN), [makers[name] for name in _OWN]
        self._mentions = adapt(_MENTIONS)

    def row(self, event: Event) -> dict[str, Any]:
        """The cells of an event, by column; a column without a value is left out."""
        values, makers = self._own
        cells = _cells(makers, values(event))
        for shared, made in self._alike:
            cells.update(made(shared(event)))
        subject, diagnostic = event.subject, event.diagnostic
        if (subject and "@" in subject) or (diagnostic and "@" in diagnostic):
            found = self._mentions(f"{subject or ''}\n{diagnostic or ''}")
            if found is not None:
                cells[MENTIONS] = found
        return cells


def _cells(makers: list[list[tuple[str, Callable[[Any], Any]]]], values: tuple[Any, ...]) -> dict[str, Any]:
    """The cells of some fields."""
    cells = {}
    for value, columns in zip(values, makers, strict=True):
        if value is not None:
            for name, make in columns:
                cell = make(value)
                if cell is not None:
                    cells[name] = cell
    return cells


# Fields that have the same values together in many events: what happened and how it was answered; who sent it.
_ALIKE: Final = (
    (
        "type",
        "source",
        "recipient_certain",
        "reporting_mta",
        "smtp_code",
        "status",
        "smtp_command",
        "reason",
        "permanence",
        "expired",
        "tls",
    ),
    ("sender", "sender_domain"),
)
_OWN: Final = tuple(field.name for field in FIELDS if field.kind is not Kind.STORED and not any(field.name in names for names in _ALIKE))


def sort_value(event: Event, field: str) -> Value | None:
    """What an event sorts by on this field; None stands last, both ways."""
    value = getattr(event, field)
    cell = None if value is None else SORTED_BY[field].make(value)
    return None if isinstance(cell, list) else cell
