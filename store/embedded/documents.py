"""An event as the engine's document, and back."""

from typing import Final

import msgspec
import tantivy

from store.columns import COLUMN, Cell, Role, columns
from store.embedded.alphabet import encode
from store.embedded.schema import SCHEMA, STORED
from store.errors import StoreUnavailableError
from store.event import Event

_WRITTEN: Final = msgspec.json.Encoder()
_READ: Final = msgspec.json.Decoder(Event)
_WORDS: Final = frozenset(name for name, column in COLUMN.items() if column.role is Role.WORDS)


def encodable(event: Event) -> Event:
    """The event itself; where it holds text that is no Unicode (half a surrogate pair), with `?` in that place."""
    try:
        _WRITTEN.encode(event)
    except UnicodeEncodeError:
        mended = {name: _mended(value) for name, value in msgspec.structs.asdict(event).items()}
        return msgspec.convert(mended, Event)
    return event


def document(event: Event) -> tantivy.Document:
    """The document of an event: its columns, and the event as JSON."""
    cells: dict[str, object] = {name: _cell(name, cell) for name, cell in columns(event).items()}
    cells[STORED] = _WRITTEN.encode(event)
    return tantivy.Document.from_dict(cells, SCHEMA)


def event_of(document: tantivy.Document) -> Event:
    """The event in a document; raises `StoreUnavailableError` where it cannot be read."""
    try:
        return _READ.decode(document.get_first(STORED) or b"")
    except msgspec.DecodeError as error:
        raise StoreUnavailableError(f"A stored event cannot be read ({error}). Run `portal reindex` to write the events anew.") from error


def _cell(name: str, cell: Cell) -> object:
    """A cell as the engine takes it: words joined, whole values in its alphabet, numbers as they are."""
    if isinstance(cell, str):
        return encode(cell)
    if isinstance(cell, list):
        if name in _WORDS:
            return " ".join(cell)
        return [encode(value) for value in cell]
    return cell


def _mended(value: object) -> object:
    """Text with `?` for half surrogate pairs; anything else as it is."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return tuple(_mended(part) for part in value) if isinstance(value, tuple) else value
