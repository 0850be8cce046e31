"""An event as the JSON that every engine keeps of it."""

from typing import Final

import msgspec

from store.event import Event

ENCODER: Final = msgspec.json.Encoder()


def encoded(event: Event) -> tuple[Event, bytes]:
    """The event and its JSON; where it holds text that is no Unicode (half a surrogate pair), both with `?` in that place."""
    try:
        return event, ENCODER.encode(event)
    except UnicodeEncodeError:
        mended = msgspec.convert({name: _mended(value) for name, value in msgspec.structs.asdict(event).items()}, Event)
        return mended, ENCODER.encode(mended)


def _mended(value: object) -> object:
    """Text with `?` for half surrogate pairs; anything else as it is."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return tuple(_mended(part) for part in value) if isinstance(value, tuple) else value
