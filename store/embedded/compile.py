"""Compiles the neutral query tree to the engine's queries; nothing that a user typed reaches the engine's own syntax unescaped."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import ceil, floor
from typing import Final, assert_never

import tantivy
from tantivy import Occur

from store.columns import COLUMN, SORTED_BY, Column, Role, ip_order, network_order, whole
from store.embedded.alphabet import LEAST, encode
from store.embedded.schema import INDEXED_NUMBERS, SCHEMA, SYNTAX
from store.errors import BadQueryError, Fault
from store.tree import All, And, Any, Exact, Exists, Fuzzy, Network, Node, Not, Nothing, Or, Pattern, Range, Wildcard, Words

_INTEGERS: Final = (-(2**63), 2**63 - 1)
_REGEX: Final = str.maketrans({character: f"\\{character}" for character in r"\.+*?()|[]{}^$"})
LAST: Final = "\U0010ffff"  # comes after every character in use
# The engine's own slop counts as Lucene's does for two different words only. For more, the ways they may stand are spelt out, up to this
# many; beyond that its own count stands in, which may find a few events more or fewer than Elasticsearch does.
_SPREADS: Final = 200
_WILD: Final = {Any.ONE: ".", Any.MANY: ".*"}


def compiled(node: Node) -> tantivy.Query:  # noqa: C901, PLR0911, PLR0912 - one arm for each kind of node
    """The engine's query for a tree; raises `BadQueryError` for a pattern with too many ways to match."""
    match node:
        case All():
            return tantivy.Query.all_query()
        case Nothing():
            return tantivy.Query.empty_query()
        case Exact():
            return equal(node.field, node.value)
        case Words():
            return _words(node)
        case Wildcard():
            return _wildcard(node)
        case Fuzzy():
            return _fuzzy(node)
        case Range():
            return _range(node)
        case Network():
            return _network(node)
        case Exists():
            return exists(node.field)
        case And():
            return _and(node.nodes)
        case Or():
            return any_of(compiled(each) for each in node.nodes)
        case Not():
            return _and((node,))
        case _:
            assert_never(node)


def all_of(queries: Iterable[tantivy.Query], without: Iterable[tantivy.Query] = ()) -> tantivy.Query:
    """What matches every one of `queries` and none of `without`; everything where there are none."""
    musts = [(Occur.Must, query) for query in queries] or [(Occur.Must, tantivy.Query.all_query())]
    nots = [(Occur.MustNot, query) for query in without]
    return musts[0][1] if len(musts) == 1 and not nots else tantivy.Query.boolean_query([*musts, *nots])


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    """What matches at least one of `queries`."""
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def equal(column: str, value: str) -> tantivy.Query:
    """The events with this whole value in a text column."""
    return tantivy.Query.term_query(SCHEMA, column, _written(value), index_option="basic")


def one_of(column: str, values: Iterable[str]) -> tantivy.Query:
    """The events with one of these whole values in a text column."""
    return tantivy.Query.term_set_query(SCHEMA, column, [_written(value) for value in values])


def exists(field: str) -> tantivy.Query:
    """The events that have a value in this field."""
    return tantivy.Query.exists_query(SORTED_BY[field].name if field in SORTED_BY else field)


def between(column: str, low: str | None, high: str | None, *, low_open: bool = False, high_open: bool = False) -> tantivy.Query:
    """A range over a text column, whose ends are whole lower-cased values."""
    if low == "":
        low, low_open = (LEAST, False) if low_open else (None, False)
    if high == "":
        return tantivy.Query.empty_query() if high_open or low is not None else equal(column, "")
    if low is None and high is None:
        return tantivy.Query.exists_query(column)
    # `_written` leaves no character that means something in this syntax.
    start, end = ("*" if low is None else _written(low)), ("*" if high is None else _written(high))
    return SYNTAX.parse_query(f"{column}:{'{' if low_open else '['}{start} TO {end}{'}' if high_open else ']'}")


def numbers(column: str, low: float | None, high: float | None, *, low_open: bool = False, high_open: bool = False) -> tantivy.Query:
    """A range over a numeric column."""
    if low is None and high is None:
        return tantivy.Query.exists_query(column)
    if COLUMN[column].role is Role.FLOAT:
        low, high = (None if low is None else float(low) + 0.0), (None if high is None else float(high) + 0.0)  # there is one zero, not two
        kind = tantivy.FieldType.Float
        if low is not None and low == high and not (low_open or high_open) and column in INDEXED_NUMBERS:
            return tantivy.Query.term_query(SCHEMA, column, low)
        return tantivy.Query.range_query(
            SCHEMA, column, kind, low, high, include_lower=low is None or not low_open, include_upper=high is None or not high_open
        )
    least, most = _INTEGERS
    first = least if low is None else max(least, floor(low) + 1 if low_open else ceil(low))
    last = most if high is None else min(most, ceil(high) - 1 if high_open else floor(high))
    if first > last:
        return tantivy.Query.empty_query()
    if first == last and column in INDEXED_NUMBERS:
        return tantivy.Query.term_query(SCHEMA, column, first)
    return tantivy.Query.range_query(SCHEMA, column, tantivy.FieldType.Integer, first, last)


def _written(value: str) -> str:
    """A whole value as the columns hold it."""
    return encode(whole(value))


def _and(nodes: Sequence[Node]) -> tantivy.Query:
    """All of them; what is negated becomes an exclusion, beside everything where nothing else is asked."""
    wanted = [compiled(node) for node in nodes if not isinstance(node, Not)]
    return all_of(wanted, [compiled(node.node) for node in nodes if isinstance(node, Not)])


def _words(node: Words) -> tantivy.Query:
    """A word, or a phrase; the engine cannot make a phrase of one word."""
    column = f"{node.field}_words"
    if not node.words:
        return tantivy.Query.empty_query()
    if len(node.words) == 1:
        return tantivy.Query.term_query(SCHEMA, column, whole(node.words[0]), index_option="position")
    wanted: list[str | tuple[int, str]] = [whole(word) for word in node.words]
    apart = node.slop + 1
    if node.slop and len(wanted) == 2 and wanted[0] == wanted[1]:  # noqa: PLR2004 - a pair
        return _twice(column, str(wanted[0]), apart)
    if node.slop == 0 or len(wanted) == 2 or apart ** len(wanted) - node.slop ** len(wanted) > _SPREADS:  # noqa: PLR2004 - a pair
        repeated = sorted({str(word) for word in wanted if node.slop and wanted.count(word) > 1})
        places = [_twice(column, word, len(wanted) - 1 + node.slop) for word in repeated]
        return all_of([tantivy.Query.phrase_query(SCHEMA, column, wanted, slop=node.slop), *places])
    return any_of(tantivy.Query.phrase_query(SCHEMA, column, spread) for spread in _spreads([whole(word) for word in node.words], apart))


def _twice(column: str, word: str, most: int) -> tantivy.Query:
    """A word at two places of a text, from one to `most` apart.

    The engine takes one place for both where the slop reaches that far, so the middle of the distances is asked for, with a slop that
    stops short of none at all; where `most` is even, the longest distance by itself.
    """
    slop = (most - 1) // 2
    found = [tantivy.Query.phrase_query(SCHEMA, column, [(0, word), (slop + 1, word)], slop=slop)]
    if most % 2 == 0:
        found.append(tantivy.Query.phrase_query(SCHEMA, column, [(0, word), (most, word)]))
    return any_of(found)


def _spreads(wanted: Sequence[str], apart: int) -> Iterator[list[str | tuple[int, str]]]:
    """Every way in which words may stand when each has moved less than `apart` places from the others, as (position, word)."""
    for moved in product(range(apart), repeat=len(wanted)):
        positions = [place + move for place, move in enumerate(moved)]
        if min(moved) == 0 and len(set(positions)) == len(positions):
            yield list(zip(positions, wanted, strict=True))


def _wildcard(node: Wildcard) -> tantivy.Query:
    """A pattern over the term dictionary, or the reversed one where it begins with a wildcard; beginnings and domains go a quicker way."""
    if all(part is Any.MANY for part in node.pattern):
        return exists(node.field) if not node.words else _pattern(f"{node.field}_words", node.pattern)
    if node.words:
        return _pattern(f"{node.field}_words", node.pattern)
    match node.pattern:
        case (str(start), Any.MANY):
            return between(node.field, start, start + LAST, high_open=True)
        case (Any.MANY, str(ending)) if ending.rfind("@") == 0 and f"{node.field}_domain" in COLUMN:
            return equal(f"{node.field}_domain", ending[1:])
    backwards = f"{node.field}_reversed"
    if node.pattern[0] is Any.MANY and backwards in COLUMN:
        return _pattern(backwards, tuple(part[::-1] if isinstance(part, str) else part for part in reversed(node.pattern)))
    return _pattern(node.field, node.pattern)


def _pattern(column: str, pattern: Pattern) -> tantivy.Query:
    """A pattern over one column, as the regular expression the engine wants."""
    literal = whole if COLUMN[column].role is Role.WORDS else _written
    regex = "".join(literal(part).translate(_REGEX) if isinstance(part, str) else _WILD[part] for part in pattern)
    try:
        return tantivy.Query.regex_query(SCHEMA, column, regex)
    except ValueError as error:
        shown = "".join(part if isinstance(part, str) else part.value for part in pattern)
        message = f"The pattern {shown} has too many ways to match. Use fewer wildcards."
        raise BadQueryError(Fault("pattern_too_costly", message, 0, 0)) from error


def _network(node: Network) -> tantivy.Query:
    """The addresses within a network; IPv4 is in no IPv6 network, though its place in the order is (`store.columns.ip_order`)."""
    column = f"{node.field}_order"
    first, last = network_order(node.network)
    lowest, highest = network_order("0.0.0.0/0")
    within = between(column, first, last)
    return all_of([within], without=[between(column, lowest, highest)]) if first < lowest and highest < last else within


def _fuzzy(node: Fuzzy) -> tantivy.Query:
    column, value = (f"{node.field}_words", whole(node.value)) if node.words else (node.field, _written(node.value))
    return tantivy.Query.fuzzy_term_query(SCHEMA, column, value, distance=node.distance, transposition_cost_one=True)


def _range(node: Range) -> tantivy.Query:
    """A range over numbers or over text; of addresses of machines, in their own order."""
    column: Column = SORTED_BY.get(node.field) or COLUMN[node.field]
    if column.role in {Role.INTEGER, Role.FLOAT}:
        low, high = _number(node.low), _number(node.high)
        return numbers(column.name, low, high, low_open=node.low_open, high_open=node.high_open)
    low_text, high_text = _text(node.low, column), _text(node.high, column)
    return between(column.name, low_text, high_text, low_open=node.low_open, high_open=node.high_open)


def _number(end: float | str | None) -> float | None:
    """A number as it is; a number in text as a number. The tree gives numbers for numeric fields."""
    return float(end) if isinstance(end, str) else end


def _text(end: float | str | None, column: Column) -> str | None:
    """An end of a range over text, as the column holds its values."""
    if end is None:
        return None
    return (ip_order(str(end)) or str(end)) if column.role is Role.ORDER else str(end)
