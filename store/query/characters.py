"""The characters a query is made of: what separates, what quotes, what a backslash escapes, which `*` and `?` are wildcards."""

import re
from typing import Final

from store.tree import Any, Pattern

PLAIN_QUOTE: Final = '"'
QUOTES: Final = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02'
# Besides what Python calls a space: zero-width ones and direction marks, which come along when text is pasted from a page.
_INVISIBLE: Final = frozenset("\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x7f")
SPACES: Final = rf"\s\x00-\x1f{''.join(sorted(_INVISIBLE))}"  # the same as `is_space`, for use inside a character class
_WILDCARDS: Final = {"*": Any.MANY, "?": Any.ONE}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
# Inside quotes a backslash before a letter is one of a Windows path; there only punctuation needs escaping.
_PHRASE_ESCAPE: Final = re.compile(r"\\(\W|_)", re.DOTALL)
# `C:\Users` and `http://x/y?z=1` are text as they stand: their backslashes escape nothing, their question marks stand for nothing.
_DRIVE: Final = re.compile(r"[A-Za-z]:\\")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+://")


def is_space(character: str) -> bool:
    """Whether a character only separates: spaces of any width, line ends, control and direction marks."""
    return character.isspace() or character < " " or character in _INVISIBLE


def is_path(raw: str) -> bool:
    """Whether a run is a Windows path with its drive letter."""
    return _DRIVE.match(raw) is not None


def unescaped(raw: str, *, quoted: bool = False) -> str:
    """The text meant by a run as typed (with `quoted`: by what stands between quotes)."""
    if is_path(raw):
        return raw.replace("\\\\", "\\")
    return (_PHRASE_ESCAPE if quoted else _ESCAPE).sub(r"\1", raw)


def wildcards(raw: str) -> Pattern | None:
    """The pattern of a run that holds wildcards, in the letter case typed; None where it holds none."""
    if _URL.match(raw) or is_path(raw):
        return None
    parts: list[str | Any] = []
    literal = ""
    at = 0
    while at < len(raw):
        character = raw[at]
        if character in _WILDCARDS:
            parts += [literal, _WILDCARDS[character]]
            literal = ""
        elif character == "\\":
            at += 1
            literal += raw[at : at + 1]
        else:
            literal += character
        at += 1
    return tuple(part for part in [*parts, literal] if part != "") if parts else None
