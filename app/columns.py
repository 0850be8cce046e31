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
WIDTHS: Final = ("narrow", "wide")  # besides the usual one, which has no name
_SEPARATOR: Final = ","
_WIDTH: Final = ":"
_USUAL: Final = "usual"
_WAYS: Final = {"up": -1, "down": 1}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A field that the list is to show, and how wide: one of `WIDTHS`, or the usual width where it is empty."""

    name: str
    width: str = ""

    @property
    def text(self) -> str:
        """As in the address: `recipient` or `recipient:wide`."""
        return f"{self.name}{_WIDTH}{self.width}" if self.width else self.name


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
    width: str

    @property
    def look(self) -> str:
        """The classes of its cells."""
        return " ".join(filter(None, (f"c-{self.field.name}", "extra" if self.extra else "", self.width)))


@dataclass(frozen=True, slots=True)
class Order:
    """An order to choose from, in words, and whether it is the one in use."""

    sort: Sort
    label: str
    chosen: bool


def chosen(text: str | None) -> tuple[Chosen, ...]:
    """What `columns` names, in its order and each field once; the usual ones where it is missing.

    Raises `BadParameterError` for what is no field to show, or no width.
    """
    if text is None:
        return tuple(map(Chosen, COLUMNS))
    found: dict[str, Chosen] = {}
    for each in text.split(_SEPARATOR):
        one = _shown(each)
        found.setdefault(one.name, one)
    return tuple(found.values())


def names(text: str | None) -> tuple[str, ...]:
    """The names of the fields among them."""
    return tuple(each.name for each in chosen(text))


def arranged(ticked: Sequence[str], widths: Sequence[str], act: str) -> str | None:
    """What the form of the chooser asks for, as `columns` has it; None where that is the usual, or nothing.

    `ticked` are names in order, `widths` such as `recipient:wide`, `act` may be `usual`, `up NAME` or `down NAME`. What it does not know it
    leaves out.
    """
    if act == _USUAL:
        return None
    wide = dict(each.split(_WIDTH, 1) for each in widths if _WIDTH in each)
    kept = [Chosen(name, wide[name] if wide.get(name) in WIDTHS else "") for name in dict.fromkeys(ticked) if name in SHOWABLE]
    way, _, name = act.partition(" ")
    place = next((place for place, each in enumerate(kept) if each.name == name), None)
    if place is not None and way in _WAYS and 0 <= (other := place + _WAYS[way]) < len(kept):
        kept[place], kept[other] = kept[other], kept[place]
    text = _SEPARATOR.join(each.text for each in kept)
    return text if text not in ("", _SEPARATOR.join(COLUMNS)) else None


def offered(shown: Sequence[Chosen]) -> list[tuple[Field, Chosen | None]]:
    """The fields of the chooser: those that are shown in their order, then the others."""
    others = [name for name in SHOWABLE if name not in {each.name for each in shown}]
    return [(BY_NAME[each.name], each) for each in shown] + [(BY_NAME[name], None) for name in others]


def columns(shown: Sequence[Chosen], sort: Sort, links: Links) -> list[Column]:
    """The columns; the one that the list is sorted by is always among them."""
    return [_column(each, sort, links) for each in _with_sorted(shown, sort)]


def orders(shown: Sequence[Chosen], sort: Sort) -> list[Order]:
    """The orders to choose from where columns are hidden, each in words."""
    fields = [field for each in _with_sorted(shown, sort) if (field := BY_NAME[each.name]).sortable]
    sorts = [(field, Sort(field.name, descending=descending)) for field in fields for descending in (False, True)]
    return [Order(each, f"{gettext(field.label)}, {_ends(field)[each.descending]}", each == sort) for field, each in sorts]


def _shown(text: str) -> Chosen:
    name, _, width = text.strip().partition(_WIDTH)
    field = named(name)
    if field is None or field.name not in SHOWABLE or (width and width not in WIDTHS):
        message = say('columns: "%(name)s" is not a field to show. Use %(names)s.', name=text[:60], names=listed(SHOWABLE))
        raise BadParameterError("columns", message)
    return Chosen(field.name, width)


def _with_sorted(shown: Sequence[Chosen], sort: Sort) -> tuple[Chosen, ...]:
    return tuple(shown) if any(each.name == sort.field for each in shown) else (*shown, Chosen(sort.field))


def _ends(field: Field) -> tuple[str, str]:
    """The two directions of a field in words."""
    match field.kind:
        case Kind.TIME:
            return gettext("old to new"), gettext("new to old")
        case Kind.INTEGER | Kind.NUMBER:
            return gettext("low to high"), gettext("high to low")
        case _:
            return gettext("A to Z"), gettext("Z to A")


def _column(shown: Chosen, sort: Sort, links: Links) -> Column:
    """A click sorts by the column, old to new or A to Z first, and flips it when it is the sorted one. A live list has its own order."""
    field = BY_NAME[shown.name]
    active = sort.field == field.name
    direction = "none" if not active else "descending" if sort.descending else "ascending"
    link = None
    if field.sortable:
        target = Sort(field.name, descending=active and not sort.descending)
        link = links.search(sort=None if target == Sort() else target.text, live=None)
    return Column(field, gettext(field.label), direction, link, field.name not in COLUMNS, shown.width)
