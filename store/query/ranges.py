"""Takes a range in brackets apart: `[400 TO 499]`, `{2024-11-01 to *]`."""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from store.fields import Field, Kind
from store.query.characters import QUOTES
from store.query.faults import refuse
from store.query.names import is_ipv6
from store.said import say

_PIECE: Final = re.compile(rf"[{QUOTES}](?:\\.|[^{QUOTES}\\])*+[{QUOTES}]|(?:\\.|[^\s\[\]{{}}\\{QUOTES}])++|[\[\]{{}}]|.", re.DOTALL)
_JOINED: Final = re.compile(r"(-?\d++(?:\.\d++)?+)\s*+(?:,|;|-|\.{2,3}|\u2026|\u2013)\s*+(-?\d++(?:\.\d++)?+)")


@dataclass(frozen=True, slots=True)
class RangeParts:
    """Where the parts of a range stand in the query, each from its first character up to behind its last."""

    start: int
    end: int
    low: tuple[int, int]
    to: tuple[int, int]
    high: tuple[int, int]


def range_parts(text: str, start: int, field: Field) -> RangeParts:
    """The parts of the range whose opening bracket stands at `start`; raises with the cure where one is missing."""
    pieces: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text, start + 1):
        if piece[0] in "]}":
            return _parts(text, start, piece.end(), pieces, field)
        if not piece[0].isspace():
            pieces.append(piece.span())
    closed = text.rstrip() + "]"
    return refuse("range", "This range is not closed: put a ] behind it.", start, len(text), None if _swapped(text, pieces) else closed)


def _parts(text: str, start: int, end: int, pieces: list[tuple[int, int]], field: Field) -> RangeParts:
    """The two ends on both sides of `TO`."""
    to = next((piece for piece in pieces if text[slice(*piece)].lower() == "to"), None)
    if to is None:
        _without_to(text, start, end, pieces, field)
    low, high = [piece for piece in pieces if piece < to], [piece for piece in pieces if piece > to]
    if not low or not high:
        missing = say("The low end of this range is missing: type it, or * for an open end.")
        refuse("range", missing if not low else say("The high end of this range is missing: type it, or * for an open end."), start, end)
    for pieces_of_end in (low, high):
        if len(pieces_of_end) > 1 and field.kind is not Kind.TIME:  # a time may have a space in it
            place = pieces_of_end[0][0], pieces_of_end[-1][1]
            refuse("range", "This is more than one value; each end of a range is one.", *place)
    return RangeParts(start, end, (low[0][0], low[-1][1]), to, (high[0][0], high[-1][1]))


def _without_to(text: str, start: int, end: int, pieces: list[tuple[int, int]], field: Field) -> NoReturn:
    """Raise for a range without TO, with the TO put in where it is plain what was meant."""
    inner = text[start + 1 : end - 1].strip()
    fix = None
    joined = _JOINED.fullmatch(inner)
    if is_ipv6(inner):
        fix = text[:start] + inner + text[end:]
    elif len(pieces) == 2:  # noqa: PLR2004 - a range has two ends
        fix = text[:start] + "[" + " TO ".join(text[slice(*piece)] for piece in pieces) + "]" + text[end:]
    elif joined:
        fix = f"{text[:start]}[{joined[1]} TO {joined[2]}]{text[end:]}"
    refuse(
        "range",
        say("A range of %(field)s needs TO between its ends, as in [10 TO 20]; * is an open end.", field=field.name),
        start,
        end,
        fix,
    )


def _swapped(text: str, pieces: list[tuple[int, int]]) -> bool:
    """Whether the first number in a range is more than its last: then closing it is not all it needs."""
    try:
        return float(text[slice(*pieces[0])]) > float(text[slice(*pieces[-1])])
    except (ValueError, IndexError):
        return False
