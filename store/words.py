"""Cuts text into words as Elasticsearch's `standard` analyser does, at index and at query time, and finds addresses inside text.

The rules are those of Lucene's StandardTokenizer (Unicode UAX 29 with emoji sequences; `_` alone is no word) and LowerCaseFilter.
Every pattern is possessive or has no repeat inside a repeat, so the time is linear in the text.
"""

import re
from typing import Final

from store.lucene import kinds

# Lucene's `max_token_length`: a longer word is cut, and the rest goes on as a new word.
MAX_WORD: Final = 255

# UAX 29 on ASCII: letters join over . : ' and digits over . , ; ' and all else that is no letter, digit or _ parts words.
_JOINERS: Final = ".:',;"
_BLANKED: Final = bytes(ord(c.lower()) if c.isalnum() or c in _JOINERS + "_" else 0x20 for c in map(chr, range(128))) + bytes(128)
_PARTING: Final = re.compile(rf"[{_JOINERS}](?!(?<=[a-z][.:'])[a-z]|(?<=[0-9][.,;'])[0-9])")

# The rest is found in what `store.lucene.kinds` makes of a text. Lucene takes the longest of the ways to go on; these are ordered so that
# the first that leads on is that one. A Hebrew letter takes a quotation mark along unless it stands behind a joiner.
_MARKS: Final = "[xzvVkmTts]*+"
_LOOKLESS: Final = "[xzkmTts]*+"  # marks but those that say how an emoji looks
_PICTURE: Final = f"[Pp]{_LOOKLESS}V?+"
_TOKEN: Final = re.compile(
    rf"""
    p{_LOOKLESS}V?+ (?: z*+(?<=z) p{_LOOKLESS}V?+ )*+ z*+(?<=z) P{_LOOKLESS}V?+ JOINED*+
    | (?: _RUN{{0,254}}+ )?+ (?:PART) (?: _RUN*+ (?:PART) )*+ (?: _RUN*+ )?+
    | (?: m{_LOOKLESS} | z{{0,255}}+{_PICTURE} ) (?: t++T | JOINED*+ )
    | \# (?: {_LOOKLESS}Vk | [xzmTts]*+k ) {_LOOKLESS}
    | (?:R~){{2}}
    | (?:[Ss]~)++
    | I~
    | (?P<none> _++ (?![AHpNKxzvVkmTts]) )
    """.replace("PART", """ (?: H~"~H~ | H~'~ | [AHp]~(?:[:.']~[AHp]~)*+ | N~(?:[,.']~N~)*+ )++ | (?:K~)++ """)
    .replace("JOINED", f"(?: z*+(?<=z){_PICTURE} | (?:(?<=z)|z)m{_LOOKLESS} )")
    .replace("RUN", "[_xzvVkmTts]")  # connectors and their marks
    .replace("~", _MARKS),
    re.VERBOSE,
)
_CONNECTORS: Final = re.compile("_[_xvVkTt]*+")
# Letters of which Java's lower case is not that of every Python: its own rules for a final sigma and the capital I with a dot, which become
# one character each, and letters that are in Unicode since version 16.
_LOWER: Final = {
    "\u03a3": "\u03c3",
    "\u0130": "i",
    "\u1c89": "\u1c8a",
    "\ua7cb": "\u0264",
    "\ua7cc": "\ua7cd",
    "\ua7da": "\ua7db",
    "\ua7dc": "\u019b",
} | {chr(code): chr(code + 0x20) for code in range(0x10D50, 0x10D66)}
_OWN_LOWER: Final = re.compile(f"[{''.join(_LOWER)}]")


def lower(text: str) -> str:
    """Lower case code point by code point, as Lucene's LowerCaseFilter and Elasticsearch's `lowercase` normaliser do."""
    if not text.isascii():
        text = _OWN_LOWER.sub(lambda match: _LOWER[match[0]], text)
    return text.lower()


def words(text: str) -> list[str]:
    """The words of a text, lower-cased, in order, none longer than `MAX_WORD`."""
    limit = MAX_WORD
    if text.isascii():
        found = _spaced(text).split()
        if "_" in text:
            found = [word for word in found if word.strip("_")]
    else:
        found = [lower(text[match.start() : match.end()]) for match in _TOKEN.finditer(kinds(text)) if match["none"] is None]
        if max(text) > "\uffff":
            limit //= 2  # a character may be two UTF-16 units, which is what Lucene counts
    if len(text) > limit and any(len(word) > limit for word in found):
        return [part for word in found for part in _parts(word)]
    return found


def spaced(text: str) -> str:
    """The words of a text with blanks between and around them: what splitting it there gives is what `words` gives, more quickly."""
    return _spaced(text) if len(text) <= MAX_WORD and "_" not in text and text.isascii() else " ".join(words(text))


def _spaced(text: str) -> str:
    """An ASCII text in lower case, with blanks for what parts its words."""
    return _PARTING.sub(" ", text.encode().translate(_BLANKED).decode())


def _parts(word: str) -> list[str]:
    """An overlong word as Lucene cuts it: it looks at no more than `MAX_WORD` UTF-16 units from where a word begins."""
    found: list[str] = []
    of_kinds = kinds(word)
    start = 0
    while start < len(word):
        part = _TOKEN.match(of_kinds, start, start + _window(word, start))
        if part and part["none"] is None:
            found.append(word[start : part.end()])
            start = part.end()
        else:
            start += _barren(of_kinds, start)
    return found


def _window(word: str, start: int) -> int:
    """How many characters `MAX_WORD` UTF-16 units are from there on."""
    window = word[start : start + MAX_WORD]
    if window.isascii() or max(window) <= "\uffff":
        return len(window)
    return len(window.encode("utf-16-le", "surrogatepass")[: 2 * MAX_WORD].decode("utf-16-le", "ignore"))


def _barren(of_kinds: str, start: int) -> int:
    """How far to go on where Lucene sees no word: by one character, or to where it sees the end of a long run of connectors."""
    run = _CONNECTORS.match(of_kinds, start)
    return max(1, len(run[0]) - MAX_WORD + 1) if run else 1


# What ends an address in running text. An apostrophe or a dot may stand inside one (o'brien@x.nl), so those only come off its ends.
_AROUND: Final = re.compile(r'[\s<>()\[\],;:"]+')
_HOST: Final = re.compile(r"\w[\w-]*+(?:\.[\w-]++)*+")


def mentions(text: str) -> list[str]:
    """The whole e-mail addresses inside a subject or an answer, lower-cased, each once, in order of appearance.

    Brackets, quotes, `mailto:` and closing punctuation are no part of one: `<jan@x.nl>,` mentions `jan@x.nl`, and so does
    `mailto:jan@x.nl.`; `jan+shop@x.nl` does not.
    """
    if "@" not in text:
        return []
    found: dict[str, None] = {}
    for piece in _AROUND.split(text):
        local, at, after = piece.rpartition("@")
        local = local.lstrip("'`.\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u2039")
        host = _HOST.match(after) if at and local else None
        if host:
            found[lower(f"{local}@{host[0]}")] = None
    return list(found)
