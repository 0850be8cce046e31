"""A customer: whose events are whose, by the domain of the sender."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import msgspec

from store.customers.problems import CannotError
from store.events import Scope
from store.said import say

MAX_NAME: Final = 80
MAX_DOMAINS: Final = 200
_LONGEST: Final = 253  # characters of a domain, RFC 1035, 2.3.4
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class Customer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An organisation. `domains` are those of its senders; `retention` in months, 0: as long as the portal keeps events."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    created: int = 0  # ms since 1970 UTC
    language: str = ""  # of its new users; empty: as their browsers ask
    timezone: str = ""  # empty: the portal's
    retention: int = 0

    @property
    def scope(self) -> Scope:
        """Its events and its accounts. Senders may write an international domain either way (RFC 6531), so both are its."""
        return Scope.of({form for name in self.domains for form in (name, _readable(name))}, self.id)


def identifier_of(name: str) -> str:
    """The id that a name gives: lower-case letters, digits and dashes. Raises `CannotError` where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    if not found:
        raise CannotError(say("A customer's name needs at least one letter from a to z, or a digit."), "name")
    return found


def named(name: str) -> str:
    """A name as it is kept: without control characters and needless blanks. Raises `CannotError`."""
    clean = " ".join("".join(c for c in name if c.isprintable()).split())
    if not clean or len(clean) > MAX_NAME:
        raise CannotError(say("A customer's name has 1 to %(most)s characters.", most=MAX_NAME), "name")
    return clean


def domain(text: str) -> str:
    """A domain as events have it: lower case, in its ASCII form. Raises `CannotError`."""
    name = text.strip().removeprefix("@").rstrip(".").lower()
    try:
        name = name.encode("ascii").decode() if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(name) > _LONGEST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - a name and a top
        raise CannotError(
            say("%(text)s is not a domain. Write the part of the sender's address after the @, such as customer.example.", text=text[:80]),
            "domain",
        )
    return name


def domains_of(names: Iterable[str]) -> tuple[str, ...]:
    """Domains as they are kept, each once and in order. Raises `CannotError`."""
    found = tuple(sorted({domain(each) for each in names}))
    if len(found) > MAX_DOMAINS:
        raise CannotError(say("A customer has at most %(most)s domains.", most=MAX_DOMAINS), "domain")
    return found


def _readable(name: str) -> str:
    """A domain in the letters of its language, where it has such."""
    try:
        return name.encode("ascii").decode("idna").lower() if "xn--" in name else name
    except UnicodeError:
        return name
