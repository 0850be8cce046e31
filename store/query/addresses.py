"""E-mail addresses and their domains as they are typed and pasted: in brackets, behind `mailto:`, in quotes, in any script."""

import re
import unicodedata
from typing import Final

from store.query.characters import is_space, unescaped, wildcards
from store.words import lower

_PREFIX: Final = re.compile(r"mailto:", re.IGNORECASE)
_HOST: Final = re.compile(r"[\w-]++(?:\.[\w-]++)*+|\[[\w.:]++\]")
_AROUND: Final = "'\u2018\u2019`"
# What a sentence or a list leaves behind an address.
_TRAILING: Final = ",;.:!?"
_ENCODED: Final = "xn--"  # how a label in another script begins in the DNS (RFC 5890)
_MAX_LABEL: Final = 63


def cleaned(text: str) -> str:
    """An address or message id without what stands around it: `<...>`, `mailto:`, single quotes, closing punctuation; lower-cased."""
    text = text.strip().rstrip(_TRAILING).strip(_AROUND)
    text = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    text = text.removeprefix("<").rstrip(_TRAILING).removesuffix(">")
    text = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    return lower(text.strip(_AROUND))


def is_address(text: str) -> bool:
    """Whether a cleaned text is one whole address: something, an @, and a host name."""
    if text.startswith('"'):
        local, at, host = text.rpartition('"@')
        local = local[1:]
    else:
        local, at, host = text.rpartition("@")
        if any(is_space(character) or character in '<>",;()' for character in local):
            return False
    return bool(local and at and _HOST.fullmatch(host))


def recipient(raw: str, *, literal: bool = False) -> str | None:
    """The address of a text as typed, or `@` and a domain where it is `@x.nl` or `*@x.nl`; None where it is neither.

    `literal`: it stood in quotes, so there are no wildcards in it.
    """
    if not literal and wildcards(raw):
        return lower(raw[1:]) if raw.startswith("*@") and not wildcards(raw[1:]) and is_address(f"x{raw[1:]}") else None
    text = cleaned(unescaped(raw, quoted=literal))
    return text if is_address(f"x{text}" if text.startswith("@") else text) else None


def spellings(text: str) -> list[str]:
    """An address or a host as it is, and in the other spelling of its domain: m\u00fcnchen.example is xn--mnchen-3ya.example (RFC 5891)."""
    local, at, typed = text.rpartition("@")
    host = unicodedata.normalize("NFC", typed)
    if (host.isascii() and _ENCODED not in host) or not (at or "." in host) or not _HOST.fullmatch(host):
        return [text]
    labels = host.split(".")
    hosts = [typed, host, ".".join(map(_decoded, labels)), ".".join(map(encoded, labels))]
    return list(dict.fromkeys(f"{local}{at}{each}" for each in hosts))


def encoded(label: str) -> str:
    """A label as the DNS has it, or as it is where it cannot stand there."""
    try:
        in_dns = label if label.isascii() else _ENCODED + label.encode("punycode").decode("ascii")
    except ValueError:
        return label
    return in_dns if len(in_dns) <= _MAX_LABEL else label


def _decoded(label: str) -> str:
    """A label as people write it, or as it is where it is not encoded."""
    if not label.startswith(_ENCODED) or len(label) > _MAX_LABEL:
        return label
    try:
        decoded = lower(label[len(_ENCODED) :].encode("ascii").decode("punycode"))
    except ValueError:
        return label
    return decoded if encoded(decoded) == label else label
