"""Narrowing a search by a value of an event: the term that finds exactly the events with it, and the query with that term added.

Nothing here trusts its own quoting: a term is used only if the query language reads it as that value and nothing else. Reading takes
milliseconds, so the + and - of a page lead to an address that is made when one of them is clicked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.links import Links, term
from app.params import BadParameterError
from store.errors import BadQueryError
from store.event import Event
from store.fields import BY_NAME, Field, Kind
from store.query import parse
from store.query.networks import canonical
from store.query.shape import shaped
from store.said import say
from store.tree import And, Exact, Node, Range, Words
from store.words import lower, words

_PLACES: Final = 18  # digits behind the point that the query language reads


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which value of an event: the name of its field and, of several, the place among them; and whether it is to be left out."""

    field: str
    without: bool
    at: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A value as two queries: for the events with it, and for all others."""

    only: str
    without: str


def term_of(field: Field, value: object) -> Term | None:
    """The queries for a value of a field, None being no value; nothing where the query language has none for exactly that value.

    Of a text it has none: there the words of the value, next to each other, are the nearest. Times are what the date range is for.
    """
    if value is None:
        return Term(f"not _exists_:{field.name}", f"_exists_:{field.name}")
    meant = _meant(field, value)
    text = next((text for text in _written(field, value) if _tree(text) in meant), None)
    return Term(text, f"not {text}") if text else None


def narrowed(query: str, added: str) -> str:
    """A query and a term that must both hold; with parentheses where they would be read otherwise.

    Where the two are too much for one query, it is one that says so when it is read.
    """
    if not query.strip():
        return added
    plain, grouped = f"{query} {added}", f"({query}) {added}"
    before, more = _tree(query), _tree(added)
    both = shaped(And((before, more)), plain) if before and more else None
    return plain if _tree(plain) == both else grouped


def address(links: Links, event: Event, sign: Narrowing) -> str:
    """The same search for the events with that value of an event only, or without it.

    Raises `BadParameterError` for a field that is not searched, and for a value that the query language has no query for.
    """
    field = BY_NAME.get(sign.field)
    found = term_of(field, _value(event, field, sign.at)) if field else None
    if found is None:
        message = say("There is no query for exactly this value. Search for a part of it.")
        raise BadParameterError("without" if sign.without else "only", message)
    return links.search(q=narrowed(links.arguments.get("q", ""), found.without if sign.without else found.only))


def _value(event: Event, field: Field, at: int) -> object:
    """The value of a field, of a list the one at that place; None where there is none."""
    value = getattr(event, field.name)
    if field.many:
        return value[at] if at < len(value) else None
    return value


def _meant(field: Field, value: object) -> tuple[Node, ...]:
    """The trees that mean exactly this value."""
    match field.kind:
        case Kind.EXACT | Kind.ADDRESS:
            text = lower(str(value))
            return Exact(field.name, text), Range(field.name, text, text)
        case Kind.TEXT:
            return (Words(field.name, tuple(words(str(value)))),)
        case Kind.INTEGER | Kind.NUMBER if isinstance(value, int | float):
            return (Range(field.name, value, value),)
        case Kind.FLAG:
            return (Exact(field.name, "true" if value else "false"),)
        case Kind.IP if address := canonical(str(value)):
            return (Exact(field.name, address),)
        case _:
            return ()


def _written(field: Field, value: object) -> Iterator[str]:
    """Ways to write a value, the one that people would type first."""
    match value:
        case bool():
            yield f"{field.name}:{'true' if value else 'false'}"
        case int() | float():
            yield f"{field.name}:{value}"
            yield f"{field.name}:{value:.{_PLACES}f}"
        case str():
            quoted = term(field.name, value)
            if quoted:
                yield quoted
                end = value.replace("\\", "\\\\").replace('"', '\\"')
                yield f'{field.name}:["{end}" TO "{end}"]'  # where a value alone has a meaning of its own: a domain, a class of codes


def _tree(text: str) -> Node | None:
    """What a query means; None for one that cannot be read."""
    try:
        return parse(text).tree
    except BadQueryError:
        return None
