"""What the details of an event say: its fields in words, and what happened with what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Flask

from app.dates import local
from app.language import code, gettext
from app.shown import LONG, offset, plain, reason_words, type_look, visible
from store.event import Event
from store.fields import FIELDS, Field, Kind
from store.reasons import UNDETERMINED, Explanation, explain

# Whoever opens an event looks for these first; a small screen folds the others.
_CHIEF: Final = frozenset({"timestamp", "sender", "recipient", "subject", "mx"})
_COPIED: Final = frozenset({"id", "message_id", "queue_id"})
_APART: Final = 8  # values of one field that stand one by one; more share a line
_FAILURES: Final = frozenset({"deferral", "bounce", "reject"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A field that has a value: `code` is what to search for where `text` says it in words; `chief` is one of the first looked for.

    `field` is its name where a search can be narrowed by the value, `at` the place of the value among several. `copied` is the value where
    people take it elsewhere.
    """

    label: str
    text: str
    code: str | None = None
    chief: bool = False
    field: str | None = None
    at: int = 0
    copied: str | None = None


def facts(event: Event, zone: str) -> list[Fact]:
    """Every field of an event that has a value, in the table's order with the id last; without the original record and the answer."""
    found: list[Fact] = []
    for field in (*FIELDS[1:], FIELDS[0]):
        value = getattr(event, field.name)
        if value in (None, ()) or field.kind is Kind.STORED or field.name == "diagnostic":
            continue
        if field.many and len(value) <= _APART:
            found += [replace(_fact(field, each, zone), at=at) for at, each in enumerate(value)]
        else:
            found.append(_fact(field, value, zone))
        if field.kind is Kind.TIME:
            found.append(Fact(f"{gettext(field.label)} (UTC)", _full(value, "UTC")))
    return found


def explained(event: Event) -> Explanation | None:
    """What happened and what to do about it, in words; None where nothing went wrong that anybody could act on."""
    undetermined = explain(UNDETERMINED, code())
    words = explain(event.reason or event.type, code()) or (undetermined if event.type in _FAILURES else None)
    if words is not None and words == undetermined and not event.diagnostic:
        return replace(words, next_step=gettext("The record holds no answer of the other server. Ask the operators."))
    return words


def init_app(app: Flask, zone: Callable[[], str]) -> None:
    """Give the templates the facts and the explanation of an event; `zone` says which time zone the request at hand has."""
    app.jinja_env.filters |= {"facts": lambda event: facts(event, zone()), "explained": explained}


def _fact(field: Field, value: Any, zone: str) -> Fact:  # noqa: ANN401 - the value of any field
    """A field with one value, or with several in one line."""
    text, code = _words(field, value, zone)
    narrows = field.kind is not Kind.TIME and field.name != "id" and not isinstance(value, tuple) and len(text) <= LONG
    # What hides characters is not to be taken elsewhere unseen.
    taken = (field.kind in (Kind.ADDRESS, Kind.IP) or field.name in _COPIED) and visible(str(value)) == str(value)
    copied = str(value) if taken else None
    return Fact(gettext(field.label), text, code, field.name in _CHIEF, field.name if narrows else None, copied=copied)


def _words(field: Field, value: Any, zone: str) -> tuple[str, str | None]:  # noqa: ANN401 - the value of any field
    """A value as text; where the list has a word for it, that word, with the value itself as its code."""
    match field.name:
        case "type":
            return type_look(value).word, value
        case "reason":
            return reason_words(value), value
        case "permanence":
            words = _permanence().get(value, plain(value))
            return words, None if words == value else value
        case "delay":
            return f"{plain(value)} s", None
        case _ if field.kind is Kind.FLAG:
            return gettext("yes") if value else gettext("no"), plain(value)
        case _:
            return (_full(value, zone) if field.kind is Kind.TIME else plain(value)), None


def _permanence() -> dict[str, str]:
    """The words for whether a failure lasts."""
    return {"permanent": gettext("permanent"), "temporary": gettext("temporary"), "unknown": gettext("unknown")}


def _full(milliseconds: int, zone: str) -> str:
    """A time to the millisecond, with its offset."""
    moment = local(milliseconds, zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} {offset(moment)}"
