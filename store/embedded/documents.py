"""An event as the engine's document, and back."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import msgspec
import tantivy

from store.columns import MAX_VALUE, Column, Role, Table, backwards, key_of, whole, worded
from store.embedded.alphabet import encode
from store.embedded.schema import SCHEMA, STORED
from store.encoded import ENCODER
from store.event import Event
from store.fields import BY_NAME
from store.words import spaced

_READ: Final = msgspec.json.Decoder(Event)
_REMEMBERED: Final = 2048  # values of a column of few that need not be made again
# What `encode(whole(...))` makes of each ASCII character: nearly all values are ASCII, and so take one step.
_ASCII: Final = "".join(encode(whole(chr(code))) for code in range(128)).encode("latin-1") + bytes(128)
_DIGITS: Final = 16  # with the point
_STEPS: Final[dict[Callable[..., Any], int]] = {whole: 1, key_of: 1, backwards: -1}


Document: TypeAlias = str | tantivy.Document


def document(event: Event, written: bytes | None = None) -> Document:
    """The document of an event: its columns, and the event itself; in JSON, which is quicker to hand over than the engine's objects.

    The engine reads a number of many digits from JSON as the one next to it, so an event with such a number becomes an object. `written` is
    the event in JSON, where that is made already.
    """
    cells = _TABLE.row(event)
    cells[STORED] = ENCODER.encode(event) if written is None else written
    if "delay" in cells and not _short(cells["delay"]):
        return tantivy.Document.from_dict(cells, SCHEMA)
    return ENCODER.encode(cells).decode()


def add(writer: tantivy.IndexWriter, made: Document) -> None:
    """Hand a document over."""
    if isinstance(made, str):
        writer.add_json(made)
    else:
        writer.add_document(made)


def event_of(document: tantivy.Document) -> Event:
    """The event in a document; raises ValueError where it cannot be read."""
    try:
        return _READ.decode(document.get_first(STORED) or b"")
    except msgspec.DecodeError as error:
        raise ValueError("a stored event is damaged") from error


def _short(number: float) -> bool:
    """Whether a number has few enough digits (15) to be read from JSON as exactly itself."""
    text = repr(number)
    return len(text) <= _DIGITS and "e" not in text


def _adapted(column: Column) -> Callable[[Any], Any]:
    """How the engine wants a column's cells: words joined, whole values in its alphabet, numbers as they are."""
    make = column.make
    match column.role:
        case Role.INTEGER | Role.FLOAT:
            return make
        case Role.WORDS:
            adapted: Callable[[Any], Any] = partial(_spaced, worded(BY_NAME[column.field]))
        case _ if make in _STEPS:
            adapted = partial(_text, make, _STEPS[make])
        case _:
            adapted = partial(_encoded, make)
    return lru_cache(_REMEMBERED)(adapted) if column.few and not column.many else adapted


def _spaced(most: int, value: str) -> str:
    """The words of a value, of as many characters as are indexed."""
    return spaced(value[:most])


def _text(make: Callable[[Any], Any], step: int, value: str) -> str:
    """A whole value, forwards or backwards."""
    if len(value) <= MAX_VALUE and value.isascii():
        return value.encode().translate(_ASCII).decode("latin-1")[::step]
    return encode(make(value))


def _encoded(make: Callable[[Any], Any], value: object) -> str | list[str] | None:
    cell = make(value)
    if cell is None:
        return None
    return [encode(each) for each in cell] if isinstance(cell, list) else encode(cell)


_TABLE: Final = Table(_adapted)
