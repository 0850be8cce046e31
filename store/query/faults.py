"""The bounds on a query's cost, and how a fault is raised with its place and its cure."""

from typing import Final, NoReturn

from store.errors import BadQueryError, Fault

MAX_LENGTH: Final = 2000
MAX_TERMS: Final = 100
MAX_PARENTHESES: Final = 20
MAX_SIGNS: Final = 100
MAX_WORD: Final = 256
MAX_WILDCARDS: Final = 10
MAX_LEADING_WILDCARDS: Final = 2
MIN_WILDCARD_LETTERS: Final = 2
MAX_FUZZY: Final = 3
MAX_DISTANCE: Final = 2
MAX_SLOP: Final = 1000
MAX_DEPTH: Final = 24  # of the tree an engine gets; Elasticsearch refuses 30


def refuse(code: str, message: str, start: int, end: int, fix: str | None = None) -> NoReturn:
    """Raise `BadQueryError` for the characters from `start` up to `end`."""
    raise BadQueryError(Fault(code, message, start, end, fix))


def without(text: str, start: int, end: int) -> str | None:
    """The query without its faulty part, or None where nothing is left."""
    before, after = text[:start].rstrip(), text[end:].lstrip()
    glue = " " if before and after and before[-1] != "(" and after[0] != ")" else ""
    return (before + glue + after).strip() or None
