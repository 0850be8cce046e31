"""Other ways to write a query that finds nothing: the beginning of a word, a name as an address, the nearest value of a field."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from app.language import NAMES, code, gettext
from app.links import term as exact
from app.shown import TYPES, reason_words, type_look
from store.fields import BY_NAME, Field, Kind, named
from store.reasons import REASONS


class Known(Protocol):
    """What there is in the store, whatever its time."""

    def values(self, name: str) -> Sequence[str]:
        """The most frequent values of a facet field."""
        ...

    def near(self, name: str, address: str) -> Sequence[str]:
        """The addresses of a field at most two letters away from this one, itself among them if it is there; the nearest first."""
        ...


# Terms side by side, with or without `and`; a query of another shape is not taken apart.
_TERM: Final = re.compile(r'[^\s"()]*"[^"]*"|[^\s"()]+')
_OPERATORS: Final = frozenset({"or", "not", "||", "&&", "!"})
_MOST_TERMS: Final = 5
_WORD: Final = re.compile(r"\w[\w.'-]+")
_NAME: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_ADDRESS: Final = re.compile(r"[\w.+'-]+@[\w.-]+")
_NAME_WORDS: Final = range(2, 5)  # how many words may make a person's name
_CLEAR: Final = 0.6  # how alike two values must be (difflib's ratio) for one to be a typing mistake of the other
_FEW: Final = 40  # values of a field that are so few that its most frequent ones say what the others look like


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Another query, and what it does that the typed one does not."""

    label: str
    query: str


@lru_cache(maxsize=len(NAMES))
def _shown_in(_language: str) -> Mapping[str, str]:
    """What the list shows for a type or a reason, in the language of this request, to the query for it."""
    return {reason_words(name).lower(): f"reason:{name}" for name in REASONS} | {
        type_look(name).word.lower(): f"type:{name}" for name in TYPES
    }


def _shown() -> Mapping[str, str]:
    return _shown_in(code())


def terms_of(text: str) -> list[str]:
    """The terms of a query of a few terms side by side; nothing for another shape."""
    terms = [term for term in _TERM.findall(text) if term.lower() != "and"]
    plain = "(" not in text and not _OPERATORS & {term.lower() for term in terms}
    return terms if plain and len(terms) <= _MOST_TERMS else []


def without_one_term(text: str) -> list[tuple[str, str]]:
    """Each term of a query of terms side by side, with the query that is left without it."""
    terms = terms_of(text)
    if len(terms) == 1:
        return []
    return [(term, " ".join(terms[:place] + terms[place + 1 :])) for place, term in enumerate(terms)]


def rewritings(text: str, known: Known) -> Iterator[Rewriting]:
    """Queries that may find what `text` was meant to find, the surest first; nothing says yet that they find anything."""
    terms = terms_of(text)
    whole = _shown().get(" ".join(terms).lower())
    if whole:
        yield Rewriting(gettext("As the list shows it"), whole)
    elif len(terms) == 1:
        yield from _others(terms[0], known)
    else:
        yield from _addresses(terms)
        yield from _all_mended(terms, known)


def _all_mended(terms: Sequence[str], known: Known) -> Iterator[Rewriting]:
    """The query with every term written in the first of its other ways."""
    mended = [next(_others(term, known), None) for term in terms]
    if any(mended):
        labels = dict.fromkeys(each.label for each in mended if each)
        changed = " ".join(new.query if new else old for old, new in zip(terms, mended, strict=True))
        yield Rewriting(", ".join(labels), changed)


def _others(term: str, known: Known) -> Iterator[Rewriting]:
    """Other ways to write one term."""
    name, colon, value = term.partition(":")
    field = named(name) if colon else None
    if _ADDRESS.fullmatch(term):
        yield from _near_address("", term, known)
    elif term.startswith("@"):
        yield from (Rewriting(label, f"@{near}") for label, near in _near(term[1:], known.values("recipient_domain")))
    elif field is not None:
        yield from _in_field(name, field, value, known)
    elif term.lower() in _shown():
        yield Rewriting(gettext("As the list shows it"), _shown()[term.lower()])
    elif _WORD.fullmatch(term):
        yield Rewriting(gettext("Words that begin so"), f"{term}*")
        if len(term) > 3:  # noqa: PLR2004 - one letter of three is another word
            yield Rewriting(gettext("One letter different"), f"{term}~1")


def _in_field(name: str, field: Field, value: str, known: Known) -> Iterator[Rewriting]:
    """Other values of one field, under the name that was typed for it."""
    if field.kind is Kind.ADDRESS and _ADDRESS.fullmatch(value):
        yield from _near_address(f"{name}:", value, known)
    elif field.facet:
        for label, near in _near(value.strip('"'), known.values(field.name)):
            if query := exact(name, near):
                yield Rewriting(label, query)
    elif field.kind in (Kind.ADDRESS, Kind.TEXT, Kind.EXACT) and _WORD.fullmatch(value):
        yield Rewriting(gettext("Words that begin so"), f"{name}:{value}*")
        if "." in value and (domains := f"{field.name}_domain") in BY_NAME:
            yield from (Rewriting(label, f"{name}:{near}") for label, near in _near(value, known.values(domains)))


def _near_address(prefix: str, address: str, known: Known) -> Iterator[Rewriting]:
    """Addresses with a letter or two more, fewer or otherwise, and the same person at another domain; nothing for one that is known."""
    names = [prefix.rstrip(":")] if prefix else ["recipient", "sender"]
    near = next(filter(None, (known.near(field.name, address) for name in names if (field := named(name)))), ())
    if address.lower() in near:
        return
    for other in near[:2]:
        if _ADDRESS.fullmatch(other):
            yield Rewriting(gettext("A near address"), f"{prefix}{other}")
    local = exact(names[0], address.partition("@")[0])
    if local:
        yield Rewriting(gettext("At any domain"), local)


def _near(value: str, frequent: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values most like this one; where none is, and there are few, the most frequent ones."""
    by_lower = {each.lower(): each for each in frequent}
    alike = difflib.get_close_matches(value.lower(), by_lower, n=2, cutoff=_CLEAR)
    if alike:
        yield from ((gettext("The nearest value"), by_lower[each]) for each in alike)
    elif len(frequent) <= _FEW:
        yield from ((gettext("A frequent value"), each) for each in frequent[:2])


def _addresses(terms: Sequence[str]) -> Iterator[Rewriting]:
    """A person's name as the part before the @: Petra de Wit as petra.de.wit, petra.dewit, p.dewit or petradewit."""
    name = [term for term in terms if _NAME.fullmatch(term) and term.lower() not in _shown()]
    if len(name) not in _NAME_WORDS:
        return
    first, *rest = ("".join(filter(str.isalpha, _unaccented(word))) for word in name)
    last = "".join(rest)
    others = [_shown().get(term.lower(), term) for term in terms if term not in name]
    for local in dict.fromkeys((".".join((first, *rest)), f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}")):
        yield Rewriting(gettext("The name as an address"), " ".join((f"{local}*", *others)))


def _unaccented(word: str) -> str:
    """A name as addresses have it: lower-case, without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(letter))
