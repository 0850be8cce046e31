"""Turns luqum's tree into our own nodes."""

from decimal import Decimal
from typing import Final, NoReturn

from luqum.tree import (
    BaseGroup,
    BaseOperation,
    From,
    Fuzzy,
    Item,
    Not,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    Proximity,
    Range,
    SearchField,
    Term,
    To,
)

from store import tree
from store.fields import Field
from store.query import values
from store.query.budget import Budget
from store.query.faults import refuse
from store.query.names import EXISTS, field_named, searchable
from store.query.terms import Terms, no_words
from store.query.typed import Typed

# What luqum makes of a ~ without a figure; a typed one is whole by the time it gets here.
_IMPLICIT: Final = Decimal("0.5")


class Compiler:
    """The meaning of one query's tree; `text` is the query, `zone` the time zone of its dates."""

    def __init__(self, text: str, zone: str) -> None:
        self._text = text
        self._zone = zone
        self._terms = Terms(zone, Budget())

    def node(self, item: Item, field: Field | str | None = None) -> tree.Node:
        """The node for a part of luqum's tree that stands in `field` (or in `_exists_`), or in none."""
        found = self._node(item, field)
        if found is None:
            self._wordless(item)
        return found

    def _node(self, item: Item, field: Field | str | None) -> tree.Node | None:
        """The same, None for text in which there is no word."""
        match item:
            case BaseOperation():
                return self._operation(item, field)
            case Not() | Prohibit():
                return tree.Not(self.node(item.a, field))
            case Plus() | BaseGroup():
                return self._node(item.children[0], field)
            case SearchField():
                return self.node(item.expr, EXISTS if item.name.lower() == EXISTS else field_named(item.name))
            case Range() | From() | To():
                return self._range(item, field)
            case _:
                return self._term(item, field)

    def _operation(self, item: BaseOperation, field: Field | str | None) -> tree.Node | None:
        """One or all of the operands; in an *and*, text without a word, such as a dash between spaces, asks for nothing."""
        if isinstance(item, OrOperation):
            return tree.Or(tuple(self.node(operand, field) for operand in item.operands))
        nodes = [self._node(operand, field) for operand in item.operands]
        found = tuple(node for node in nodes if node is not None)
        return tree.And(found) if found else None

    def _term(self, item: Item, field: Field | str | None) -> tree.Node | None:
        """A word or a phrase, with `~` perhaps."""
        approximate = isinstance(item, Fuzzy | Proximity)
        typed = self._typed(item.term if approximate else item)
        if isinstance(field, str):
            name = searchable(self._text, typed.start, typed.end, typed.text).name
            return tree.Exists(name)
        if isinstance(item, Fuzzy) and item.degree != 0:
            distance = None if item.degree == _IMPLICIT else int(item.degree)
            return self._terms.fuzzy_in(field, typed, distance) if field else self._terms.fuzzy_anywhere(typed, distance)
        slop = int(item.degree) if isinstance(item, Proximity) else 0
        return self._terms.in_field(field, typed, slop) if field else self._terms.anywhere(typed, slop)

    def _range(self, item: Range | From | To, field: Field | str | None) -> tree.Node:
        """A range or a comparison, which the scanner lets through in a field only."""
        if not isinstance(field, Field):
            return refuse("no_field", "A range needs a field, as in delay:>5.", item.pos or 0, len(self._text))
        if isinstance(item, From):
            ends = values.Ends(self._typed(item.a), None, low_open=not item.include, high_open=False)
        elif isinstance(item, To):
            ends = values.Ends(None, self._typed(item.a), low_open=False, high_open=not item.include)
        else:
            low, high = (None if end.value == "*" else self._typed(end) for end in (item.low, item.high))
            ends = values.Ends(low, high, low_open=not item.include_low, high_open=not item.include_high)
        return values.between(field, ends, self._zone)

    def _typed(self, item: Term) -> Typed:
        """A word or phrase of luqum's as it stands in the query."""
        return Typed(self._text, item.pos, item.pos + item.size, isinstance(item, Phrase))

    def _wordless(self, item: Item) -> NoReturn:
        """Raise for a part of the query in which there is no word to look for."""
        while not isinstance(item, Term):
            item = item.children[0]
        no_words(self._typed(item))
