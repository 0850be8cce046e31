"""Feeds our tokens to luqum's grammar; the only module that runs its parser."""

import copy
from dataclasses import dataclass
from typing import Any, Final

from luqum.exceptions import ParseError
from luqum.head_tail import TokenValue
from luqum.parser import parser as _luqum
from luqum.tree import Item, Phrase, Word

from store.query.characters import QUOTES
from store.query.faults import refuse
from store.query.tokens import Sort, Token

_WORDS: Final = frozenset((Sort.TERM, Sort.FIELD))


@dataclass(slots=True)
class _LexToken:
    """A token as PLY wants it."""

    type: str
    value: Any
    lexpos: int
    lineno: int = 1


class _Lexer:
    """What PLY asks of a lexer, over tokens that are already there. One for each query, so threads do not meet."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = iter(tokens)
        self.last = tokens[0]

    def input(self, text: str) -> None:
        """Nothing to do: the tokens came with the constructor."""

    def token(self) -> _LexToken | None:
        """The next token, None at the end."""
        token = next(self._tokens, None)
        if token is None:
            return None
        self.last = token
        name = Sort.TERM.value if token.sort is Sort.FIELD else token.sort.value
        return _LexToken(name, _value(token), token.start)


def grammar_tree(tokens: list[Token]) -> Item:
    """The tree that luqum builds over the tokens; each word and phrase holds its text as typed, `pos` and `size` its place."""
    lexer = _Lexer(tokens)
    # A shallow copy shares the tables and has its own stacks: `luqum.parser.parse` itself gives wrong trees to two threads at once.
    own = copy.copy(_luqum)
    try:
        return type(own).parse(own, "", lexer=lexer)
    except ParseError:
        refuse("syntax", "This cannot be read here; to search for the text itself, put it in quotes.", lexer.last.start, lexer.last.end)


def _value(token: Token) -> Item | TokenValue:
    """The token's value with its place, as luqum's own lexer would make it."""
    value: Item | TokenValue
    if token.sort in _WORDS:
        value = Word(token.raw)
    elif token.sort is Sort.PHRASE:
        value = Phrase(f'"{token.raw[1:-1]}"' if token.raw[0] in QUOTES else token.raw)
    else:
        # A word's ~ without a figure is None to luqum, which then says that the degree is implicit.
        value = TokenValue(token.raw[1:] or None if token.sort is Sort.APPROX else token.raw)
    value.pos, value.size = token.start, token.end - token.start
    return value
