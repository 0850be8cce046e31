"""Checks that tokens stand in an order that means something, and puts in the `and` of terms side by side.

The grammar would notice most of this too, but could not say where, nor what was meant instead.
"""

from typing import Final, NoReturn

from store.query.faults import refuse, without
from store.query.tokens import ENDS, Sort, Token
from store.said import say

_BINARY: Final = frozenset((Sort.AND, Sort.OR))
_OPERATORS: Final = frozenset((Sort.AND, Sort.OR, Sort.NOT, Sort.PLUS, Sort.MINUS))
# A term begins with one of these.
_BEGINS: Final = frozenset(
    (Sort.TERM, Sort.PHRASE, Sort.OPEN, Sort.FIELD, Sort.NOT, Sort.PLUS, Sort.MINUS, Sort.LOW, Sort.LESS, Sort.GREATER)
)


def checked(tokens: list[Token], text: str) -> list[Token]:
    """The tokens with `and` between terms side by side (an empty token: nothing of it was typed); raises for an order without meaning."""
    if not tokens:
        refuse("empty", "There is nothing to search for: type a word, or * for everything.", 0, len(text))
    _check_parentheses(tokens, text)
    found: list[Token] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        _check_operator(tokens, before, token, text)
        if before and before.sort in ENDS and token.sort in _BEGINS and not _within_range(found):
            found.append(Token(Sort.AND, "", token.start, token.start))
        found.append(token)
    _check_last(tokens, text)
    return found


def _within_range(found: list[Token]) -> bool:
    """Whether the tokens so far end inside a range's brackets."""
    return any(token.sort is Sort.LOW for token in found[-3:]) and found[-1].sort is not Sort.HIGH


def _check_parentheses(tokens: list[Token], text: str) -> None:
    """Every parenthesis has its partner, with something between them."""
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.sort is Sort.OPEN:
            opened.append(index)
        elif token.sort is Sort.CLOSE:
            if not opened:
                refuse("parenthesis", "This parenthesis closes nothing.", token.start, token.end, without(text, token.start, token.end))
            if opened.pop() == index - 1:
                refuse("empty_group", "There is nothing between these parentheses.", tokens[index - 1].start, token.end)
    if opened:
        _unclosed(tokens, opened[0], text)


def _unclosed(tokens: list[Token], index: int, text: str) -> NoReturn:
    """Raise for a parenthesis that is not closed; closing it at the end is right only where there is no other to choose."""
    alone = not any(token.sort in (Sort.OPEN, Sort.CLOSE) for token in tokens[index + 1 :])
    fix = text.rstrip() + ")" if alone else None
    refuse("parenthesis", "This parenthesis is not closed.", tokens[index].start, tokens[index].end, fix)


def _check_operator(tokens: list[Token], before: Token | None, token: Token, text: str) -> None:
    """`and` and `or` have a term before them, and every operator something behind it up to its closing parenthesis."""
    if token.sort in _BINARY and (before is None or before.sort not in ENDS):
        message = say("There is nothing before %(word)s for it to join; to search for the word itself, put it in quotes.", word=token.raw)
        refuse("operator", message, token.start, token.end, _without_leading(tokens, before, token, text))
    if before and before.sort in _OPERATORS and token.sort is Sort.CLOSE:
        _dangling(tokens, before, text)


def _without_leading(tokens: list[Token], before: Token | None, token: Token, text: str) -> str | None:
    """The query without an operator that opens it or a group; between two terms there is more than one choice, so None."""
    if before is not None and before.sort is not Sort.OPEN:
        return None
    following = tokens[tokens.index(token) + 1 :]
    return without(text, token.start, token.end) if following and following[0].sort in _BEGINS else None


def _check_last(tokens: list[Token], text: str) -> None:
    """The query does not end with an operator."""
    if tokens[-1].sort in _OPERATORS:
        _dangling(tokens, tokens[-1], text)


def _dangling(tokens: list[Token], last: Token, text: str) -> NoReturn:
    """Raise for an operator with nothing behind it; the cure leaves out all operators that dangle there."""
    index = tokens.index(last)
    first = index
    while first > 0 and tokens[first - 1].sort in _OPERATORS:
        first -= 1
    alone = first == 0 or tokens[first - 1].sort is Sort.OPEN
    fix = None if alone else without(text, tokens[first].start, last.end)
    message = say("There is nothing behind %(word)s; to search for the word itself, put it in quotes.", word=last.raw)
    refuse("operator", message, last.start, last.end, fix)
