"""Pasted lists: addresses, domains or message ids with commas or semicolons between them, as mail programs write them or not."""

import re
from dataclasses import dataclass
from typing import Final

from store.fields import Field, Kind
from store.query.addresses import recipient
from store.query.characters import QUOTES, SPACES, is_space, unescaped, wildcards
from store.query.tokens import OPERATORS
from store.words import lower

_QUOTED: Final = re.compile(rf"[{QUOTES}](?:\\.|[^{QUOTES}\\])*+[{QUOTES}]", re.DOTALL)
_RUN: Final = rf"(?:\\.|[^{SPACES}\\(),;{QUOTES}])++"
_ENTRY: Final = re.compile(rf"{_QUOTED.pattern}(?:@{_RUN})?|{_RUN}", re.DOTALL)
_SEPARATOR: Final = re.compile(rf"[{SPACES}]*+[,;][{SPACES},;]*+")
_END: Final = re.compile(rf"[,;]*+(?=[{SPACES}()]|\Z)")
_REST: Final = re.compile(rf"[{SPACES},;]*+\Z")
_NOTHING: Final = re.compile("")
# `Jan Jansen <jan@x.nl>`, `"Jansen, J." <jan@x.nl>`: a name may have commas in it, quoted or not.
_NAMED: Final = re.compile(rf"((?:{_QUOTED.pattern}|[^<>@;(){QUOTES}\\])*+)<([^<>]*+)>", re.DOTALL)
_NO_NAME: Final = re.compile(r"[:*?~^]|(?:\A|\s)[+!-]\S|,\s*\Z")
# Addresses beside names are given back in the reading of the query, so only those that need no escape are taken.
_PLAIN_ADDRESS: Final = re.compile(r"\w[\w.+'=&%#-]*+@[\w.-]++")

_MESSAGE_ID: Final = "message_id"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: an address, `@` and a domain, or a message id, lower-cased; `start` and `end` are its place as typed."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pasted:
    """A list of entries; `named`: there are names before addresses, which are not searched for."""

    entries: tuple[Entry, ...]
    named: bool = False

    @property
    def end(self) -> int:
        """Behind its last entry."""
        return self.entries[-1].end


def pasted(text: str, start: int, field: Field | None, *, names: bool) -> Pasted | None:
    """The list of two entries or more that begins at `start`, in a field where addresses are looked for; None where there is none.

    `names`: names before addresses are no words to look for, if the list goes on to the end of the text.
    """
    if "@" not in text or not (field is None or field.kind in (Kind.ADDRESS, Kind.TEXT) or field.name == _MESSAGE_ID):
        return None
    named = _with_names(text, start) if names and (field is None or field.kind is Kind.ADDRESS) else None
    return named or _plain(text, start, field)


def _plain(text: str, start: int, field: Field | None) -> Pasted | None:
    """A list of nothing but entries, as far as it goes."""
    entries: list[Entry] = []
    separator = _NOTHING.match(text, start)
    while separator and (entry := _entry(text, separator.end(), field)):
        entries.append(entry)
        separator = _SEPARATOR.match(text, entry.end)
    return Pasted(tuple(entries)) if len(entries) > 1 and _END.match(text, entries[-1].end) else None


def _entry(text: str, at: int, field: Field | None) -> Entry | None:
    """The entry that begins here; behind a space + - and ! are signs."""
    match = _ENTRY.match(text, at)
    if match is None or (match[0][0] in "+-!" and at > 0 and is_space(text[at - 1])):
        return None
    quoted = match[0][0] in QUOTES and match[0][-1] in QUOTES
    raw = match[0][1:-1] if quoted else match[0]
    value = _message_id(raw, quoted=quoted) if field and field.name == _MESSAGE_ID else recipient(raw, literal=quoted)
    if not quoted and ":" in raw.partition("@")[0] and not lower(raw).lstrip("<'").startswith("mailto:"):
        return None  # a field and its value
    if value is None or (field and field.kind is Kind.TEXT and value[0] == "@"):  # a text has addresses in it, but no domains
        return None
    return Entry(value, at, match.end())


def _message_id(raw: str, *, quoted: bool) -> str | None:
    """A message id without its brackets; None for what has no @, or wildcards."""
    if not quoted and wildcards(raw):
        return None
    text = lower(unescaped(raw, quoted=quoted)).removeprefix("<").removesuffix(">")
    return text if "@" in text else None


def _with_names(text: str, start: int) -> Pasted | None:
    """A list with a name before one address or more, if it is that up to the end of the text."""
    entries: list[Entry] = []
    named = False
    separator = _NOTHING.match(text, start)
    while separator and not _REST.match(text, separator.end()):
        match = _NAMED.match(text, separator.end())
        name = match[1].strip() if match else ""
        value = recipient(match[2]) if match else None
        entry = Entry(value, match.start(), match.end()) if match and value else _entry(text, separator.end(), None)
        if entry is None or not _PLAIN_ADDRESS.fullmatch(entry.value) or not _is_name(name):
            return None
        entries.append(entry)
        named = named or name != ""
        separator = _SEPARATOR.match(text, entry.end)
    complete = len(entries) > 1 and _REST.match(text, entries[-1].end)
    return Pasted(tuple(entries), named=True) if named and complete else None


def _is_name(name: str) -> bool:
    """Whether what stands before an address in brackets is a name, and nothing of a query."""
    return not _NO_NAME.search(_QUOTED.sub("", name)) and not OPERATORS.keys() & set(lower(name).split())
