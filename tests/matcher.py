"""A naive reading of the query tree over one event: the yardstick for the parser's cases and every engine. Slow and plain on purpose."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from store.event import Event
from store.fields import BY_NAME, Kind
from store.tree import All, And, Any, Exact, Exists, Fuzzy, Network, Node, Not, Nothing, Or, Pattern, Range, Wildcard, Words
from store.words import lower, mentions, words

Value = str | int | float | bool


def matches(node: Node, event: Event) -> bool:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of node
    """Whether an event is meant by a tree."""
    match node:
        case All():
            return True
        case Nothing():
            return False
        case And(nodes):
            return all(matches(part, event) for part in nodes)
        case Or(nodes):
            return any(matches(part, event) for part in nodes)
        case Not(inner):
            return not matches(inner, event)
        case Exists(field):
            return bool(values(event, field))
        case Exact("mentions", value):
            return any(value in mentions(text) for text in (event.subject, event.diagnostic) if text)
        case Exact(field, value):
            return value in whole(event, field)
        case Words(field, wanted, slop):
            return any(near(words(text), wanted, slop) for text in texts(event, field))
        case Wildcard(field, pattern, by_word):
            return any(fits(pattern, value) for value in (cut(event, field) if by_word else whole(event, field)))
        case Fuzzy(field, wanted, distance, by_word):
            return any(edits(wanted, value) <= distance for value in (cut(event, field) if by_word else whole(event, field)))
        case Network(field, network):
            return any(machine(text) in ip_network(network) for text in texts(event, field))
        case Range():
            found = whole(event, node.field) if BY_NAME[node.field].kind in {Kind.EXACT, Kind.ADDRESS} else values(event, node.field)
            return any(between(node, value) for value in found)


def depth(node: Node) -> int:
    """How many nodes lie on the longest way down a tree."""
    inner = node.nodes if isinstance(node, And | Or) else (node.node,) if isinstance(node, Not) else ()
    return 1 + max(map(depth, inner), default=0)


def values(event: Event, field: str) -> list[Value]:
    """The values of a field: none where it is lacking."""
    value = getattr(event, field)
    return list(value) if isinstance(value, tuple) else [] if value is None else [value]


def texts(event: Event, field: str) -> list[str]:
    """The values of a field of text."""
    return [value for value in values(event, field) if isinstance(value, str)]


def whole(event: Event, field: str) -> list[str]:
    """The values of a field as they are compared: lower-cased, internet addresses in their one form, flags as words."""
    if BY_NAME[field].kind is Kind.IP:
        return [str(machine(text)) for text in texts(event, field)]
    return [lower(str(value)) for value in values(event, field)]


def machine(text: str) -> IPv4Address | IPv6Address:
    """An internet address; one mapped into IPv6 is the IPv4 address."""
    found = ip_address(text)
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found


def cut(event: Event, field: str) -> list[str]:
    """The words of a field."""
    return [word for text in texts(event, field) for word in words(text)]


def between(node: Range, value: Value) -> bool:
    """Whether a value lies between the ends."""
    low, high = node.low, node.high
    above = low is None or (value > low if node.low_open else value >= low)  # type: ignore[operator]  # one kind in one field
    below = high is None or (value < high if node.high_open else value <= high)  # type: ignore[operator]  # likewise
    return above and below


def near(found: list[str], wanted: tuple[str, ...], slop: int) -> bool:
    """Whether the wanted words stand in the text, moved by `slop` positions in all at most.

    As Lucene counts: where each word stands, less its place in the phrase; the largest less the smallest of these is the slop used.
    """
    spots = [[at - place for at, word in enumerate(found) if word == one] for place, one in enumerate(wanted)]
    return fits_slop(spots, slop, wanted)


def fits_slop(spots: list[list[int]], slop: int, wanted: tuple[str, ...]) -> bool:
    """Whether one spot can be taken for each word, all within `slop`; a word that is wanted twice needs two places in the text."""

    def choose(index: int, low: int, high: int, taken: frozenset[int]) -> bool:
        if index == len(wanted):
            return True
        return any(
            choose(index + 1, min(low, spot), max(high, spot), taken | {spot + index})
            for spot in spots[index]
            if spot + index not in taken and max(high, spot) - min(low, spot) <= slop
        )

    return any(choose(1, spot, spot, frozenset((spot,))) for spot in spots[0])


def fits(pattern: Pattern, value: str) -> bool:
    """Whether a whole value is of a pattern."""
    if not pattern:
        return value == ""
    first, rest = pattern[0], pattern[1:]
    if first is Any.MANY:
        return any(fits(rest, value[at:]) for at in range(len(value) + 1))
    if first is Any.ONE:
        return value != "" and fits(rest, value[1:])
    return value.startswith(first) and fits(rest, value[len(first) :])


def edits(one: str, other: str) -> int:
    """How many insertions, deletions, changes or swaps of neighbours make one text the other (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
