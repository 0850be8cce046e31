"""What the details of an event say: its fields in words, and what happened with what to do about it."""

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Flask

from app.language import code, gettext
from app.shown import local, offset, plain, reason_words, type_look
from store.event import Event
from store.fields import FIELDS, Field, Kind
from store.reasons import UNDETERMINED, Explanation, explain

# Whoever opens an event looks for these first; a small screen folds the others.
_CHIEF: Final = frozenset({"timestamp", "sender", "recipient", "subject", "mx"})
_FAILURES: Final = frozenset({"deferral", "bounce", "reject"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A field that has a value: `code` is what to search for where `text` says it in words; `chief` is one of the first looked for."""

    label: str
    text: str
    code: str | None
    chief: bool


def facts(event: Event, zone: str) -> list[Fact]:
    """Every field of an event that has a value, in the table's order with the id last; without the original record and the answer."""
    found: list[Fact] = []
    for field in (*FIELDS[1:], FIELDS[0]):
        value = getattr(event, field.name)
        if value in (None, ()) or field.kind is Kind.STORED or field.name == "diagnostic":
            continue
        text, code = _fact(field, value, zone)
        label = gettext(field.label)
        found.append(Fact(label, text, code, field.name in _CHIEF))
        if field.kind is Kind.TIME:
            found.append(Fact(f"{label} (UTC)", _full(value, "UTC"), None, chief=False))
    return found


def explained(event: Event) -> Explanation | None:
    """What happened and what to do about it, in words; None where nothing went wrong that anybody could act on."""
    undetermined = explain(UNDETERMINED, code())
    words = explain(event.reason or event.type, code()) or (undetermined if event.type in _FAILURES else None)
    if words is not None and words == undetermined and not event.diagnostic:
        return replace(words, next_step=gettext("The record holds no answer of the other server. Ask the operators."))
    return words


def init_app(app: Flask, zone: str) -> None:
    """Give the templates the facts and the explanation of an event, with times in `zone`."""
    app.jinja_env.filters |= {"facts": lambda event: facts(event, zone), "explained": explained}


def _fact(field: Field, value: Any, zone: str) -> tuple[str, str | None]:  # noqa: ANN401 - the value of any field
    """A value as text; where the list has a word for it, that word, with the value itself as its code."""
    match field.name:
        case "type":
            return type_look(value).word, value
        case "reason":
            return reason_words(value), value
        case "delay":
            return f"{plain(value)} s", None
        case _:
            return (_full(value, zone) if field.kind is Kind.TIME else plain(value)), None


def _full(milliseconds: int, zone: str) -> str:
    """A time to the millisecond, with its offset."""
    moment = local(milliseconds, zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} {offset(moment)}"
