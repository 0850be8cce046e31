"""The neutral query tree: what `store/query.py` makes of the typed text and each engine compiles.

Values are ready to compare: lower-cased, cut into words, times in milliseconds. An engine needs no further knowledge of the language.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Any(Enum):
    """The two wildcards."""

    ONE = "?"
    MANY = "*"


Pattern: TypeAlias = tuple[str | Any, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every event in range and scope."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No event."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The whole lower-cased value of an exact, address, ip (canonical text) or flag ("true"/"false") field; a many-field: one of them.

    `field` may also be `mentions`: the addresses that stand whole inside subject or diagnostic.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words next to each other, in order (`slop`: how many positions they may be moved, as Lucene counts), in a text or address field."""

    field: str
    words: tuple[str, ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern over the whole lower-cased value, or with `words` over each word of a text or address field."""

    field: str
    pattern: Pattern
    words: bool = False


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A value (with `words`: a word) at most `distance` (1 or 2) insertions, deletions, changes or swaps away."""

    field: str
    value: str
    distance: int
    words: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Between two ends, both included where given: integers (time in ms, codes), floats, or lower-cased strings.

    The strings are those of exact and address fields, in the order of their characters. `low_open`/`high_open` leave the end itself out.
    """

    field: str
    low: int | float | str | None
    high: int | float | str | None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """An ip field within a network, in canonical CIDR text (IPv4 or IPv6)."""

    field: str
    network: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value; an empty subject is a value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else, events that lack the field included."""

    node: "Node"


Leaf: TypeAlias = All | Nothing | Exact | Words | Wildcard | Fuzzy | Range | Network | Exists
Node: TypeAlias = Leaf | And | Or | Not
