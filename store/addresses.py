"""E-mail addresses as people type and paste them, and as events have them, in one form: the key of an account.

Letter case, quotes that nothing needs and the script of a domain make no difference to where mail goes, so they make none here: the address
is in lower case, and its domain is as it is in the DNS (`xn--...`). Sub-addresses (`jan+shop@x.nl`) are addresses of their own.
"""

import ipaddress
import re
import unicodedata
from typing import Final

from store.query.addresses import encoded
from store.query.characters import is_space
from store.said import Said, say
from store.words import lower

MAX_ADDRESS: Final = 254  # octets (RFC 5321 section 4.5.3.1.3, its two brackets taken off)
_MAX_LOCAL: Final = 64  # octets (section 4.5.3.1.1)
_MAX_TYPED: Final = 1_000
_ATOM: Final = r"[^\s@.<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]++"
_LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_ATEXT: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# What nearly all are: nothing has to be done to them but the letter case.
_PLAIN: Final = re.compile(rf"(?!'[=+-]){_ATEXT}(?:\.{_ATEXT})*@(?:{_LABEL}\.)+[a-z]{{2,63}}")
_NAMED: Final = re.compile(r"[^<>]*<([^<>]*)>")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"@')
_QUERY: Final = re.compile(r"\?(?:subject|body|cc|bcc)=.*", re.IGNORECASE | re.DOTALL)
_AT_IN_WORDS: Final = re.compile(r"[(\[{]\s*(?:at|apenstaartje)\s*[)\]}]", re.IGNORECASE)
_DOTS: Final = str.maketrans("\u3002\uff0e\uff61", "...")  # as other scripts write them (RFC 3490 section 3.1)
_PAIRS: Final = {"'": "'", "\u2018": "\u2019", "\u201c": "\u201d", "\u201e": "\u201d", "`": "`"}
_SOFT_HYPHEN: Final = "\u00ad"


class BadAddressError(ValueError):
    """What cannot be an address: `code` is a word for programs, the text says what is wrong and what would be right."""

    def __init__(self, message: str, code: str = "address") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def normalised(text: str) -> str:
    """The one form of an address as typed, pasted or read from an event. Raises `BadAddressError`."""
    if len(text) > _MAX_TYPED:
        raise _bad("long", say("This is too long for an address, which has at most 254 characters. Type one address only."))
    plain = text.strip().lower()
    if len(plain) <= MAX_ADDRESS and _PLAIN.fullmatch(plain) and plain.index("@") <= _MAX_LOCAL:  # ASCII: a character is an octet
        return plain
    bare = _bare(text)
    local, host = _halves(bare)
    address = f"{_local(local)}@{_host(host)}"
    if not _short_enough(address):
        raise _bad("long", say("This address is too long: at most 64 characters stand before the @, and 254 in all. Check it."))
    return address


def _short_enough(address: str) -> bool:
    octets = len(address.encode("utf-8", "replace"))
    return octets <= MAX_ADDRESS and len(address.rpartition("@")[0].encode("utf-8", "replace")) <= _MAX_LOCAL


def _bare(text: str) -> str:
    """An address without what is pasted along: a name and brackets, `mailto:`, quotes around it, punctuation behind it."""
    seen = unicodedata.normalize("NFC", text.replace(_SOFT_HYPHEN, ""))
    seen = "".join(" " if each.isspace() else each for each in seen if not _unseen(each)).strip()
    seen = seen.rstrip(",;.:!? ")
    if (named := _NAMED.fullmatch(seen)) is not None:
        seen = named[1].strip()
    if seen[:7].lower() == "mailto:":
        seen = _QUERY.sub("", seen[7:])
    if len(seen) > 1 and _PAIRS.get(seen[0]) == seen[-1]:
        seen = seen[1:-1].strip()
    if seen[:1] == "'" and seen[1:2] in tuple("=+-@"):  # as our own export keeps it from being a formula
        seen = seen[1:]
    return re.sub(r" *@ *", "@", seen) if '"' not in seen else seen


def _unseen(character: str) -> bool:
    """Whether a character takes no room: what pages paste along, but no control characters, which are no accident."""
    return is_space(character) and not character.isspace() and character > "\x7f"


def _halves(bare: str) -> tuple[str, str]:
    """What stands before and after the @."""
    if not bare:
        raise _bad("empty", say("There is no address. Type one in full, such as jan@customer.example."))
    if (quoted := _QUOTED.match(bare)) is not None:
        return bare[: quoted.end() - 1], bare[quoted.end() :]
    local, at, host = bare.partition("@")
    if "@" in host:
        raise _bad("several", say("There is more than one @. Type one address only, such as jan@customer.example."))
    if not at:
        if _AT_IN_WORDS.search(bare):
            raise _bad("at", say("The @ is written in words. Type jan@customer.example."))
        raise _bad("at", say("There is no @. Type the address in full, such as jan@customer.example."))
    if not (local and host):
        raise _bad("half", say("There is nothing before or after the @. Type the address in full, such as jan@customer.example."))
    return local, host


def _local(local: str) -> str:
    """What stands before the @, in lower case; quotes stay only where they are needed (RFC 5321 section 4.1.2)."""
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        meant = lower(re.sub(r"\\(.)", r"\1", local[1:-1]))
        if not meant or not meant.isprintable():
            raise _bad("local", say("There is nothing that can be read between the quotes. Check the address."))
        if _LOCAL.fullmatch(meant) and ".." not in meant:
            return meant
        return '"' + re.sub(r'(["\\])', r"\\\1", meant) + '"'
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise _bad("dots", say("Before the @ a dot stands at an end, or two stand side by side. Check the address."))
    if any(each.isspace() for each in local):
        raise _bad("spaces", say("There is a space in the address. Take it out, or type one address only."))
    if not _LOCAL.fullmatch(local) or not local.isprintable():
        raise _bad(
            "local", say("Before the @ there is a character that no address has. Type one address only, such as jan@customer.example.")
        )
    return lower(local)


def _host(typed: str) -> str:
    """The domain, in lower case and as it is in the DNS; or an IP address in brackets."""
    if typed.startswith("["):
        return _literal(typed)
    if any(each.isspace() for each in typed):
        raise _bad("spaces", say("There is a space in the address. Take it out, or type one address only."))
    host = lower(unicodedata.normalize("NFKC", typed.translate(_DOTS))).removesuffix(".")
    host = ".".join(map(encoded, host.split(".")))
    last = host.rpartition(".")[2]
    if "." not in host:
        raise _bad(
            "domain", say('"%(host)s" is not a whole domain: there is no dot in it. Type it as in jan@customer.example.', host=_cut(typed))
        )
    if not _HOST.fullmatch(host) or last.isdigit() or len(last) < 2:  # noqa: PLR2004 - no top-level domain is shorter
        raise _bad("domain", say('"%(host)s" is not a domain. Type what stands after the @ as in jan@customer.example.', host=_cut(typed)))
    return host


def _literal(typed: str) -> str:
    """An IP address in place of a domain: `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 section 4.1.3)."""
    inner = typed[1:-1]
    try:
        if typed.endswith("]"):
            if inner[:5].lower() == "ipv6:":
                return f"[ipv6:{ipaddress.IPv6Address(inner[5:]).compressed}]"
            return f"[{ipaddress.IPv4Address(inner)}]"
    except ValueError:
        pass  # refused below, as what is not in brackets at its end
    raise _bad("domain", say('"%(host)s" is not an IP address in brackets. Type the domain of the address.', host=_cut(typed)))


def _cut(text: str) -> str:
    """What was typed, no more of it than a sentence carries."""
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004 - as long as a line has room for


def _bad(code: str, message: Said) -> BadAddressError:
    return BadAddressError(message, code)
