"""Cuts a typed query into tokens.

Here live the rules that luqum's own lexer does not have: operators in any case, dashes that are text, `<abc@host>`, things that only
look like fields, smart quotes, pasted lists of addresses.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from store.errors import BadQueryError
from store.fields import Field, Kind
from store.query.characters import PLAIN_QUOTE, QUOTES, is_space
from store.query.faults import MAX_DISTANCE, MAX_LENGTH, MAX_PARENTHESES, MAX_SIGNS, MAX_SLOP, MAX_TERMS, MAX_WORD, refuse, without
from store.query.lists import pasted
from store.query.mistakes import BARE_RANGE, refuse_approximation, refuse_bare_range, refuse_boost, refuse_colon, refuse_half_operator
from store.query.names import check_field, looks_like_field, name_of
from store.query.ranges import range_parts
from store.query.tokens import ENDS, OPERATORS, Sort, Token
from store.said import say

_SIGNS: Final = {"+": Sort.PLUS, "-": Sort.MINUS, "!": Sort.NOT}
_SIGN_SORTS: Final = frozenset((Sort.PLUS, Sort.MINUS, Sort.NOT))
# Fields whose values have an order: there brackets and < > make ranges; elsewhere they are text.
_ORDERED: Final = frozenset((Kind.TIME, Kind.INTEGER, Kind.NUMBER, Kind.IP, Kind.EXACT, Kind.ADDRESS, Kind.FLAG))
_COMPARISON: Final = re.compile(r"[<>]=?")
_GLUED_COMPARISON: Final = re.compile(r"[<>]=?+[^\s<>]")
_BRACKETED: Final = re.compile(r"<[^<>]*+>[,;]*+")
# Half of a UTF-16 pair, which no store can keep.
_HALF_CHARACTER: Final = re.compile(r"[\ud800-\udfff]")
_FUZZY: Final = re.compile(r"(?<![\\~])~([0-9.]*+)\Z")
_SEPARATORS: Final = re.compile(r"[,;]*+")


def tokenise(text: str) -> list[Token]:
    """The tokens of a query in order; raises `BadQueryError` for what is no token, and where there are more than the bounds allow."""
    if len(text) > MAX_LENGTH:
        refuse(
            "too_long",
            say("A query has at most %(most)s characters; this one has %(length)s.", most=MAX_LENGTH, length=len(text)),
            MAX_LENGTH,
            len(text),
        )
    half = _HALF_CHARACTER.search(text)
    if half:
        refuse("character", "This is half a character; type it again.", *half.span())
    return _Scanner(text).tokens()


@dataclass(frozen=True, slots=True)
class Begun:
    """How far the beginning of a query can be read: its tokens, where what cannot be read begins, and whose parentheses are open there."""

    tokens: tuple[Token, ...]
    end: int
    group: Field | None


def begun(text: str) -> Begun:
    """The beginning of a query as far as it can be read, where somebody is still typing; never an error."""
    scanner = _Scanner(text[:MAX_LENGTH])
    with suppress(BadQueryError):
        scanner.tokens()
    return scanner.begun()


class _Scanner:
    """One pass over one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tokens: list[Token] = []
        self._groups: list[Field | None] = []  # an entry for each open parenthesis: the field it belongs to
        self._signs = 0
        self._terms = 0

    def tokens(self) -> list[Token]:
        """Everything up to the end."""
        while self._skip_spaces():
            self._next()
            if self._tokens[-1].sort in ENDS:
                self._skip_separators()
        return self._tokens

    def begun(self) -> Begun:
        """How far this pass came."""
        return Begun(tuple(self._tokens), self._at, self._groups[-1] if self._groups else None)

    def _next(self) -> None:
        """Read whatever begins here, where a whole term may stand."""
        character = self._text[self._at]
        field = self._groups[-1] if self._groups else None
        if character == "(":
            self._open(field)
        elif character == ")":
            self._close()
        elif self._is_sign(field):
            self._add(_SIGNS[character], self._at, self._at + 1)
        elif not self._operator() and not self._field():
            self._value(field)

    def _skip_spaces(self) -> bool:
        """Go to the next visible character; whether there is one."""
        while self._at < len(self._text) and is_space(self._text[self._at]):
            self._at += 1
        return self._at < len(self._text)

    def _add(self, sort: Sort, start: int, end: int) -> None:
        """Take the characters from `start` up to `end` as one token, and go on behind them."""
        self._tokens.append(Token(sort, self._text[start:end], start, end))
        self._at = end
        if sort in _SIGN_SORTS:
            self._signs += 1
            if self._signs > MAX_SIGNS:
                refuse("too_many_signs", say("A query has at most %(most)s of not, !, + and -.", most=MAX_SIGNS), start, end)
        elif sort in (Sort.TERM, Sort.PHRASE):
            self._count_terms(1)
            quotes = sort is Sort.PHRASE
            longest = max(map(len, self._text[start + quotes : end - quotes].split()), default=0)
            if longest > MAX_WORD:
                refuse(
                    "word_too_long",
                    say("A word has at most %(most)s characters; this one has %(length)s.", most=MAX_WORD, length=longest),
                    start,
                    end,
                )

    def _count_terms(self, more: int) -> None:
        """Count what was just taken; raises where it is one too many."""
        self._terms += more
        if self._terms > MAX_TERMS:
            token = self._tokens[-1]
            refuse("too_many_terms", say("A query has at most %(most)s terms.", most=MAX_TERMS), token.start, token.end)

    def _open(self, field: Field | None) -> None:
        """An opening parenthesis; what is inside belongs to `field`."""
        if len(self._groups) == MAX_PARENTHESES:
            refuse(
                "too_many_parentheses", say("Parentheses go at most %(most)s levels deep.", most=MAX_PARENTHESES), self._at, self._at + 1
            )
        self._groups.append(field)
        self._add(Sort.OPEN, self._at, self._at + 1)

    def _close(self) -> None:
        """A closing parenthesis, which may be one too many: `syntax` says so."""
        if self._groups:
            self._groups.pop()
        self._add(Sort.CLOSE, self._at, self._at + 1)

    def _is_sign(self, field: Field | None) -> bool:
        """Whether + - or ! stands here as an operator: before a term, not glued behind one; a dash between spaces is text."""
        character, following = self._text[self._at], self._text[self._at + 1 : self._at + 2]
        if character not in _SIGNS or self._glued():
            return False
        if character == "!":
            return True
        if field is not None and field.kind in (Kind.INTEGER, Kind.NUMBER) and (following.isdigit() or following == "."):
            return False
        behind = self._text[self._at :].lstrip("+-!")[:1]
        return bool(behind) and (behind.isalnum() or behind in "\"(\\*?@<_'[{" or behind > "\u007f") and not is_space(behind)

    def _glued(self) -> bool:
        """Whether the character before is part of a term, so that an operator sign here would be text."""
        before = self._text[self._at - 1 : self._at]
        return bool(before) and not is_space(before) and before not in "(+-!"

    def _run_end(self, start: int) -> int:
        """Where the word that begins at `start` ends: at a space, parenthesis or quote that is not escaped."""
        text, at = self._text, start
        while at < len(text) and not is_space(text[at]) and text[at] not in "()" and text[at] not in QUOTES:
            at += 2 if text[at] == "\\" else 1
        if at > len(text):
            refuse("backslash", "The backslash at the end escapes nothing; leave it out.", at - 2, at - 1, without(text, at - 2, at - 1))
        return at

    def _operator(self) -> bool:
        """Take `and`, `or`, `not`, `&&` or `||` if one stands here alone."""
        end = self._run_end(self._at)
        sort = OPERATORS.get(self._text[self._at : end].lower())
        if sort is not None:
            self._add(sort, self._at, end)
        return sort is not None

    def _field(self) -> bool:
        """Take a field with its value if one stands here; raises for a field that is not there."""
        start, end = self._at, self._run_end(self._at)
        run = self._text[start:end]
        follower = self._text[end : end + 1]
        name = name_of(run)
        if name is None or not looks_like_field(run, name, follower):
            return False
        field = check_field(self._text, start, name)
        if self._groups and self._groups[-1] is not None:
            message = say("The field %(name)s stands inside another field; close the parenthesis before it, or quote it.", name=name)
            refuse("nested_field", message, start, start + len(name))
        colon = start + len(name)
        self._add(Sort.FIELD, start, colon)
        self._add(Sort.COLON, colon, colon + 1)
        self._field_value(field, start)
        return True

    def _field_value(self, field: Field | None, start: int) -> None:
        """What stands behind the colon of the field that begins at `start`; operators straight behind it are text."""
        colon_end = self._at
        there = self._skip_spaces()
        spaced = self._at > colon_end
        operator = spaced and there and self._text[self._at : self._run_end(self._at)].lower() in OPERATORS
        if not there or operator or self._text[self._at] == ")":
            name = self._text[start : colon_end - 1]
            refuse("no_value", say("There is no value behind %(name)s: type one, or * for any.", name=name), start, colon_end)
        if self._text[self._at] == "(":
            self._open(field)
        else:
            self._value(field)

    def _value(self, field: Field | None) -> None:
        """A list, word, phrase, range or comparison; the latter two only in a field."""
        character = self._text[self._at]
        if self._list(field):
            return
        if character in QUOTES:
            self._phrase()
        elif field is not None and self._is_range(field):
            self._range(field)
        elif field is not None and self._is_comparison(field):
            self._comparison()
        else:
            self._word(field)

    def _phrase(self) -> None:
        """A quoted text, with `~2` behind it perhaps; `"john doe"@x.nl` is a word."""
        start = self._at
        end = self._closing_quote(start)
        if self._text[end : end + 1] == "@":
            self._add(Sort.TERM, start, self._run_end(end))
            return
        self._add(Sort.PHRASE, start, end)
        suffix = self._text[end : self._run_end(end)]
        refuse_boost(self._text, end, end + len(suffix))
        if suffix.startswith("~"):
            self._approximate(end + len(suffix))

    def _closing_quote(self, start: int) -> int:
        """Behind the quote that closes the one at `start`; raises where there is none."""
        kinds = [PLAIN_QUOTE, QUOTES] if self._text[start] == PLAIN_QUOTE else [QUOTES]
        for closing in kinds:
            at = start + 1
            while at < len(self._text) and self._text[at] not in closing:
                at += 2 if self._text[at] == "\\" else 1
            if at < len(self._text):
                return at + 1
        # Closing it at the end is the cure only where there is no other quote that might be the one too many.
        alone = sum(character in QUOTES for character in self._text) == 1
        fix = self._text.rstrip() + PLAIN_QUOTE if alone else None
        return refuse("quote", "This quote is not closed.", start, len(self._text), fix)

    def _range(self, field: Field) -> None:
        """A range in brackets, `[400 TO 499]`."""
        parts = range_parts(self._text, self._at, field)
        self._add(Sort.LOW, parts.start, parts.start + 1)
        self._end_of_range(parts.low)
        self._add(Sort.TO, *parts.to)
        self._end_of_range(parts.high)
        self._add(Sort.HIGH, parts.end - 1, parts.end)

    def _end_of_range(self, place: tuple[int, int]) -> None:
        """One end of a range: a word or a phrase."""
        quoted = self._text[place[0]] in QUOTES
        self._add(Sort.PHRASE if quoted else Sort.TERM, *place)

    def _is_range(self, field: Field) -> bool:
        """Whether a bracket here opens a range; in a text only if it is a whole one, which then is refused: a text has no order."""
        return self._text[self._at] in "[{" and (field.kind in _ORDERED or BARE_RANGE.match(self._text, self._at) is not None)

    def _is_comparison(self, field: Field) -> bool:
        """Whether `<` or `>` here compares; around an address or a message id it is a bracket, and between spaces in a text it is text."""
        run = self._text[self._at : self._run_end(self._at)]
        if run[:1] not in ("<", ">") or _BRACKETED.fullmatch(run) or ("@" in run and run[0] == "<" and run[1:2] != "="):
            return False
        return field.kind in _ORDERED or _GLUED_COMPARISON.match(self._text, self._at) is not None

    def _comparison(self) -> None:
        """`>5`, `>= 5` or `<"2024-11-01 12:00"`."""
        start = self._at
        match = _COMPARISON.match(self._text, start)
        end = match.end() if match else start + 1
        self._add(Sort.LESS if self._text[start] == "<" else Sort.GREATER, start, end)
        there = self._skip_spaces()
        value_end = self._run_end(self._at)
        quoted = there and self._text[self._at] in QUOTES
        operator = self._at > end and self._text[self._at : value_end].lower() in OPERATORS
        if not quoted and (operator or value_end == self._at):
            sign = self._text[start:end]
            refuse("no_value", say("There is no value behind %(sign)s: type what to compare with, as in %(sign)s5.", sign=sign), start, end)
        if quoted:
            self._add(Sort.PHRASE, self._at, self._closing_quote(self._at))
        else:
            self._add(Sort.TERM, self._at, self._without_separators(self._at, value_end))

    def _word(self, field: Field | None) -> None:
        """A word, with its `~1`; a comma or semicolon behind it is no part of it."""
        start, end = self._at, self._run_end(self._at)
        end = self._without_separators(start, end)
        raw, before = self._text[start:end], self._tokens[-1] if self._tokens else None
        if field is None:
            refuse_bare_range(self._text, start, end)
            refuse_colon(self._text, start, end, before)
        refuse_half_operator(self._text, start, end, before)
        refuse_boost(self._text, start, end)
        refuse_approximation(self._text, start, end, before)
        fuzzy = _FUZZY.search(raw)
        if fuzzy and fuzzy.start() > 0:
            self._add(Sort.TERM, start, start + fuzzy.start())
            self._approximate(end)
        else:
            self._add(Sort.TERM, start, end)

    def _without_separators(self, start: int, end: int) -> int:
        """Where the run from `start` up to `end` ends without its commas and semicolons; nothing but those stays as it is."""
        last = start + len(self._text[start:end].rstrip(",;"))
        return end if last == start else last + (self._text[last - 1] == "\\" and last < end)

    def _skip_separators(self) -> None:
        """Go behind the commas and semicolons that stand here."""
        self._at = _SEPARATORS.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches no character too

    def _list(self, field: Field | None) -> bool:
        """Take a list of addresses as one term, if one begins here; names in it only where it is all there is."""
        sorts = [token.sort for token in self._tokens]
        found = pasted(self._text, self._at, field, names=sorts in ([], [Sort.FIELD, Sort.COLON]))
        if found is None:
            return False
        for entry in found.entries:
            if len(entry.value) > MAX_WORD:
                message = say(
                    "An address has at most %(most)s characters; this one has %(length)s.", most=MAX_WORD, length=len(entry.value)
                )
                refuse("word_too_long", message, entry.start, entry.end)
        self._tokens.append(Token(Sort.TERM, self._text[self._at : found.end], self._at, found.end))
        self._count_terms(len(found.entries))
        self._at = found.end
        return True

    def _approximate(self, end: int) -> None:
        """The `~2` that ends at `end`, behind a word or a phrase."""
        start, digits = self._at, self._text[self._at + 1 : end]
        phrase = self._tokens[-1].sort is Sort.PHRASE
        if not (digits.isascii() and digits.isdigit()) and (phrase or digits):
            example = '"a b"~2' if phrase else "word~1"
            refuse("fuzzy", say("Behind ~ comes a whole number, as in %(example)s.", example=example), start, end)
        limit = MAX_SLOP if phrase else MAX_DISTANCE
        if len(digits) > len(str(limit)) or int(digits or 0) > limit:
            refuse("fuzzy", say("The number behind ~ is at most %(most)s here.", most=limit), start, end)
        self._add(Sort.APPROX, start, end)
