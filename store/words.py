"""Cuts text into words as Elasticsearch's `standard` analyser does, at index and at query time, and finds addresses inside text.

The rules are those of Lucene's StandardTokenizer (Unicode UAX 29 with emoji sequences; `_` alone is no word) and LowerCaseFilter.
Every pattern is possessive or has no repeat inside a repeat, so the time is linear in the text.
"""

import re
from typing import Final

import regex

# Lucene's `max_token_length`: a longer word is cut, and the rest goes on as a new word.
MAX_WORD: Final = 255

# UAX 29 on ASCII: letters join over . : ' and digits over . , ; ' and all else that is no letter, digit or _ parts words.
_JOINERS: Final = ".:',;"
_BLANKED: Final = bytes(ord(c.lower()) if c.isalnum() or c in _JOINERS + "_" else 0x20 for c in map(chr, range(128))) + bytes(128)
_PARTING: Final = re.compile(rf"[{_JOINERS}](?!(?<=[a-z][.:'])[a-z]|(?<=[0-9][.,;'])[0-9])")

_EXTEND: Final = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*+"
_LETTER: Final = r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}]"
_DIGIT: Final = r"[\p{WB=Numeric}\uFF10-\uFF19]"
_PICTURE: Final = r"[[\p{Emoji}||\p{Extended_Pictographic}]--[0-9#*\p{Regional_Indicator}]]"
_PICTURE_EXTEND: Final = r"[[\p{WB=Extend}||\p{WB=Format}]--[\uFE0E\uFE0F]]*+\uFE0F?+"
_UNICODE: Final = regex.compile(
    r"""
    (?:EXTENDNUM)*+ (?:PART) (?: (?:EXTENDNUM)++ (?:PART) )*+ (?:EXTENDNUM)*+
    | \u200D*+ PICTURE GLUE (?: \u200D++ PICTURE GLUE )*+ \u200D*+
    | [0-9#*] \uFE0F? \u20E3 EXTEND
    | (?: \p{Regional_Indicator} EXTEND ){2}
    | (?: \p{LB=Complex_Context} EXTEND )++
    | [\p{Script=Han}\p{Script=Hiragana}] EXTEND
    | (?:EXTENDNUM)++ (*SKIP)(*FAIL)
    """.replace("PART", r"(?:LETTERS|DIGITS)++ | (?: \p{WB=Katakana} EXTEND )++")
    .replace(
        "LETTERS", r"HEBREW \p{WB=Double_Quote} EXTEND HEBREW | HEBREW \p{WB=Single_Quote} EXTEND | LETTER (?: MIDLETTER (?=LETTERCHAR) )?+"
    )
    .replace("DIGITS", r"DIGITCHAR EXTEND (?: [\p{WB=MidNum}\p{WB=MidNumLet}\p{WB=Single_Quote}] EXTEND (?=DIGITCHAR) )?+")
    .replace("MIDLETTER", r"[\p{WB=MidLetter}\p{WB=MidNumLet}\p{WB=Single_Quote}] EXTEND")
    .replace("LETTERCHAR", _LETTER)
    .replace("LETTER", _LETTER + " EXTEND")
    .replace("HEBREW", r"\p{WB=Hebrew_Letter} EXTEND")
    .replace("DIGITCHAR", _DIGIT)
    .replace("EXTENDNUM", r"\p{WB=ExtendNumLet} EXTEND")
    .replace("PICTURE", _PICTURE)
    .replace("GLUE", _PICTURE_EXTEND)
    .replace("EXTEND", _EXTEND),
    regex.VERBOSE | regex.VERSION1,
)


def lower(text: str) -> str:
    """Lower case code point by code point, as Lucene's LowerCaseFilter and Elasticsearch's `lowercase` normaliser do.

    Python's own rules differ in two: a final sigma, and the capital I with a dot, which becomes two characters.
    """
    if not text.isascii():
        text = text.replace("\u03a3", "\u03c3").replace("\u0130", "i")
    return text.lower()


def words(text: str) -> list[str]:
    """The words of a text, lower-cased, in order, none longer than `MAX_WORD`."""
    limit = MAX_WORD
    if text.isascii():
        found = _spaced(text).split()
        if "_" in text:
            found = [word for word in found if word.strip("_")]
    else:
        found = [lower(word) for word in _UNICODE.findall(text)]
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
    start = 0
    while start < len(word):
        window = word[start : start + MAX_WORD]
        if not window.isascii():
            window = window.encode("utf-16-le", "surrogatepass")[: 2 * MAX_WORD].decode("utf-16-le", "ignore")
        part = _UNICODE.search(window)
        if part and part.start() == 0:
            found.append(part[0])
            start += part.end()
        else:
            start += part.start() if part else len(window)
    return found


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
