"""Values of fields that are no text: numbers, times, addresses, flags and status codes, alone and as ends of ranges."""

import math
import re
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from store.fields import Field, Kind
from store.query import networks, times
from store.query.faults import refuse
from store.query.typed import Typed
from store.said import say
from store.tree import Any as Wild
from store.tree import Exact, Exists, Node, Nothing, Range, Wildcard
from store.words import lower

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")
_WHOLE: Final = re.compile(r"([+-]?[0-9]{1,18})\.0*")
_CODE_CLASS: Final = re.compile(r"([0-9]{1,3})\*|([0-9])[xX?]{2}|([0-9]{2})[xX?]")
_STATUS_CLASS: Final = re.compile(r"([0-9](?:\.[0-9]{1,3})?)(?:\.[xX*](?:\.[xX*])?|[xX]{2})?|([0-9])\*")
_CODE_DIGITS: Final = 3
_FLAGS: Final = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
# What may stand where an order is asked for; an event's own id has none that means anything.
_UNORDERED: Final = frozenset(("id",))

End = TypeVar("End", int | float, str)


@dataclass(frozen=True, slots=True)
class Ends:
    """A range as typed: None for an open end; `low_open` and `high_open` leave the end itself out."""

    low: Typed | None
    high: Typed | None
    low_open: bool
    high_open: bool


def equal(field: Field, typed: Typed, zone: str) -> Node:
    """The field with this one value, for the kinds that are no text."""
    match field.kind:
        case Kind.TIME:
            span = _span(field, typed, zone)
            return Range(field.name, span.start, span.end - 1)
        case Kind.INTEGER | Kind.NUMBER:
            decade = code_class(field, typed)
            if decade is not None:
                return decade
            number = _number(field, typed)
            return Range(field.name, number, number)
        case Kind.FLAG:
            return _flag(field, typed)
        case _:
            return _address(field, typed)


def code_class(field: Field, typed: Typed) -> Range | None:
    """`5xx`, `5*`, `55x` and `55?` on an integer field: the codes of three digits that begin so. Quoted or escaped, * and ? are text."""
    match = _CODE_CLASS.fullmatch(typed.text) if field.kind is Kind.INTEGER and not _has_plain_star(typed) else None
    if match is None:
        return None
    digits = match[1] or match[2] or match[3]
    width = 10 ** (_CODE_DIGITS - len(digits))
    first = int(digits) * width
    return Range(field.name, first, first + width - 1)


def status_class(field: Field, typed: Typed) -> Wildcard | None:
    """`5`, `5.1`, `5.x.x` and `5*` on the status: the codes of that class. Quoted or escaped, a * is text."""
    match = _STATUS_CLASS.fullmatch(typed.text) if field.name == "status" and not _has_plain_star(typed) else None
    return Wildcard(field.name, (f"{match[1] or match[2]}.", Wild.MANY)) if match else None


def _has_plain_star(typed: Typed) -> bool:
    """Whether there is a * or ? that is text, because it is quoted or escaped."""
    return typed.pattern is None and ("*" in typed.text or "?" in typed.text)


def between(field: Field, ends: Ends, zone: str) -> Node:
    """The field between two values; nothing where the ends are swapped."""
    if ends.low is None and ends.high is None:
        return Exists(field.name)
    match field.kind:
        case Kind.TIME:
            return _times(field, ends, zone)
        case Kind.INTEGER | Kind.NUMBER:
            low = _number(field, ends.low) if ends.low else None
            high = _number(field, ends.high) if ends.high else None
            return _range(field, low, high, ends)
        case Kind.IP:
            return _networks(field, ends)
        case Kind.EXACT | Kind.ADDRESS if field.name not in _UNORDERED:
            return _strings(field, ends)
        case _:
            end = ends.low or ends.high
            start, stop = (end.start, end.end) if end else (0, 0)
            return refuse("no_order", say("%(field)s has no order, so there are no ranges in it.", field=field.name), start, stop)


def _range(field: Field, low: End | None, high: End | None, ends: Ends) -> Node:
    """A range over values that compare, or nothing where none can be in it."""
    if low is not None and high is not None and (low > high or (low == high and (ends.low_open or ends.high_open))):
        return Nothing()
    return Range(field.name, low, high, ends.low_open and low is not None, ends.high_open and high is not None)


def _number(field: Field, typed: Typed) -> int | float:
    """A number as typed: whole on an integer field."""
    if not _NUMBER.fullmatch(typed.text):
        _no_number(field, typed)
    if field.kind is Kind.INTEGER:
        whole = _WHOLE.fullmatch(typed.text)
        if "." in typed.text:
            _no_number(field, typed, typed.replaced(whole[1]) if whole else None)
        return int(typed.text)
    number = float(typed.text)
    return number if math.isfinite(number) and number != 0 else 0.0  # no -0.0: engines order it apart


def _no_number(field: Field, typed: Typed, fix: str | None = None) -> NoReturn:
    """Raise for a text that is no number."""
    if field.kind is Kind.INTEGER:
        message = say("%(field)s is a whole number, as in %(field)s:>=500; %(shown)s is none.", field=field.name, shown=typed.shown)
    else:
        message = say("%(field)s is a number, as in %(field)s:>=500; %(shown)s is none.", field=field.name, shown=typed.shown)
    refuse("number", message, typed.start, typed.end, fix)


def _span(field: Field, typed: Typed, zone: str) -> times.Span:
    """A time as typed."""
    try:
        return times.span(typed.text, zone)
    except (ValueError, OverflowError):
        message = say("%(shown)s is no date for %(field)s; write %(form)s.", shown=typed.shown, field=field.name, form=times.FORM)
        return refuse("date", message, typed.start, typed.end, typed.replaced(_mended_date(typed.text)))


def _mended_date(text: str) -> str | None:
    """A date with other separators, or with a wildcard for its last part, in the form that is read; None where it is not plain."""
    match = re.fullmatch(r"([0-9]{4})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{1,2}|\*))?", text)
    if match is None:
        return None
    day = f"-{int(match[3]):02}" if match[3] and match[3] != "*" else ""
    return f"{match[1]}-{int(match[2]):02}{day}"


def _times(field: Field, ends: Ends, zone: str) -> Node:
    """A range of times: an end that counts does so up to the end of its unit, one that does not from the start of it."""
    low = _span(field, ends.low, zone) if ends.low else None
    high = _span(field, ends.high, zone) if ends.high else None
    first = (low.end if ends.low_open else low.start) if low else None
    last = (high.start if ends.high_open else high.end) - 1 if high else None
    if first is not None and last is not None and first > last:
        return Nothing()
    return Range(field.name, first, last)


def _flag(field: Field, typed: Typed) -> Node:
    """A flag: true or false."""
    value = _FLAGS.get(typed.text.lower())
    if value is None:
        refuse(
            "flag", say("%(field)s is true or false; %(shown)s is neither.", field=field.name, shown=typed.shown), typed.start, typed.end
        )
    return Exact(field.name, value)


def _address(field: Field, typed: Typed) -> Node:
    """An internet address or a network."""
    try:
        return networks.address_or_network(field.name, typed.text)
    except ValueError:
        partial = re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}\.?", typed.text)
        fix = typed.replaced(typed.text.rstrip(".") + ".*") if partial else None
        message = say("%(shown)s is no internet address; write 192.0.2.1, 2001:db8::1, 192.0.2.0/24 or 192.0.2.*.", shown=typed.shown)
        return refuse("ip", message, typed.start, typed.end, fix)


def _networks(field: Field, ends: Ends) -> Node:
    """A range of internet addresses."""
    low, high = (end.text if end else None for end in (ends.low, ends.high))
    try:
        return networks.between(field.name, low, high, low_open=ends.low_open, high_open=ends.high_open)
    except ValueError:
        end = ends.low or ends.high
        start, stop = (end.start, end.end) if end else (0, 0)
        message = say("The ends of a range of internet addresses are two addresses, both IPv4 or both IPv6.")
        return refuse("ip", message, start, stop)


def _strings(field: Field, ends: Ends) -> Node:
    """A range in the order of letters; a status class as an end is that whole class: `status:<=5` has 5.7.1 in it.

    Codes are ordered as letters too (5.1.10 before 5.1.2): it is what a keyword in Elasticsearch can do.
    """
    low = lower(ends.low.text) if ends.low else None
    high = lower(ends.high.text) if ends.high else None
    low_open, high_open = ends.low_open, ends.high_open
    if low is not None and low_open and ends.low and status_class(field, ends.low):
        low, low_open = low + "/", False  # the character behind the dot: everything of the class comes before it
    if high is not None and not high_open and ends.high and status_class(field, ends.high):
        high, high_open = high + "/", True
    return _range(field, low, high, Ends(ends.low, ends.high, low_open, high_open))
