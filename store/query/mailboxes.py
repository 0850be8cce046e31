"""The meaning of addresses and domains, one or a list of them: in a field, or wherever addresses stand."""

from collections.abc import Iterable
from typing import Final

from store.fields import FIELDS, Field, Kind
from store.query.addresses import cleaned, recipient, spellings
from store.query.lists import pasted
from store.query.typed import Typed
from store.tree import And, Any, Exact, Exists, Node, Not, Or, Wildcard, Words
from store.words import mentions, words

MENTIONS: Final = "mentions"
# A bare address is looked for here, whole.
ADDRESSED: Final = (*(field.name for field in FIELDS if field.searched and field.kind is Kind.ADDRESS), MENTIONS, "message_id")
# address field -> the field of its domain; an address field without one has its domain found at the end of its value.
DOMAINS: Final = {"sender": "sender_domain", "recipient": "recipient_domain"}


def listed(typed: Typed, field: Field | None) -> list[str]:
    """The addresses, domains or message ids of a list, pasted or quoted as a whole; none where it is no list."""
    text = typed.text if typed.quoted else typed.raw
    found = pasted(text, 0, field, names=not typed.quoted)
    return [entry.value for entry in found.entries] if found and found.end >= len(text.rstrip(" ,;")) else []


def mailboxes(typed: Typed, field: Field | None) -> list[str]:
    """The same, or the one address or domain there is."""
    one = recipient(typed.raw, literal=typed.quoted)
    return [one] if one else listed(typed, field)


def anywhere(found: Iterable[str]) -> Node:
    """Addresses wherever one may stand, domains on either side of the mail."""
    spelt = [text for value in found for text in spellings(value)]
    return any_of([node for text in spelt for node in _anywhere(text)])


def in_field(field: Field, found: Iterable[str]) -> Node:
    """Addresses or domains in a field of addresses or of text, message ids in theirs."""
    return any_of([_within(field, text) for value in found for text in (spellings(value) if field.kind is Kind.ADDRESS else [value])])


def part_in_field(field: Field, typed: Typed) -> Node:
    """A field of addresses with what is no whole address: a domain or the part before the @; `<>` is no address at all."""
    text = cleaned(typed.text)
    if text == "":
        return Or((Not(Exists(field.name)), Exact(field.name, "")))
    if text.startswith("@"):
        return _within(field, text)
    domains = [_within(field, f"@{each}") for each in spellings(text)]
    return any_of([Exact(field.name, text), Wildcard(field.name, (f"{text}@", Any.MANY)), *domains])


def any_of(nodes: list[Node]) -> Node:
    """At least one of these."""
    return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))


def _anywhere(text: str) -> list[Node]:
    """One address or domain, wherever it may stand."""
    if text.startswith("@"):
        return [Exact(domain, text[1:]) for domain in DOMAINS.values()]
    return [Exact(name, text) for name in ADDRESSED]


def _within(field: Field, text: str) -> Node:
    """One address or domain, or a message id, in a field; in a text only where it stands there whole."""
    if field.kind is Kind.TEXT:
        phrase = Words(field.name, tuple(words(text)))
        return And((Exact(MENTIONS, text), phrase)) if mentions(text) == [text] else phrase
    if field.kind is Kind.ADDRESS and text.startswith("@"):
        name = DOMAINS.get(field.name)
        return Exact(name, text[1:]) if name else Wildcard(field.name, (Any.MANY, text))
    return Exact(field.name, text)
