"""Counts what is dear to an engine while a query is compiled, and refuses more of it than the bounds allow."""

from store.query.faults import MAX_DISTANCE, MAX_FUZZY, MAX_LEADING_WILDCARDS, MAX_WILDCARDS, MIN_WILDCARD_LETTERS, refuse
from store.query.typed import Typed
from store.said import say
from store.tree import Any, Pattern


class Budget:
    """What one query has used so far."""

    def __init__(self) -> None:
        self._wildcards = 0
        self._leading = 0
        self._fuzzy = 0

    def wildcard(self, typed: Typed, pattern: Pattern) -> None:
        """Count a word with wildcards; raises where it has too few letters or there are too many of them."""
        place = typed.start, typed.end
        self._wildcards += 1
        self._leading += isinstance(pattern[0], Any)
        if sum(len(part) for part in pattern if isinstance(part, str)) < MIN_WILDCARD_LETTERS:
            message = say(
                "%(shown)s matches nearly everything: a word with * or ? needs at least %(least)s letters.",
                shown=typed.shown,
                least=MIN_WILDCARD_LETTERS,
            )
            refuse("wildcard_too_short", message, *place)
        if self._wildcards > MAX_WILDCARDS:
            refuse("too_many_wildcards", say("A query has at most %(most)s words with * or ?.", most=MAX_WILDCARDS), *place)
        if self._leading > MAX_LEADING_WILDCARDS:
            refuse("too_many_leading_wildcards", say("At most %(most)s words begin with * or ?.", most=MAX_LEADING_WILDCARDS), *place)

    def fuzzy(self, typed: Typed, distance: int) -> None:
        """Count a word with `~`; raises where it may be too far off or there are too many of them."""
        self._fuzzy += 1
        if distance > MAX_DISTANCE:
            refuse(
                "fuzzy",
                say("A word may differ in at most %(most)s letters: write ~1 or ~%(most)s.", most=MAX_DISTANCE),
                typed.start,
                typed.end,
            )
        if self._fuzzy > MAX_FUZZY:
            refuse("too_many_fuzzy", say("A query has at most %(most)s words with ~.", most=MAX_FUZZY), typed.start, typed.end)
