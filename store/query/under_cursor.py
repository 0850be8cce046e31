"""What somebody is typing at one place of a query: which word, of which field, and whether an operator may stand there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from store.fields import Field, Kind
from store.query.characters import QUOTES, SPACES, unescaped
from store.query.names import field_named
from store.query.scanner import begun
from store.query.tokens import ENDS, Sort, Token

# The words that may still become another one: `and` of `android`.
_GROWING: Final = frozenset((Sort.TERM, Sort.AND, Sort.OR, Sort.NOT))
# What is typed behind these is compared, not looked up.
_COMPARED: Final = frozenset((Sort.LOW, Sort.TO, Sort.LESS, Sort.GREATER))
_REST_OF_NAME: Final = re.compile(r"[\w.-]*+:?")
_REST_OF_WORD: Final = re.compile(rf"[^{SPACES}(){QUOTES}]*+")


@dataclass(frozen=True, slots=True)
class UnderCursor:
    """The word that the cursor stands in or behind, which runs from `start` to `end` of the query; `text` is what of it is typed so far.

    `field` is the one whose value it is; None for a word by itself. `after_term`: an operator may stand here.
    """

    text: str
    start: int
    end: int
    field: Field | None
    after_term: bool


def under_cursor(query: str, at: int) -> UnderCursor | None:
    """The word being typed at this place (in characters) of a query, which need not be readable; None where nothing can be looked up."""
    before = query[:at]
    read = begun(before)
    tokens, start = read.tokens, read.end
    if tokens and tokens[-1].end == len(before) and tokens[-1].sort in _GROWING:
        start, tokens = tokens[-1].start, tokens[:-1]
    last = tokens[-1] if tokens else None
    if last and (last.sort in _COMPARED or (last.sort is Sort.PHRASE and last.end == len(before))):
        return None
    behind_colon = last is not None and last.sort is Sort.COLON
    field = _named_by(tokens) if behind_colon else read.group
    if behind_colon and field is None:  # `_exists_:`
        return None
    raw = before[start:]
    quoted = raw[:1] != "" and raw[0] in QUOTES
    text = unescaped(raw[1:], quoted=True) if quoted else unescaped(raw)
    return UnderCursor(text, start, _end(query, at, field, quoted=quoted), field, last is not None and last.sort in ENDS)


def _named_by(tokens: Sequence[Token]) -> Field | None:
    """The field before the colon that the tokens end in, where its values can be looked up."""
    field = field_named(tokens[-2].raw)
    return None if field is None or field.kind is Kind.STORED else field


def _end(query: str, at: int, field: Field | None, *, quoted: bool) -> int:
    """Where the word that is typed at a place ends; a name with its colon, a quoted text with its quote where that stands right there."""
    if quoted:
        return at + (query[at : at + 1] != "" and query[at] in QUOTES)
    rest = _REST_OF_WORD if field else _REST_OF_NAME
    return rest.match(query, at).end()  # type: ignore[union-attr]  # both match no character too
