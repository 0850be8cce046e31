"""Reads what people type in the search box into the neutral tree of `store/tree.py`, or says where and why it cannot.

The way: `scanner` cuts the text (our own rules for fields, addresses, dashes and quotes), `syntax` checks the order of the tokens and
puts in the `and` of words side by side, `grammar` lets luqum build its tree, `compiler` turns that into our nodes with the help of
`terms` and `values`, and `shape` makes the result flat and shallow. Every step keeps positions, so each error points at its part.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from store.errors import BadQueryError
from store.query.compiler import Compiler
from store.query.grammar import grammar_tree
from store.query.read_as import read_as
from store.query.scanner import tokenise
from store.query.shape import shaped
from store.query.syntax import checked
from store.tree import Node

__all__ = ["Parsed", "parse"]

_REMEMBERED: Final = 256  # readings; a page asks for its rows, its chart and each next page with the same text


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was asked. `read_as` is the query with parentheses where it mixes `and`, `or` and words side by side without them."""

    tree: Node
    read_as: str | None


def parse(text: str, zone: str = "UTC") -> Parsed:
    """The meaning of a typed query; dates in it are those of the time zone `zone`.

    Raises `BadQueryError` and nothing else for any text. A text without anything but spaces is an error too: whoever means
    "everything" has no query at all (or types `*`).
    """
    try:
        return _parsed(text, zone)
    except BadQueryError as error:
        fix = error.fault.fix
        if fix is not None and not _reads(fix, zone):
            raise BadQueryError(replace(error.fault, fix=None)) from error
        raise


@lru_cache(_REMEMBERED)
def _parsed(text: str, zone: str) -> Parsed:
    """The same, with a `fix` in the error that was not tried."""
    tokens = checked(tokenise(text), text)
    tree = grammar_tree(tokens)
    return Parsed(shaped(Compiler(text, zone).node(tree), text), read_as(tree, tokens, text))


def _reads(fix: str, zone: str) -> bool:
    """Whether a corrected query is a good query itself, so that a click on it never leads to the next error."""
    try:
        _parsed(fix, zone)
    except BadQueryError:
        return False
    return True
