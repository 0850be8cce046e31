"""What a search asks the cluster for: the rows behind a position in an order, or how many match."""

from typing import Final

from store.columns import SORTED_BY, Role, sort_value
from store.cursor import Position
from store.elastic.compile import Dsl, all_of, exists
from store.elastic.names import order
from store.event import Event
from store.events import Sort

KEY: Final = "id"  # what breaks ties


def counting(wanted: Dsl) -> Dsl:
    """The search for how many match."""
    return {"query": wanted, "size": 0, "track_total_hits": True}


def key(event: Event) -> str:
    """What breaks ties."""
    return str(sort_value(event, KEY))


def rows(wanted: Dsl, sort: Sort, after: Position | None, limit: int, *, alone: bool = False) -> Dsl:
    """The search for the rows after a position. Events without the field come last either way, in order of their ids.

    By the field `alone` rows of the same value come in any order, and those of the position's value are left out.
    """
    body: Dsl = {"query": wanted, "size": limit, "track_total_hits": False}
    direction = "desc" if sort.descending else "asc"
    key = {KEY: direction}
    if sort.field == KEY:
        return body | {"sort": [key]} | ({"search_after": [after.key]} if after else {})
    if after is not None and after.value is None:
        lacking = all_of([wanted], [exists(sort.field)])
        return body | {"query": lacking, "sort": [key], "search_after": [after.key]}
    by = {order(sort.field): {"order": direction, "missing": "_last"}}
    if alone:
        return body | {"sort": [by]} | ({"search_after": [_given(after, sort)]} if after else {})
    return body | {"sort": [by, key]} | ({"search_after": [_given(after, sort), after.key]} if after else {})


def _given(position: Position, sort: Sort) -> object:
    """A position's value as Elasticsearch wants it: an internet address as such, where the cursor has its place in the order."""
    if SORTED_BY[sort.field].role is Role.ORDER:
        digits = str(position.value)
        return ":".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return position.value
