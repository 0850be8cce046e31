"""Reading what the typed decoder refuses: harmless oddities are mended, the rest is refused with the name of the field and its place."""

import json
import math
import re
from collections.abc import Callable
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Raw, Struct
from msgspec.structs import fields

from indexer.formats.ses.shapes import OUTER, Outer
from indexer.formats.ses.stream import NotJsonError

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NAMES: Final = {str: "text", float: "a number", list: "a list", dict: "an object", bool: "true or false", int: "a number"}


class BadRecordError(Exception):
    """A record that is JSON but not what it should be; the text names the field, what it holds and what belongs there."""


def read(text: bytes) -> tuple[Outer, bytes]:
    """The object in `text`, and its bytes (mended ones, where mending was needed).

    Raises `NotJsonError` where `text` is not one whole JSON object, `BadRecordError` where a field cannot be read as what it is.
    """
    try:
        return OUTER.decode(text), text
    except (ValueError, RecursionError):  # msgspec's and Unicode's own errors are ValueErrors
        return _mended(text)


def mended_tags(text: bytes) -> dict[str, list[str]]:
    """The tags of a mail, where they are not quite lists of texts by name; raises `BadRecordError`."""
    try:
        value = json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise BadRecordError("mail.tags cannot be read") from None
    tags: dict[str, list[str]] = _fitted(value, dict[str, list[str]], "mail.tags")
    return tags


def _mended(text: bytes) -> tuple[Outer, bytes]:
    try:
        # strict=False: control characters inside strings; `parse_constant`: NaN and Infinity are no JSON
        value = json.loads(text.decode("utf-8-sig", "replace"), strict=False, parse_constant=lambda _: None)
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None
    except ValueError as error:
        raise NotJsonError(f"it is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise NotJsonError(f"it is {_name(value)}, where an object is expected")
    outer: Outer = _fitted(value, Outer, "")
    return outer, _dumped(value)


def _dumped(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub("\ufffd", written).encode()


def _fitted(value: Any, kind: Any, place: str) -> Any:  # noqa: ANN401 - a JSON value and a type annotation of shapes.py
    """`value` as `kind`; raises `BadRecordError` with the `place` where it cannot be that."""
    if get_origin(kind) is UnionType:  # each of them is `... | None`
        return None if value is None else _fitted(value, get_args(kind)[0], place)
    if kind in _SINGLE:
        return _SINGLE[kind](value, place)
    if get_origin(kind) is list:
        return _list(value, get_args(kind)[0], place)
    if not isinstance(value, dict):
        raise _unfit(value, "an object", place)
    if get_origin(kind) is dict:
        item = get_args(kind)[1]
        return {_text(name, place): _fitted(each, item, f"{place}.{name}") for name, each in value.items() if each is not None}
    return _struct(value, kind, place)


def _struct(value: dict[str, Any], kind: type[Struct], place: str) -> Struct:
    hints = get_type_hints(kind)
    given = {}
    for field in fields(kind):
        if field.encode_name in value:
            inner = f"{place}.{field.encode_name}" if place else field.encode_name
            given[field.name] = _fitted(value[field.encode_name], hints[field.name], inner)
        assert field.default is not NODEFAULT  # noqa: S101 - every field of shapes.py is optional
    return kind(**given)


def _list(value: Any, item: Any, place: str) -> list[Any]:  # noqa: ANN401 - as `_fitted`
    if isinstance(value, (str, dict)):  # one alone, without its list
        value = [value]
    if not isinstance(value, list):
        raise _unfit(value, "a list", place)
    return [_fitted(each, item, f"{place}[{index}]") for index, each in enumerate(value) if each is not None]


def _text(value: Any, place: str) -> str:  # noqa: ANN401 - as `_fitted`
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _unfit(value, "text", place)


def _number(value: Any, place: str) -> float:  # noqa: ANN401 - as `_fitted`
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _unfit(value, "a number", place)
    return number


def _kept(value: Any, _place: str) -> Raw:  # noqa: ANN401 - as `_fitted`
    return Raw(b"" if value is None else _dumped(value))


def _unfit(value: Any, expected: str, place: str) -> BadRecordError:  # noqa: ANN401 - as `_fitted`
    return BadRecordError(f"{place} is {_name(value)}, where {expected} is expected")


def _name(value: Any) -> str:  # noqa: ANN401 - as `_fitted`
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return "null" if value is None else _NAMES.get(type(value), type(value).__name__)


_SINGLE: Final[dict[Any, Callable[[Any, str], Any]]] = {Raw: _kept, str: _text, float: _number}
