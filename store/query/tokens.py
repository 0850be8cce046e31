"""What a typed query is cut into: words, phrases, ranges, fields and operators, each with its place."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Sort(Enum):
    """What a token is; the values are the names luqum's grammar knows them by."""

    TERM = "TERM"
    PHRASE = "PHRASE"
    APPROX = "APPROX"
    COLON = "COLUMN"
    OPEN = "LPAREN"
    CLOSE = "RPAREN"
    LOW = "LBRACKET"
    HIGH = "RBRACKET"
    LESS = "LESSTHAN"
    GREATER = "GREATERTHAN"
    TO = "TO"
    AND = "AND_OP"
    OR = "OR_OP"
    NOT = "NOT"
    PLUS = "PLUS"
    MINUS = "MINUS"
    FIELD = "FIELD"  # a field's name; for the grammar it is a TERM


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query: `raw` is the text from `start` up to `end`, escapes and quotes included."""

    sort: Sort
    raw: str
    start: int
    end: int


# What a term ends with.
ENDS: Final = frozenset((Sort.TERM, Sort.PHRASE, Sort.CLOSE, Sort.HIGH, Sort.APPROX))
OPERATORS: Final = {"and": Sort.AND, "or": Sort.OR, "not": Sort.NOT, "&&": Sort.AND, "||": Sort.OR}
