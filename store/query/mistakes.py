"""Things people type that look like more than they are: each is refused with what is missing or too much."""

import re
from typing import Final

from store.fields import Kind
from store.query.characters import is_path
from store.query.faults import refuse, without
from store.query.names import field_named, is_ipv6
from store.query.tokens import ENDS, Sort, Token
from store.said import say

_BARE_COMPARISON: Final = re.compile(r"[<>]=?-?[0-9]+(?:\.[0-9]+)?")
BARE_RANGE: Final = re.compile(r"[\[{]\s*+[^\s\]}]++\s++to\s++[^\s\]}]++\s*+[\]}]", re.IGNORECASE)
_GLUED_COMPARISON: Final = re.compile(r"([^\W\d]\w*+)[<>]=?-?[0-9][^\s]*")
_BOOST: Final = re.compile(r"(?<!\\)\^[+-]?+[0-9.]++\Z")
_TILDE: Final = re.compile(r"(?<!\\)~")
_APPROXIMATION: Final = re.compile(r"~++[+-]?+([0-9.]*+)\Z")


def refuse_bare_range(text: str, start: int, end: int) -> None:
    """Refuse `>5`, `[1 TO 5]` and `delay>5`, which mean nothing without a field and its colon."""
    run = text[start:end]
    bare = BARE_RANGE.match(text, start) or _BARE_COMPARISON.fullmatch(run)
    if bare:
        refuse(
            "no_field",
            say("%(sign)s needs a field before it, as in delay:>5; in quotes it is text.", sign=bare[0]),
            start,
            start + len(bare[0]),
        )
    glued = _GLUED_COMPARISON.fullmatch(run)
    field = field_named(glued[1]) if glued else None
    if glued and field and field.kind in (Kind.TIME, Kind.INTEGER, Kind.NUMBER):
        name_end = start + len(glued[1])
        fix = text[:name_end] + ":" + text[name_end:]
        refuse("no_colon", say("There is a colon missing behind %(name)s; in quotes this is text.", name=glued[1]), start, end, fix)


def refuse_boost(text: str, start: int, end: int) -> None:
    """Refuse `jan^2`, which asks for a score, and there are none: better than dropping it without a word."""
    boost = _BOOST.search(text[start:end])
    if boost:
        place = start + boost.start(), start + boost.end()
        fix = text[: place[0]] + text[place[1] :]
        refuse(
            "boost",
            say("Results are in order of time, not of score: leave out %(sign)s, or quote it.", sign=boost[0]),
            *place,
            fix.strip() or None,
        )


def refuse_approximation(text: str, start: int, end: int, before: Token | None) -> None:
    """Refuse a `~` that is neither text nor a word's `~1`: `(a b)~1`, `a~-1`, `a~x`; in an address, a path or a URL it is text."""
    run = text[start:end]
    tilde = _TILDE.search(run)
    if tilde is None or "/" in run or "@" in run[tilde.start() :] or is_path(run) or run == "~":
        return
    figure = _APPROXIMATION.fullmatch(run, tilde.start())
    if (tilde.start() == 0 and figure is None) or (tilde.start() > 0 and figure and figure[0] == "~" + figure[1]):
        return
    place = start + tilde.start(), end
    if tilde.start() == 0:
        fix = without(text, *place) if before is None or before.end < start else text[:start] + text[end:]
        refuse(
            "fuzzy",
            say("%(sign)s belongs right behind a word or a phrase, as in word~1; in quotes it is text.", sign=run[:20]),
            *place,
            fix,
        )
    fix = f"{text[: place[0]]}~{figure[1]}{text[end:]}" if figure else f'{text[:start]}"{run}"{text[end:]}'
    refuse("fuzzy", "Behind ~ comes a whole number, as in word~1; in quotes it is text.", *place, fix)


def refuse_half_operator(text: str, start: int, end: int, before: Token | None) -> None:
    """Refuse a lone `|` between terms, which asks for `||`, not for both; a lone `&` is left out as any text without words is."""
    if text[start:end] == "|" and before and before.sort in ENDS and text[end:].strip():
        fix = f"{text[:start]}||{text[end:]}"
        refuse("operator", "One | is no operator: write || or or; in quotes it is text.", start, end, fix)


def refuse_colon(text: str, start: int, end: int, before: Token | None) -> None:
    """Refuse `type : bounce` and `:bounce`; a colon between other words is text, and so is an IPv6 address."""
    run = text[start:end]
    if not run.startswith(":") or is_ipv6(run.rstrip(",;.")):
        return
    if before and before.sort is Sort.TERM and field_named(before.raw) is not None:
        fix = text[: before.end] + ":" + text[start + 1 :].lstrip()
        refuse(
            "colon",
            say("A colon stands right behind %(name)s, without a space; in quotes it is text.", name=before.raw),
            start,
            start + 1,
            fix,
        )
    if run != ":" or len(text.strip()) == 1:
        refuse("colon", "There is no field before this colon; in quotes it is text.", start, start + 1, without(text, start, start + 1))
