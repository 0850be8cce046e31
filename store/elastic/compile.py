"""Compiles the neutral query tree to Elasticsearch's Query DSL, in filter context; nothing typed reaches the engine's own syntax."""

from typing import Any, Final, TypeAlias, assert_never

from store.columns import MENTIONS, ip_text, network_order, whole
from store.elastic.names import column, order, words
from store.events import Query, Scope
from store.fields import BY_NAME, Kind
from store.tree import All, And, Exact, Exists, Fuzzy, Network, Node, Not, Nothing, Or, Pattern, Range, Wildcard, Words
from store.tree import Any as Wild

Dsl: TypeAlias = dict[str, Any]

_ESCAPED: Final = str.maketrans({character: f"\\{character}" for character in "*?\\"})
_LONGS: Final = (-(2**63), 2**63 - 1)
_TIMES: Final = (-62_135_596_800_001, 253_402_300_800_000)  # ms just outside the years 1 to 9999: no event lies beyond
_REVERSED: Final = {field.name for field in BY_NAME.values() if field.kind is Kind.ADDRESS} | {"message_id"}


def seen(query: Query, scope: Scope) -> Dsl:
    """The whole request's filter: the tree and the time range, within the scope, which stands outside the user's tree."""
    filters = [compiled(query.tree)]
    if scope.domains is not None:
        filters.append({"terms": {"sender_domain": sorted(map(whole, scope.domains))}})
    if query.start is not None or query.end is not None:
        filters.append(_range(Range("timestamp", query.start, query.end, high_open=True)))
    return all_of([each for each in filters if each != {"match_all": {}}])


def all_of(filters: list[Dsl], without: list[Dsl] | None = None) -> Dsl:
    """What matches every one of `filters` and none of `without`; everything where there are none."""
    if len(filters) == 1 and not without:
        return filters[0]
    if not filters and not without:
        return {"match_all": {}}
    return {"bool": {name: each for name, each in (("filter", filters), ("must_not", without)) if each}}


def compiled(node: Node) -> Dsl:  # noqa: C901, PLR0911, PLR0912 - one arm for each kind of node
    """The query for a tree."""
    match node:
        case All():
            return {"match_all": {}}
        case Nothing():
            return {"match_none": {}}
        case Exact():
            return _exact(node)
        case Words():
            return _words(node)
        case Wildcard():
            return _wildcard(node)
        case Fuzzy():
            name = words(node.field) if node.words else node.field
            return {"fuzzy": {name: {"value": whole(node.value), "fuzziness": node.distance, "rewrite": "constant_score"}}}
        case Range():
            return _range(node)
        case Network():
            return _network(node)
        case Exists():
            return exists(node.field)
        case And():
            plain = [compiled(each) for each in node.nodes if not isinstance(each, Not)]
            return all_of(plain, [compiled(each.node) for each in node.nodes if isinstance(each, Not)])
        case Or():
            return _any_of([compiled(each) for each in node.nodes])
        case Not():
            return {"bool": {"must_not": [compiled(node.node)]}}
        case _:
            assert_never(node)


def exists(field: str) -> Dsl:
    """The events that have a value in this field; an empty text is one, which only its column for the order knows."""
    return {"exists": {"field": order(field)}}


def _exact(node: Exact) -> Dsl:
    """A whole value; what cannot be one of an internet address or a flag is in no event, where Elasticsearch would refuse to look."""
    kind = BY_NAME[node.field].kind if node.field != MENTIONS else Kind.EXACT
    if (kind is Kind.IP and ip_text(node.value) is None) or (kind is Kind.FLAG and node.value not in {"true", "false"}):
        return {"match_none": {}}
    return {"term": {node.field: {"value": whole(node.value)}}}


def _any_of(queries: list[Dsl]) -> Dsl:
    if not queries:
        return {"match_none": {}}
    return queries[0] if len(queries) == 1 else {"bool": {"should": queries, "minimum_should_match": 1}}


def _words(node: Words) -> Dsl:
    """A word, or a phrase of words that are cut already: the `whitespace` analyser leaves them as they are."""
    name = words(node.field)
    if not node.words:
        return {"match_none": {}}
    if len(node.words) == 1:
        return {"term": {name: {"value": node.words[0]}}}
    return {"match_phrase": {name: {"query": " ".join(node.words), "analyzer": "whitespace", "slop": node.slop}}}


def _wildcard(node: Wildcard) -> Dsl:
    """A pattern over a field's terms; the reversed ones where it begins with a wildcard. Beginnings and domains go a quicker way."""
    anything = all(part is Wild.MANY for part in node.pattern)
    if node.words:
        return _pattern(words(node.field), (Wild.ONE, Wild.MANY) if anything else node.pattern)
    if anything:
        return exists(node.field)
    match node.pattern:
        case (str(start), Wild.MANY):
            return {"prefix": {_text(node.field): {"value": whole(start), "rewrite": "constant_score"}}}
        case (Wild.MANY, str(ending)) if ending.rfind("@") == 0 and f"{node.field}_domain" in BY_NAME:
            return {"term": {f"{node.field}_domain": {"value": whole(ending[1:])}}}
    if node.pattern[0] is Wild.MANY and node.field in _REVERSED:
        backwards = tuple(part[::-1] if isinstance(part, str) else part for part in reversed(node.pattern))
        return _pattern(f"{node.field}_reversed", backwards)
    return _pattern(_text(node.field), node.pattern)


def _pattern(name: str, pattern: Pattern) -> Dsl:
    value = "".join(whole(part).translate(_ESCAPED) if isinstance(part, str) else part.value for part in pattern)
    return {"wildcard": {name: {"value": value, "rewrite": "constant_score"}}}


def _text(field: str) -> str:
    """Where a field's whole value stands as text: of internet addresses beside their own kind."""
    if field == MENTIONS:
        return field
    return f"{field}.text" if BY_NAME[field].kind is Kind.IP else column(field)


def _network(node: Network) -> Dsl:
    """The addresses within a network; IPv4 is in no IPv6 network, though Elasticsearch keeps both in one order."""
    first, last = network_order(node.network)
    lowest, highest = network_order("0.0.0.0/0")
    without = [{"term": {node.field: "0.0.0.0/0"}}] if first < lowest and highest < last else []
    return all_of([{"term": {node.field: node.network}}], without)


def _range(node: Range) -> Dsl:
    kind = BY_NAME[node.field].kind
    if node.low is None and node.high is None:
        return exists(node.field)
    bounds: Dsl = {}
    for name, end in (("gt" if node.low_open else "gte", node.low), ("lt" if node.high_open else "lte", node.high)):
        if end is not None:
            bounds[name] = _end(kind, end)
    return {"range": {column(node.field): bounds}}


def _end(kind: Kind, end: float | str) -> float | str:
    """An end of a range as the field can take it: times and whole numbers stay within what there can be."""
    if isinstance(end, str):
        return end if kind is Kind.IP else whole(end)
    if kind is Kind.NUMBER:
        return float(end) + 0.0  # there is one zero, not two
    least, most = _TIMES if kind is Kind.TIME else _LONGS
    return max(least, min(most, end))
