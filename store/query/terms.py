"""The meaning of one word or phrase: in a field, or in every searchable field."""

from typing import Final, NoReturn

from store.fields import FIELDS, Field, Kind
from store.query import mailboxes, values
from store.query.addresses import spellings
from store.query.budget import Budget
from store.query.faults import refuse
from store.query.mailboxes import ADDRESSED, DOMAINS, MENTIONS, any_of
from store.query.networks import canonical
from store.query.typed import Typed
from store.said import say
from store.tree import All, Any, Exact, Exists, Fuzzy, Node, Pattern, Range, Wildcard, Words
from store.words import lower, words

_SEARCHED: Final = tuple(field for field in FIELDS if field.searched)
_VALUED: Final = frozenset((Kind.TIME, Kind.INTEGER, Kind.NUMBER, Kind.FLAG, Kind.IP))
_NUMBER_DIGITS: Final = 9


class Terms:
    """Turns words and phrases of one query into nodes; `zone` is the time zone of its dates."""

    def __init__(self, zone: str, budget: Budget) -> None:
        self._zone = zone
        self._budget = budget

    def anywhere(self, typed: Typed, slop: int = 0) -> Node | None:
        """A term without a field; None where it holds no word at all, such as a dash between spaces."""
        pattern = typed.pattern
        found = mailboxes.listed(typed, None)
        if pattern is not None and not found:
            return self._pattern_anywhere(typed, pattern)
        found = [] if slop else found or mailboxes.mailboxes(typed, None)
        if found:
            return mailboxes.anywhere(found)
        if not words(typed.text):
            return no_words(typed) if typed.quoted else None
        spelt = [(text, tuple(words(text))) for text in spellings(lower(typed.text).strip())]
        return any_of([node for text, cut in spelt for field in _SEARCHED for node in _word_in(field, text, cut, slop)])

    def fuzzy_anywhere(self, typed: Typed, distance: int | None) -> Node:
        """A misspelt term without a field."""
        text = _message_id(lower(typed.text))
        steps = self._distance(typed, distance)
        cut = words(text)
        if "@" in text:
            return any_of([Fuzzy(name, text, steps) for name in ADDRESSED if name != MENTIONS])
        if len(cut) != 1:
            refuse("fuzzy", "~ looks for one word spelt differently; this is more than one, or none.", typed.start, typed.end)
        nodes: list[Node] = []
        for field in _SEARCHED:
            if field.kind in (Kind.TEXT, Kind.ADDRESS):
                nodes.append(Fuzzy(field.name, cut[0], steps, words=True))
            elif field.kind is Kind.EXACT:
                nodes.append(Fuzzy(field.name, text, steps))
        return any_of(nodes)

    def in_field(self, field: Field, typed: Typed, slop: int = 0) -> Node:
        """The field with this value."""
        pattern = typed.pattern
        if pattern is not None and all(part is Any.MANY for part in pattern):
            return Exists(field.name)
        found = [] if slop else mailboxes.listed(typed, field)
        if found:
            return mailboxes.in_field(field, found)
        if field.kind in _VALUED:
            return self._value(field, typed, pattern)
        if pattern is not None:
            return self._pattern_in(field, typed, pattern)
        if field.kind in (Kind.TEXT, Kind.ADDRESS):
            return _text_in(field, typed, slop)
        text = _exact_text(field, lower(typed.text))
        spelt = spellings(text) if field.name.endswith("_domain") else [text]
        return values.status_class(field, typed) or any_of([Exact(field.name, each) for each in spelt])

    def fuzzy_in(self, field: Field, typed: Typed, distance: int | None) -> Node:
        """The field with a value, or a word, that is spelt a little differently."""
        if field.kind in _VALUED:
            refuse(
                "fuzzy", say("~ is for text; %(field)s has no letters that could be misspelt.", field=field.name), typed.start, typed.end
            )
        steps = self._distance(typed, distance)
        text = lower(typed.text)
        if field.kind is Kind.EXACT or (field.kind is Kind.ADDRESS and "@" in text):
            return Fuzzy(field.name, _exact_text(field, text), steps)
        cut = words(text)
        if len(cut) != 1:
            refuse("fuzzy", "~ looks for one word spelt differently; this is more than one, or none.", typed.start, typed.end)
        return Fuzzy(field.name, cut[0], steps, words=True)

    def _distance(self, typed: Typed, distance: int | None) -> int:
        """How far off a word may be; without a figure as Elasticsearch's AUTO does it: by its length."""
        if typed.pattern is not None:
            refuse("fuzzy", "A word has either * and ? or ~, not both.", typed.start, typed.end)
        automatic = 1 if len(typed.text) <= 5 else 2  # noqa: PLR2004 - AUTO's own bound
        steps = automatic if distance is None else distance
        self._budget.fuzzy(typed, steps)
        return steps

    def _value(self, field: Field, typed: Typed, pattern: Pattern | None) -> Node:
        """A field that is no text, with wildcards where they mean something: in an internet address and in a code."""
        if pattern is None or values.code_class(field, typed):
            return values.equal(field, typed, self._zone)
        if field.kind is Kind.IP:
            return self._wildcard(field.name, typed, pattern)
        if field.kind is Kind.TIME:
            return values.equal(field, typed, self._zone)  # refuses, with the day or month that is meant
        return refuse(
            "wildcard",
            say("%(field)s takes no * or ? here; use a range, as in %(field)s:[1 TO 5].", field=field.name),
            typed.start,
            typed.end,
        )

    def _wildcard(self, name: str, typed: Typed, pattern: Pattern, *, by_word: bool = False, count: bool = True) -> Wildcard:
        """A pattern in a field, counted once for each time it was typed."""
        if count:
            self._budget.wildcard(typed, pattern)
        return Wildcard(name, _lowered(pattern), by_word)

    def _pattern_in(self, field: Field, typed: Typed, pattern: Pattern) -> Node:
        """A pattern in a text, address or exact field."""
        if field.kind is Kind.ADDRESS:
            return self._address_pattern(field, typed, pattern)
        whole_class = values.status_class(field, typed)
        if whole_class:
            return whole_class
        if field.name == "message_id":
            pattern = _without_brackets(pattern)
        return self._wildcard(field.name, typed, pattern, by_word=field.kind is Kind.TEXT)

    def _address_pattern(self, field: Field, typed: Typed, pattern: Pattern) -> Node:
        """A pattern over a whole address; without an @ over the part before it too, and with a dot over the domain."""
        domain = _domain_pattern(pattern)
        name = DOMAINS.get(field.name)
        if domain and name:
            plain = _is_plain(domain)
            return mailboxes.in_field(field, [f"@{lower(str(domain[0]))}"]) if plain else self._wildcard(name, typed, domain)
        whole = self._wildcard(field.name, typed, pattern)
        literal = "".join(part for part in pattern if isinstance(part, str))
        if "@" in literal:
            return whole
        nodes: list[Node] = [whole]
        if pattern[-1] is not Any.MANY:
            nodes.append(Wildcard(field.name, (*_lowered(pattern), "@", Any.MANY)))
        if "." in literal and pattern[0] is not Any.MANY and name:
            nodes.append(Wildcard(name, _lowered(pattern)))
        return any_of(nodes)

    def _pattern_anywhere(self, typed: Typed, pattern: Pattern) -> Node:
        """A pattern without a field: over whole values and over words; `*` alone is everything, `*@x.nl` a domain."""
        if all(part is Any.MANY for part in pattern) or typed.raw == "*:*":
            return All()
        domain = _domain_pattern(pattern)
        if domain and _is_plain(domain):
            return mailboxes.anywhere([f"@{lower(str(domain[0]))}"])
        self._budget.wildcard(typed, pattern)
        if domain:
            return any_of([Wildcard(name, _lowered(domain)) for name in DOMAINS.values()])
        pattern = _lowered(_without_brackets(pattern))
        if any("@" in part for part in pattern if isinstance(part, str)):
            return any_of([Wildcard(name, pattern) for name in ADDRESSED if name != MENTIONS])
        return any_of([node for field in _SEARCHED for node in _pattern_nodes(field, typed, pattern)])


def _word_in(field: Field, text: str, cut: tuple[str, ...], slop: int) -> list[Node]:
    """What a term without a field means in this one: `text` whole (lower-cased), or `cut` into words."""
    match field.kind:
        case Kind.TEXT | Kind.ADDRESS:  # an address that is the text as a whole has the same words next to each other
            return [Words(field.name, cut, slop)]
        case Kind.IP:
            address = canonical(text)
            return [Exact(field.name, address)] if address else []
        case Kind.INTEGER:
            plain = text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS
            return [Range(field.name, int(text), int(text))] if plain else []
        case _:
            return [Exact(field.name, _exact_text(field, text))]


def _pattern_nodes(field: Field, typed: Typed, pattern: Pattern) -> list[Node]:
    """What a pattern without a field means in this one."""
    match field.kind:
        case Kind.TEXT:
            return [Wildcard(field.name, pattern, words=True)]
        case Kind.ADDRESS:
            return [Wildcard(field.name, pattern), Wildcard(field.name, pattern, words=True)]
        case Kind.INTEGER:
            codes = values.code_class(field, typed)
            return [codes] if codes else []
        case _:
            return [Wildcard(field.name, pattern)]


def _text_in(field: Field, typed: Typed, slop: int) -> Node:
    """A field of text or of addresses with a value: a whole address, or words, or a part of an address."""
    found = [] if slop else mailboxes.mailboxes(typed, field)
    if found and (field.kind is Kind.ADDRESS or found[0][0] != "@"):
        return mailboxes.in_field(field, found)
    if field.kind is Kind.ADDRESS:
        return mailboxes.part_in_field(field, typed)
    return Words(field.name, tuple(words(typed.text)) or no_words(typed), slop)


def _exact_text(field: Field, text: str) -> str:
    """A lower-cased value as an exact field holds it: a message id without brackets, a domain without an @."""
    if field.name == "message_id":
        return _message_id(text)
    return text.removeprefix("@") if field.name.endswith("_domain") else text


def _message_id(text: str) -> str:
    """A message id without its angle brackets."""
    return text[1:].rstrip(",;")[:-1] if text.startswith("<") and text.rstrip(",;").endswith(">") else text


def _without_brackets(pattern: Pattern) -> Pattern:
    """The pattern without the angle brackets around a message id."""
    first, last = pattern[0], pattern[-1]
    opened = (first.removeprefix("<"), *pattern[1:]) if isinstance(first, str) else pattern
    closed = (*opened[:-1], last.removesuffix(">")) if isinstance(last, str) and len(opened) > 1 else opened
    return tuple(part for part in closed if part != "") or pattern


def _domain_pattern(pattern: Pattern) -> Pattern | None:
    """What stands behind `*@` in a pattern that begins so, else None."""
    if pattern[0] is not Any.MANY or len(pattern) == 1:
        return None
    second = pattern[1]
    if not isinstance(second, str) or not second.startswith("@"):
        return None
    rest = tuple(part for part in (second[1:], *pattern[2:]) if part != "")
    return rest or None


def _is_plain(pattern: Pattern) -> bool:
    """Whether nothing in a pattern is a wildcard."""
    return len(pattern) == 1 and isinstance(pattern[0], str)


def _lowered(pattern: Pattern) -> Pattern:
    """The pattern in lower case, as values are kept."""
    return tuple(lower(part) if isinstance(part, str) else part for part in pattern)


def no_words(typed: Typed) -> NoReturn:
    """Raise for a text in which there is no word to look for."""
    quotes = say("There is no word in these quotes to look for.")
    message = say("There is no word in %(shown)s to look for.", shown=typed.shown) if typed.shown else quotes
    refuse("no_words", message, typed.start, typed.end)
