"""What the text behind a status says: the other server's answer without Postfix's words around it, its codes, and who that server was."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from indexer.bounds import canonical_ip

# Postfix smtp(8) puts these before an answer (smtp_trouble.c, smtp_sasl_glue.c) and the command after it.
_SAID: Final = re.compile(
    r"(?:delivery temporarily suspended: |SASL authentication failed; )*(?:host|server) "
    r"(\S+?)\[([^\]\s]*)\](?::\d+)? (said|refused to talk to me): "
)
_REPLY_TO: Final = re.compile(r"\s?\(in reply(?: to)? ?([^()]*)\)?$")
_COMMAND: Final = " command"
_ANYWHERE: Final = re.compile(r"(?:host|server|to|with) (\S*?)\[([0-9A-Fa-f.:]+)\]")
_RELAY: Final = re.compile(r"(\S*?)\[([^\]]*)\](?::\d+)?$")
# RFC 3463 section 2; a subject above 7 is none, and a package's number has a revision (`5.4.4-1`): most versions are not taken for codes
# (the class stands before the look back, so that the search leaps from one such digit to the next)
_ENHANCED: Final = re.compile(r"([245])(?<![\d.].)\.[0-7]\.\d{1,3}(?![.-]?\d)")
_CODE: Final = re.compile(r"([2-5]\d\d)(?:[ -]|$)(?:#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?")
_LONGEST_CACHED: Final = 320  # characters of a relay; a longer one is not worth a place
_REFUSED: Final = "refused to talk to me"


class Reply(msgspec.Struct, frozen=True, gc=False):
    """An answer: its text, the three digits, the command it was to, the server's name and address; `refused` before any command."""

    diagnostic: str
    code: int | None = None
    command: str | None = None
    mx: str | None = None
    ip: str | None = None
    refused: bool = False


def read_reply(text: str) -> Reply:
    """The text in the parentheses after `status=` (the last one taken off), with whatever it says of the server that gave it."""
    command = None
    if (end := text.rfind("(in reply")) >= 0 and (ended := _REPLY_TO.search(text, max(end - 1, 0))):
        # without " command" the line was cut: what is left of the name may be half of it
        command = ended[1].removesuffix(_COMMAND) if ended[1].endswith(_COMMAND) else None
        text = text[: ended.start()]
    said = _SAID.match(text)
    if said is None:
        found = _ANYWHERE.search(text)
        name, ip = server(f"{found[1]}[{found[2]}]") if found else (None, None)
        return Reply(text, smtp_code(text), command, name, ip)
    diagnostic = text[said.end() :]
    name, ip = server(f"{said[1]}[{said[2]}]")
    return Reply(diagnostic, smtp_code(diagnostic), command, name, ip, said[3] == _REFUSED)


def smtp_code(text: str) -> int | None:
    """The three digits that an SMTP answer begins with (RFC 5321 section 4.2), or None."""
    digits = text[:3]
    return int(digits) if digits.isdecimal() and digits.isascii() and "200" <= digits < "600" and text[3:4] in ("", " ", "-") else None


def enhanced_code(text: str, generic: str | None) -> str | None:
    """The status to keep: `generic` unless it is x.0.0 and the text has a more telling code of the same class.

    With `generic` None: the first code of any class in the text.
    """
    if generic is not None and not generic.endswith(".0.0"):
        return generic
    for found in _ENHANCED.finditer(text):
        if (generic is None or found[1] == generic[0]) and not found[0].endswith(".0.0"):
            return found[0]
    return generic


def leading_codes(text: str) -> tuple[int | None, str | None]:
    """The codes that `550 5.1.1 ...` or `5.7.1 ...` begins with."""
    if found := _CODE.match(text):
        return int(found[1]), found[2]
    found = _ENHANCED.match(text)
    return None, found[0] if found else None


def server(relay: str) -> tuple[str | None, str | None]:
    """Name and address in `mx.example.net[192.0.2.1]:25`; both None for `none`, `local` and other services that are no servers.

    A server behind a unix socket (`mx[private/lmtp]`) has a name only.
    """
    return (_server if len(relay) <= _LONGEST_CACHED else _server.__wrapped__)(relay)


@lru_cache(maxsize=16_384)  # servers that a busy host sends to in a day
def _server(relay: str) -> tuple[str | None, str | None]:
    found = _RELAY.match(relay)
    if found is None:
        return None, None
    return found[1].lower() or None, canonical_ip(found[2])
