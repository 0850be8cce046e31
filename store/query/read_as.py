"""Writes a query back with the parentheses that say how it was read."""

from luqum.tree import AndOperation, BaseGroup, BaseOperation, Item, Not, OrOperation, Plus, Prohibit, SearchField

from store.query.tokens import Sort, Token


def read_as(tree: Item, tokens: list[Token], text: str) -> str | None:
    """The query with parentheses, or None where it mixes no `and`, `or` and terms side by side on one level."""
    return _written(tree, text) if _mixes(tokens) else None


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
    """A term, range or comparison exactly as it stands in the query, up to the next one."""
    return text[item.pos : item.pos + item.size]
