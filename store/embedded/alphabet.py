"""Writes values so that the engine's range syntax can take any of them, in the same order and one character for one.

tantivy's Python API has ranges over text only in its query syntax, where blanks, quotes and brackets cannot be part of a bound and no
escape helps. Values are lower-cased, so A to Z are free; so are the control characters, of which `store.columns.whole` makes blanks. Each
special character moves to a free place between its neighbours, which keeps order, length and edit distance.
"""

from typing import Final

SPECIAL: Final = " !\"#$%&'()*" + "[\\]^_`" + "{|}~"
_TO: Final = "".join(map(chr, range(0x0E, 0x0E + 11))) + "UVWXYZ" + "\x80\x81\x82\x83"
_ENCODE: Final = str.maketrans(SPECIAL, _TO)
_DECODE: Final = str.maketrans(_TO, SPECIAL)
_MOVED: Final = frozenset(SPECIAL)
LEAST: Final = _TO[0]  # the smallest text that is not empty


def encode(text: str) -> str:
    """A value as the index holds it."""
    return text if _MOVED.isdisjoint(text) else text.translate(_ENCODE)


def decode(text: str) -> str:
    """The value that `encode` was given."""
    return text.translate(_DECODE)
