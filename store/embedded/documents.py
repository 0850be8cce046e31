"""An event as the engine's document, and back."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final

import msgspec
import tantivy

from store.columns import MAX_TEXT, MAX_VALUE, Column, Role, Table, backwards, key_of, whole
from store.embedded.alphabet import encode
from store.embedded.schema import STORED
from store.event import Event
from store.words import spaced

_WRITTEN: Final = msgspec.json.Encoder()
_READ: Final = msgspec.json.Decoder(Event)
_REMEMBERED: Final = 2048  # values of a column of few that need not be made again
# What `encode(whole(...))` makes of each ASCII character: nearly all values are ASCII, and so take one step.
_ASCII: Final = "".join(encode(whole(chr(code))) for code in range(128)).encode("latin-1") + bytes(128)
_STEPS: Final[dict[Callable[..., Any], int]] = {whole: 1, key_of: 1, backwards: -1}


def encoded(event: Event) -> tuple[Event, bytes]:
    """The event and its JSON; where it holds text that is no Unicode (half a surrogate pair), both with `?` in that place."""
    try:
        return event, _WRITTEN.encode(event)
    except UnicodeEncodeError:
        mended = msgspec.convert({name: _mended(value) for name, value in msgspec.structs.asdict(event).items()}, Event)
        return mended, _WRITTEN.encode(mended)


def document(event: Event, written: bytes | None = None) -> str:
    """The document of an event: its columns, and the event itself; in JSON, which is quicker to hand over than the engine's objects.

    `written` is the event in JSON, where that is made already.
    """
    cells = _TABLE.row(event)
    cells[STORED] = _WRITTEN.encode(event) if written is None else written
    return _WRITTEN.encode(cells).decode()


def event_of(document: tantivy.Document) -> Event:
    """The event in a document; raises ValueError where it cannot be read."""
    try:
        return _READ.decode(document.get_first(STORED) or b"")
    except msgspec.DecodeError as error:
        raise ValueError("a stored event is damaged") from error


def _adapted(column: Column) -> Callable[[Any], Any]:
    """How the engine wants a column's cells: words joined, whole values in its alphabet, numbers as they are."""
    make = column.make
    match column.role:
        case Role.INTEGER | Role.FLOAT:
            return make
        case Role.WORDS:
            adapted: Callable[[Any], Any] = _spaced
        case _ if make in _STEPS:
            adapted = partial(_text, make, _STEPS[make])
        case _:
            adapted = partial(_encoded, make)
    return lru_cache(_REMEMBERED)(adapted) if column.few and not column.many else adapted


def _spaced(value: str) -> str:
    """The words of a value, as many as are indexed."""
    return spaced(value[:MAX_TEXT])


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


def _mended(value: object) -> object:
    """Text with `?` for half surrogate pairs; anything else as it is."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return tuple(_mended(part) for part in value) if isinstance(value, tuple) else value


_TABLE: Final = Table(_adapted)
