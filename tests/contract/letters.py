"""The contract's events: four months, every field with equal, missing and odd values, and the plain-Python order they must come in."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cmp_to_key
from ipaddress import IPv6Address, ip_address

from store.event import Event, event_id, milliseconds
from store.events import Sort
from store.fields import BY_NAME, Kind
from store.words import lower

BEGIN = milliseconds(datetime(2024, 9, 29, 22, tzinfo=UTC))
COUNT = 150
STEP = 45 * 60_000 * 18 + 1_237  # about fourteen hours: from the end of September to the end of December

SUBJECTS = (
    "Invoice 2024-11 for café Zoë", "RE: invoice", "re: Invoice", "", None, "{brackets} [and] (more) \"quoted\" 'text'", "日本語 のメール",
    "a*b?c", "  spaces first", "to", "TO", "invoice paid", "the paid invoice", "Afspraak met Élise", "~tilde", "mail jan@one.example now",
)  # fmt: skip
DIAGNOSTICS = (
    None, "550 5.1.1 <piet@gmail.com>: user unknown", "452 4.2.2 mailbox full", "250 2.0.0 OK", "user-unknown in table",
    "550 5.7.1 Message rejected", "said: 550 5.1.1 unknown user", "not here, not there, and so not now",
)  # fmt: skip
SENDERS = ("Jan@One.example", "info@two.example", "jan+shop@one.example", None, "o'brien@three.example", "jan@ONE.example", "<>")
RECIPIENTS = (
    "piet@gmail.com",
    "Piet@Gmail.com",
    "anna.smith@outlook.com",
    "jan@one.example",
    "j_n@x.nl",
    None,
    "smith@sub.gmail.com",
    "anna@x.nl",
)
IPS = ("192.0.2.1", "192.0.2.20", "192.0.2.3", "2001:db8::1", None, "10.0.0.1", "2001:DB8:0:0::1", "203.0.113.9")
DELAYS = (None, 0.0, 0.25, 3.5, 100.0, 1e6, 3.5)
TAGS = ((), ("Welcome",), ("welcome", "batch 7"), ("[odd] tag",))


def letter(number: int) -> Event:
    """One event; the fields repeat with different periods, so that values meet in every way."""
    bounced = number % 5 == 0
    return Event(
        id=event_id("contract", str(number)),
        timestamp=BEGIN + (number - number % 4) * STEP,
        type=("delivery", "bounce", "Deferral", "open")[number % 4],
        source=("ses", "postfix")[number % 2],
        sender=SENDERS[number % len(SENDERS)],
        recipient=RECIPIENTS[number % len(RECIPIENTS)],
        original_recipient=None if number % 3 else f"alias{number % 9}@x.nl",
        recipient_certain=(None, True, False)[number % 3],
        subject=SUBJECTS[number % len(SUBJECTS)],
        message_id=f"{number % 20}.ABC@host{number % 3}.example" if number % 6 else None,
        queue_id=f"4X{number:05X}" if number % 7 else None,
        mx=("mx1.gmail.com", "MX2.gmail.com", "mail.x.nl", None)[number % 4],
        remote_ip=IPS[number % len(IPS)],
        reporting_mta="mta.one.example" if number % 2 else None,
        smtp_code=(250, 550, 452, None)[number % 4],
        status=("2.0.0", "5.1.1", "4.2.2", None, "5.7.1")[number % 5],
        smtp_command=("RCPT TO", "end of DATA", None)[number % 3],
        diagnostic=DIAGNOSTICS[number % len(DIAGNOSTICS)],
        reason="unknown_user" if bounced else None,
        permanence="permanent" if bounced else None,
        expired=(None, False, True)[number % 3],
        delay=DELAYS[number % len(DELAYS)],
        tls=("TLSv1.3", None)[number % 2],
        tags=TAGS[number % len(TAGS)],
        raw=f"line {number}",
    )


LETTERS = tuple(letter(number) for number in range(COUNT))


def sort_key(event: Event, field: str) -> int | float | str | IPv6Address | None:
    """What the contract sorts by: numbers and addresses of machines as such, text in lower case with blanks for white space."""
    value = getattr(event, field)
    if value is None or value == "":
        return value
    match BY_NAME[field].kind:
        case Kind.TIME | Kind.INTEGER | Kind.NUMBER:
            return value
        case Kind.FLAG:
            return "true" if value else "false"
        case Kind.IP:
            address = ip_address(value)
            return IPv6Address(f"::ffff:{address}") if address.version == 4 else IPv6Address(str(address))
        case _:
            return lower("".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in value))


def in_order(events: Iterable[Event], sort: Sort) -> list[Event]:
    """The order of the contract: by value, ties by id in the same direction, and events without a value last either way."""

    def compare(one: Event, other: Event) -> int:
        first, second = (sort_key(one, sort.field), one.id), (sort_key(other, sort.field), other.id)
        if (first[0] is None) != (second[0] is None):
            return 1 if first[0] is None else -1
        if first[0] is None:
            first, second = ("", one.id), ("", other.id)
        return ((first > second) - (first < second)) * (-1 if sort.descending else 1)

    return sorted(events, key=cmp_to_key(compare))
