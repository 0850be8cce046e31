"""The columns of the list: which there are, what a click on a header does, and the orders to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.language import gettext
from app.links import Links
from app.params import BadParameterError, listed
from store.events import Sort
from store.fields import BY_NAME, FIELDS, Field, Kind, named
from store.said import say

COLUMNS: Final = ("timestamp", "type", "recipient", "sender", "subject", "reason", "mx")  # where none are asked for
SHOWABLE: Final = tuple(field.name for field in FIELDS if field.kind is not Kind.STORED)
_SEPARATOR: Final = ","


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its field, its title, what `aria-sort` says of it, and where a click on its header leads.

    `link` is None for a field that the list cannot be sorted by. `extra` is a column that stands there although it is not among the usual
    ones.
    """

    field: Field
    title: str
    direction: str
    link: str | None
    extra: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order to choose from, in words, and whether it is the one in use."""

    sort: Sort
    label: str
    chosen: bool


def names(text: str | None) -> tuple[str, ...]:
    """The fields that `columns` names, in its order and each once; the usual ones where it is missing."""
    if text is None:
        return COLUMNS
    return tuple(dict.fromkeys(_shown(each) for each in text.split(_SEPARATOR)))


def columns(shown: Sequence[str], sort: Sort, links: Links) -> list[Column]:
    """The columns; the one that the list is sorted by is always among them."""
    return [_column(BY_NAME[name], sort, links) for name in _with_sorted(shown, sort)]


def orders(shown: Sequence[str], sort: Sort) -> list[Order]:
    """The orders to choose from where columns are hidden, each in words."""
    fields = [field for name in _with_sorted(shown, sort) if (field := BY_NAME[name]).sortable]
    sorts = [(field, Sort(field.name, descending=descending)) for field in fields for descending in (False, True)]
    return [Order(each, f"{gettext(field.label)}, {_ends(field)[each.descending]}", each == sort) for field, each in sorts]


def _shown(text: str) -> str:
    field = named(text.strip())
    if field is None or field.name not in SHOWABLE:
        message = say('columns: "%(name)s" is not a field to show. Use %(names)s.', name=text[:60], names=listed(SHOWABLE))
        raise BadParameterError("columns", message)
    return field.name


def _with_sorted(shown: Sequence[str], sort: Sort) -> tuple[str, ...]:
    return tuple(shown) if sort.field in shown else (*shown, sort.field)


def _ends(field: Field) -> tuple[str, str]:
    """The two directions of a field in words."""
    match field.kind:
        case Kind.TIME:
            return gettext("old to new"), gettext("new to old")
        case Kind.INTEGER | Kind.NUMBER:
            return gettext("low to high"), gettext("high to low")
        case _:
            return gettext("A to Z"), gettext("Z to A")


def _column(field: Field, sort: Sort, links: Links) -> Column:
    """A click sorts by the column, old to new or A to Z first, and flips it when it is the sorted one."""
    active = sort.field == field.name
    direction = "none" if not active else "descending" if sort.descending else "ascending"
    link = None
    if field.sortable:
        target = Sort(field.name, descending=active and not sort.descending)
        link = links.search(sort=None if target == Sort() else target.text)
    return Column(field, gettext(field.label), direction, link, field.name not in COLUMNS)
