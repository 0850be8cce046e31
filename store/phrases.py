r"""A small language for what stands in an answer: plain enough for data files, and never slow.

A phrase is lower-case text that begins at the start of a word. In it, `(a|b)` is one of these (an empty one: or nothing), `{name}` one of a
named list, `...` at most 60 characters of the same sentence up to the next word, `#` a digit, `\b` the end of a word; `\` before another
character takes that literally. There is no repetition, so the time stays linear in the length of the text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

_GAP: Final = ("...",)
_WORD_START: Final = r"(?<![a-z0-9])"
_PARTS: Final = re.compile(r"\((?P<group>[^()]*)\)|(?P<gap> ?\.\.\. ?)|(?P<text>(?:\\.|(?! ?\.\.\.)[^()\\])+)")
_NAME: Final = re.compile(r"\{(?P<name>[a-z]+)\}")
_MARKS: Final = re.compile(r"\\.|#")
_MEANING: Final = {r"\b": r"\b", "#": "[0-9]"}
MIN_STEM: Final = 2  # a single letter stands in every text


class PhraseError(ValueError):
    """A phrase that cannot be read; the text quotes it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to search: each text that it fits holds at least one of the `stems`."""

    parts: tuple[tuple[str, ...], ...]
    stems: tuple[str, ...]

    def found_in(self, text: str) -> bool:
        """Whether lower-cased text holds the phrase."""
        return _pattern(self.parts).search(text) is not None

    def samples(self) -> Iterator[str]:
        """Texts that it fits: each alternative once, between the first alternatives of the other parts."""
        first = [_sample(part[0]) for part in self.parts]
        for place, part in enumerate(self.parts):
            for each in part:
                yield "".join([*first[:place], _sample(each), *first[place + 1 :]])


def phrase(source: str, words: Mapping[str, Sequence[str]]) -> Phrase:
    """Read a phrase, with the named lists of `words`; raises `PhraseError` for one that cannot be read or has no part that narrows."""
    parts = tuple(_parts(_expanded(source, words)))
    stems = max((_stems(part) for part in parts if part != _GAP), key=_worth, default=("",))
    if min(map(len, stems)) < MIN_STEM:
        raise PhraseError(f"{source!r} has no part of {MIN_STEM} or more plain letters that is always there")
    return Phrase(parts, stems)


def _expanded(source: str, words: Mapping[str, Sequence[str]]) -> str:
    """The phrase with its `{name}`s written out: a group of their own, or more alternatives of the group they stand in."""

    def listed(found: re.Match[str]) -> str:
        if found["name"] not in words:
            raise PhraseError(f"there is no list of words named {found['name']!r}")
        alternatives = "|".join(words[found["name"]])
        inside = source.count("(", 0, found.start()) > source.count(")", 0, found.start())
        return alternatives if inside else f"({alternatives})"

    return _NAME.sub(listed, source)


def _parts(source: str) -> Iterator[tuple[str, ...]]:
    """The parts in order, each as its alternatives."""
    end = 0
    for found in _PARTS.finditer(source):
        if found.start() != end:
            break
        end = found.end()
        if found["gap"]:
            yield _GAP
        else:
            yield (found["text"],) if found["group"] is None else tuple(found["group"].split("|"))
    if end != len(source) or not source:
        raise PhraseError(f"{source!r} cannot be read from character {end}")


@cache  # as many as there are phrases; most are never needed, and compiling them all would slow the start
def _pattern(parts: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """The phrase as a regular expression."""
    return re.compile(_WORD_START + "".join(map(_regex, parts)))


def _regex(part: tuple[str, ...]) -> str:
    """A part as a regular expression."""
    if part == _GAP:
        return r"(?:(?!\. )[^;]){0,60}?" + _WORD_START
    return "(?:" + "|".join(_escaped(each) for each in part) + ")"


def _escaped(text: str) -> str:
    """Plain text as a regular expression, its marks translated."""
    pieces = []
    end = 0
    for found in _MARKS.finditer(text):
        pieces += [re.escape(text[end : found.start()]), _MEANING.get(found[0]) or re.escape(found[0][1])]
        end = found.end()
    return "".join([*pieces, re.escape(text[end:])])


def _stems(part: tuple[str, ...]) -> tuple[str, ...]:
    """The longest plain piece of each alternative."""
    return tuple(max(_MARKS.split(each), key=len) for each in part)


def _worth(stems: tuple[str, ...]) -> tuple[int, int]:
    """How much a set of stems narrows: the shortest should be long, and they should be few."""
    return min(6, *map(len, stems)), -len(stems)


def _sample(text: str) -> str:
    """A text that this alternative fits."""
    if (text,) == _GAP:
        return " "
    return _MARKS.sub(lambda found: {r"\b": "", "#": "1"}.get(found[0], found[0][-1]), text)
