"""What could be typed next in the query box: fields with their help, operators, and the values that there are, with how many events."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

from flask import Blueprint, Flask, request

from app import params
from app.language import decimal, gettext
from app.links import term
from app.services import services
from app.shown import TYPES, reason_words, type_look, visible
from app.viewer import scope
from app.zone import zone
from store.events import Query
from store.fields import BY_NAME, FIELDS, Field, Kind
from store.query.faults import MAX_LENGTH
from store.query.mailboxes import DOMAINS
from store.query.names import EXISTS
from store.query.under_cursor import UnderCursor, under_cursor

_blueprint = Blueprint("suggest", __name__)

_PARAMETERS: Final = ("q", "at", "from", "to", "range")
_MOST: Final = 10
_VALUES: Final = 8
_DOMAINS: Final = 3
_ADDRESSES: Final = 4  # of senders and of recipients, where no field says which
_LETTERS: Final = 2  # of a word by itself, or of a field of which nearly every event has a value of its own, before values are looked up
_FLAGS: Final = ("true", "false")
# Names come in this order; people ask for what happened, to whom and why.
_FIELDS: Final = sorted((field for field in FIELDS if field.kind is not Kind.STORED), key=lambda field: not field.searched)
# All that may stand before a colon, for the colours of the box.
_NAMES: Final = " ".join((EXISTS, *(name for field in FIELDS if field.kind is not Kind.STORED for name in (field.name, *field.aliases))))


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: what it puts in the place of the word, how it is shown, what it means, and how many events have it."""

    insert: str
    label: str
    hint: str = ""
    count: str = ""


def init_app(app: Flask) -> None:
    """Answer here, and give the templates the names of the fields."""
    app.register_blueprint(_blueprint)
    app.jinja_env.globals["field_names"] = _NAMES


@_blueprint.get("/events/suggest")
def suggest() -> dict[str, Any]:
    """The options for the word of `q` at the character `at`, which runs from `start` to `end`; values are counted within the range."""
    arguments = params.once(request.args.lists(), _PARAMETERS)
    typed = arguments.get("q", "")
    at = params.whole("at", arguments.get("at", str(len(typed))), 0, MAX_LENGTH)
    word = under_cursor(typed, at)
    if word is None:
        return {"start": at, "end": at, "options": []}
    start, end = params.period(arguments.get("from"), arguments.get("to"), arguments.get("range"), zone())
    options = [asdict(option) for option in islice(_options(word, Query(start=start, end=end)), _MOST)]
    if typed[word.end : word.end + 1].isspace():
        options = [option | {"insert": option["insert"].rstrip()} for option in options]
    return {"start": word.start, "end": word.end, "options": options}


def _options(word: UnderCursor, within: Query) -> Iterator[Option]:
    """What may stand at this place, the likeliest first."""
    if word.after_term:
        yield from _operators(word.text)
    if word.field is not None:
        yield from _values(word.field, word.text, within)
        return
    yield from _names(word.text)
    if word.text.startswith("@"):
        yield from _domains("recipient_domain", word.text[1:], within, "@")
    elif len(word.text) >= _LETTERS:
        yield from _anyone(word.text, within)


def _operators(text: str) -> Iterator[Option]:
    """The operators that begin so."""
    hints = {"AND": gettext("both"), "OR": gettext("one of the two, or both"), "NOT": gettext("without what follows")}
    yield from (Option(f"{name} ", name, hint) for name, hint in hints.items() if name.startswith(text.upper()))


def _names(text: str) -> Iterator[Option]:
    """The fields of which a name begins so."""
    for field in _FIELDS:
        name = next((name for name in (field.name, *field.aliases) if name.startswith(text.lower())), None)
        if name:
            yield Option(f"{name}:", f"{name}:", gettext(field.help))


def _values(field: Field, text: str, within: Query) -> Iterator[Option]:
    """The values of a field that begin so; of a field of addresses its domains first."""
    match field.kind:
        case Kind.ADDRESS:
            domain = text.removeprefix("*").removeprefix("@")
            if field.name in DOMAINS and "@" not in domain:
                yield from _domains(DOMAINS[field.name], domain, within, "*@")
            if text and not text.startswith(("*", "@")):
                yield from _found(field, text, within)
        case Kind.FLAG:
            yield from (Option(f"{flag} ", flag) for flag in _FLAGS if flag.startswith(text.lower()))
        case Kind.EXACT | Kind.IP | Kind.INTEGER if field.facet or len(text) >= _LETTERS:
            yield from _found(field, text, within)
        case _:
            pass


def _found(field: Field, text: str, within: Query, most: int = _VALUES) -> Iterator[Option]:
    """The most frequent values of a field that begin so."""
    for value, count in services().store.values(field.name, text, within, scope(), most):
        query = term(field.name, value)
        if value and query:
            yield Option(query.removeprefix(f"{field.name}:") + " ", visible(value), _words(field, value), decimal(count))


def _domains(name: str, text: str, within: Query, sign: str) -> Iterator[Option]:
    """The domains that begin so, each as everybody at it."""
    for option in _found(BY_NAME[name], text, within, _DOMAINS if text else _VALUES):
        if not option.insert.startswith('"'):
            yield Option(sign + option.insert, sign + option.label, option.hint, option.count)


def _anyone(text: str, within: Query) -> Iterator[Option]:
    """The addresses that begin so, of recipients and of senders."""
    known: set[str] = set()
    for name in DOMAINS:
        field = BY_NAME[name]
        for option in _found(field, text, within, _ADDRESSES):
            if "@" in option.insert and option.insert not in known:
                known.add(option.insert)
                yield Option(option.insert, option.label, gettext(field.label), option.count)


def _words(field: Field, value: str) -> str:
    """A value as the list shows it, where that is another way."""
    if field.name == "type" and value in TYPES:
        return type_look(value).word
    return reason_words(value) if field.name == "reason" else ""
