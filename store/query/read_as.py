"""Writes a query back with the parentheses that say how it was read."""

import re
from typing import Final

from luqum.tree import AndOperation, BaseApprox, BaseGroup, BaseOperation, Item, Not, OrOperation, Plus, Prohibit, Range, SearchField

from store.query.characters import is_space
from store.query.lists import Pasted, pasted
from store.query.tokens import Sort, Token

_RANGE_END: Final = re.compile(r"[^\]}]*+[\]}]")
_ALONE: Final = (1, 3)  # tokens in a query that is a list: alone, or behind a field and its colon
_APPROXIMATION: Final = re.compile(r"~[0-9]*+")


def read_as(tree: Item, tokens: list[Token], text: str) -> str | None:
    """The query as it was read: with parentheses where it mixes `and`, `or` and terms side by side, a list without the names in it.

    None where there is neither: then it reads as it was typed.
    """
    names = _names(tokens, text)
    if names:
        listed = " or ".join(entry.value for entry in names.entries)
        return f"{tokens[0].raw}:({listed})" if tokens[0].sort is Sort.FIELD else listed
    return _written(tree, text) if _mixes(tokens) else None


def _names(tokens: list[Token], text: str) -> Pasted | None:
    """The list with names that the query is, perhaps behind a field."""
    last = tokens[-1]
    found = pasted(text, last.start, None, names=True) if last.sort is Sort.TERM and len(tokens) in _ALONE else None
    return found if found and found.named and found.end == last.end else None


def _mixes(tokens: list[Token]) -> bool:
    """Whether two of the three ways to join terms stand on one level; an `and` that was not typed is an empty token."""
    levels: list[set[tuple[Sort, bool]]] = [set()]
    for token in tokens:
        if token.sort is Sort.OPEN:
            levels.append(set())
        elif token.sort is Sort.CLOSE:
            levels.pop()
        elif token.sort in (Sort.AND, Sort.OR):
            levels[-1].add((token.sort, token.raw == ""))
            if len(levels[-1]) > 1:
                return True
    return False


def _written(item: Item, text: str) -> str:
    """A part of the query, its operators in lower case and its terms as typed."""
    match item:
        case AndOperation() | OrOperation():
            word = " and " if isinstance(item, AndOperation) else " or "
            return word.join(_operand(operand, text) for operand in item.operands)
        case Not() | Prohibit():
            return f"not {_operand(item.a, text)}"
        case Plus():
            return _written(item.a, text)
        case BaseGroup():
            return f"({_written(item.expr, text)})"
        case SearchField():
            return f"{item.name}:{_written(item.expr, text)}"
        case _:
            return _as_typed(item, text)


def _operand(item: Item, text: str) -> str:
    """A part inside an operation: an operation in it gets parentheses."""
    written = _written(item, text)
    return f"({written})" if isinstance(item, BaseOperation) else written


def _as_typed(item: Item, text: str) -> str:
    """A term, range or comparison exactly as it stands in the query."""
    start, end = _place(item)
    if isinstance(item, Range):
        end += len(_RANGE_END.match(text, end)[0])  # type: ignore[index]  # the scanner found the bracket there
    elif isinstance(item, BaseApprox):
        end += len(_APPROXIMATION.match(text, end)[0])  # type: ignore[index]  # likewise the ~
    before = text[start - 1 : start]
    # Glued behind a quote or parenthesis a sign is text; with the space that is put there it would be an operator.
    glued = text[start] in "+-!" and bool(before) and before not in ":(" and not is_space(before)
    return ("\\" if glued else "") + text[start:end]


def _place(item: Item) -> tuple[int, int]:
    """Where a term begins, and where its last word ends."""
    last = item.children[-1] if item.children else item
    return item.pos, last.pos + last.size
