"""What of an event is about one person: which events go, and where in others the address is taken out.

The person is known by one address. An event goes as a whole where the address is its recipient, original recipient or sender, also
inside a longer value (`Jan <jan@x.nl>`), or part of its id, which cannot be changed. Where it stands in another person's event (the
original record of a mail to several, a subject, an answer, a tag) it is replaced by `ERASED` there.
"""

import re
import struct
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from store.addresses import BadAddressError
from store.event import Event
from store.events import Verdict

ERASED: Final = "[erased]"
TEXT: Final = "text"  # what is counted where the address only stands in an event
PARTIES: Final = ("recipient", "original_recipient", "sender", "id")
_MAX: Final = 320  # characters an address may have (RFC 3696: 64 before the @, 255 after it)
_RUN: Final = re.compile(r"[a-z0-9]+")
# What stands before an address is no part of it, or an escape of which the last character is a letter or digit: \n, %3C, \u003c, &lt;
_BEFORE: Final = r"(?:(?<!\w)(?<!\w[.+'-])|(?<=\\[nrtbf])|(?<=%[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
# Bounces come back to addresses that hold the recipient's: bounces+jan=x.nl@list.example, bounces-7-jan=x.nl@list.example
_BEFORE_RETURN: Final = r"(?<![\w.'])"
_AFTER: Final = r"(?!\w|[.-]\w)"


class Person:
    """The person with this address, in any letter case; sub-addresses (`jan+shop@x.nl`) are addresses of their own.

    Raises `BadAddressError`.
    """

    def __init__(self, address: str) -> None:
        self.address: Final = address.strip().removeprefix("<").removesuffix(">").lower()
        local, at, domain = self.address.rpartition("@")
        if not (local and at and domain) or len(self.address) > _MAX or any(c.isspace() or not c.isprintable() for c in self.address):
            raise BadAddressError(f"{address!r} is not an address. Name one in full, such as jan@customer.example.")
        before, after = "".join(map(_ways, local)), "".join(map(_ways, domain)) + _AFTER
        plain, returned = f"{_BEFORE}{before}(?:{_ways('@')}|=40){after}", f"{_BEFORE_RETURN}{before}={after}"
        self._pattern: Final = re.compile(f"{plain}|{returned}", re.IGNORECASE)
        # Most texts are passed over by a look for the longest part that is always written alike.
        self._run: Final = max(_RUN.findall(self.address), key=len, default="")

    def stands_in(self, text: str | None) -> bool:
        """Whether the address is written in a text, as mail, JSON, links or bounces write it."""
        return text is not None and self._run in text.lower() and self._pattern.search(text) is not None

    def without(self, text: str) -> str:
        """The text with `ERASED` wherever the address stands."""
        return self._pattern.sub(ERASED, text) if self.stands_in(text) else text

    def judge(self, event: Event) -> Verdict | None:
        """What is to become of an event, counted under the first of `PARTIES` that it is, or `TEXT`."""
        for name in PARTIES:
            if self.stands_in(getattr(event, name)):
                return Verdict(None, name)
        changed = {name: new for name in _TEXTS if (value := getattr(event, name)) and (new := self._taken_out(value)) != value}
        return Verdict(msgspec.structs.replace(event, **changed), TEXT) if changed else None

    def _taken_out(self, value: str | Iterable[str]) -> Any:  # noqa: ANN401 - of the value's own type
        return self.without(value) if isinstance(value, str) else tuple(map(self.without, value))


def _ways(character: str) -> str:
    """A pattern for a character as it is and as links, JSON and HTML may write it."""
    if character.isascii() and character.isalnum():
        return character
    octets = "".join(f"%{octet:02x}" for octet in character.encode())
    units = struct.unpack(f">{len(character.encode('utf-16-be')) // 2}H", character.encode("utf-16-be"))
    escaped = "".join(rf"\\+u{unit:04x}" for unit in units)  # JSON within JSON has more than one backslash
    return f"(?:{'|'.join((*map(re.escape, (character, octets, f'&#{ord(character)};')), escaped))})"


_TEXTS: Final = tuple(
    name
    for name in Event.__struct_fields__
    if name not in {*PARTIES, "timestamp", "sender_domain", "recipient_domain", "recipient_certain", "smtp_code", "expired", "delay"}
)
