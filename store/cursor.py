"""The opaque text that says where the next page begins: after the row with this sort value and this id, in this order."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

import msgspec

from store.columns import MAX_VALUE, SORTED_BY, Role, Value, whole
from store.errors import BadCursorError
from store.event import Event
from store.events import Sort
from store.fields import BY_NAME, Kind

_VERSION: Final = 1
_MAX_TEXT: Final = 8 * MAX_VALUE * 2  # two values of up to MAX_VALUE characters of up to 4 bytes, in base64
_ORDER: Final = re.compile(r"[0-9a-f]{32}")  # as `store.columns.ip_order` makes it
_ALWAYS: Final = frozenset(field.name for field in msgspec.structs.fields(Event) if field.required)  # what no event lacks


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: what it sorts by (None: it lacks the field) and its key, which breaks ties."""

    value: Value | None
    key: str


class _Payload(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a cursor holds."""

    version: int
    sort: str
    value: str | int | float | None
    key: str


def written(sort: Sort, position: Position) -> str:
    """The cursor for what comes after `position` in this order."""
    payload = msgspec.json.encode(_Payload(_VERSION, sort.text, position.value, position.key))
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def read(cursor: str, sort: Sort) -> Position:
    """The position in a cursor; raises `BadCursorError` for anything that `written` has not made for this order."""
    try:
        text = cursor[:_MAX_TEXT].encode("ascii")  # a longer one is not ours, and cut short it is not JSON
        payload = msgspec.json.decode(base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True), type=_Payload)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise BadCursorError("This cursor is not one of ours. Start again from the first page.") from error
    position = Position(payload.value, payload.key)
    if payload.version != _VERSION or payload.sort != sort.text or not _fits(position, sort):
        raise BadCursorError(f"This cursor is not for the order {sort.text}. Start again from the first page.")
    return position


def _fits(position: Position, sort: Sort) -> bool:
    """Whether the value can be one of the column that is sorted by."""
    match position.value, SORTED_BY[sort.field].role:
        case None, _:
            fits = sort.field not in _ALWAYS
        case int() as number, Role.INTEGER:
            fits = abs(number) < 2**63
        case int() | float(), Role.FLOAT:
            fits = True
        case str() as text, Role.WHOLE if BY_NAME[sort.field].kind is Kind.FLAG:
            fits = text in {"true", "false"}
        case str() as text, Role.WHOLE:
            fits = whole(text) == text
        case str() as text, Role.ORDER:
            fits = _ORDER.fullmatch(text) is not None
        case _:
            fits = False
    return fits and whole(position.key) == position.key != ""
