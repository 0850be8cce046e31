"""E-mail addresses as they are typed and pasted: alone, in brackets, behind `mailto:`, in lists."""

import re
from typing import Final

from store.query.characters import is_space, unescaped, wildcards
from store.words import lower

_SEPARATORS: Final = re.compile(r"[,;]++")
_PREFIX: Final = re.compile(r"mailto:", re.IGNORECASE)
_HOST: Final = re.compile(r"[\w-]++(?:\.[\w-]++)*+|\[[\w.:]++\]")
_AROUND: Final = "'\u2018\u2019`"
# What a sentence or a list leaves behind an address.
_TRAILING: Final = ",;.:!?"


def cleaned(text: str) -> str:
    """An address or message id without what stands around it: `<...>`, `mailto:`, single quotes, closing punctuation; lower-cased."""
    text = text.strip().rstrip(_TRAILING).strip(_AROUND)
    text = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    text = text.removeprefix("<").rstrip(_TRAILING).removesuffix(">")
    text = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    return lower(text.strip(_AROUND))


def is_address(text: str) -> bool:
    """Whether a cleaned text is one whole address: something, an @, and a host name."""
    if text.startswith('"'):
        local, at, host = text.rpartition('"@')
        local = local[1:]
    else:
        local, at, host = text.rpartition("@")
        if any(is_space(character) or character in '<>",;()' for character in local):
            return False
    return bool(local and at and _HOST.fullmatch(host))


def address_list(raw: str) -> list[str]:
    """The addresses of a run as typed, if it is nothing but addresses with commas or semicolons between them; else none."""
    if "@" not in raw or wildcards(raw):
        return []
    quoted = raw.lstrip("<").startswith('"')
    pieces = [raw] if quoted else _SEPARATORS.split(raw)
    found = [cleaned(unescaped(piece)) for piece in pieces if piece.strip()]
    return found if all(map(is_address, found)) else []
