"""Makes a tree flat and shallow without changing what it means: an engine's own limits are never met."""

from store.query.faults import MAX_DEPTH, refuse
from store.said import say
from store.tree import All, And, Node, Not, Nothing, Or


def shaped(node: Node, text: str) -> Node:
    """The same meaning with `and` in `and` and `or` in `or` joined, double `not` gone, and no deeper than `MAX_DEPTH`.

    Raises `BadQueryError` where the query (`text`) itself is deeper than that.
    """
    flat = _flat(node)
    if _depth(flat) > MAX_DEPTH:
        flat = _flat(_pushed(flat, negated=False))
    if _depth(flat) > MAX_DEPTH:
        message = say("This query is nested too deep: at most %(most)s levels of and, or and not inside each other.", most=MAX_DEPTH)
        refuse("too_deep", message, 0, len(text))
    return flat


def _flat(node: Node) -> Node:
    """One level at a time from below: joined, without repeats, without what is always or never true."""
    match node:
        case And(nodes):
            parts = _joined(And, nodes)
            if Nothing() in parts:
                return Nothing()
            kept = tuple(part for part in parts if part != All())
            return And(kept) if len(kept) > 1 else kept[0] if kept else All()
        case Or(nodes):
            parts = _joined(Or, nodes)
            if All() in parts:
                return All()
            kept = tuple(part for part in parts if part != Nothing())
            return Or(kept) if len(kept) > 1 else kept[0] if kept else Nothing()
        case Not(inner):
            return _negated(_flat(inner))
        case _:
            return node


def _joined(kind: type[And | Or], nodes: tuple[Node, ...]) -> list[Node]:
    """The operands, those of an operand of the same kind instead of it, each once."""
    parts: dict[Node, None] = {}
    for node in nodes:
        flat = _flat(node)
        for part in flat.nodes if isinstance(flat, And | Or) and isinstance(flat, kind) else (flat,):
            parts[part] = None
    return list(parts)


def _negated(node: Node) -> Node:
    """Everything else than a flat node."""
    match node:
        case All():
            return Nothing()
        case Nothing():
            return All()
        case Not(inner):
            return inner
        case _:
            return Not(node)


def _pushed(node: Node, *, negated: bool) -> Node:
    """The same with every `not` beside a leaf (De Morgan): `not (a or not b)` is `not a and b`, a level less."""
    match node:
        case And(nodes) | Or(nodes):
            kind = Or if isinstance(node, And) == negated else And
            return kind(tuple(_pushed(part, negated=negated) for part in nodes))
        case Not(inner):
            return _pushed(inner, negated=not negated)
        case _:
            return Not(node) if negated else node


def _depth(node: Node) -> int:
    """How many nodes lie on the longest way down."""
    match node:
        case And(nodes) | Or(nodes):
            return 1 + max(map(_depth, nodes))
        case Not(inner):
            return 1 + _depth(inner)
        case _:
            return 1
