"""The one table of an event's fields: validation, search, columns, CSV and help are made from it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """How a field is compared and searched."""

    TIME = "time"  # integer milliseconds since 1970 UTC
    EXACT = "exact"  # the whole value, in any letter case
    ADDRESS = "address"  # the whole value in any case; also found by its words
    TEXT = "text"  # by its words
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    IP = "ip"  # an IPv4 or IPv6 address; the whole value or a network
    STORED = "stored"  # kept, never searched


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the event.

    `searched`: a word typed without a field looks here too. `facet`: its values are few enough to count and suggest.
    `aliases`: other names people may type before the colon. `help`: one sentence for the help page and suggestions.
    """

    name: str
    kind: Kind
    label: str
    help: str
    searched: bool = False
    facet: bool = False
    many: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def sortable(self) -> bool:
        """Whether the list can be ordered by this field."""
        return self.kind is not Kind.STORED and not self.many


FIELDS: Final[tuple[Field, ...]] = (
    Field("id", Kind.EXACT, "Id", "The event's own id, as in its permanent link."),
    Field("timestamp", Kind.TIME, "Time", "When it happened: a day, a month, or a range.", aliases=("time", "date")),
    Field(
        "type", Kind.EXACT, "Event", "What happened: delivery, bounce, deferral, reject, …", searched=True, facet=True, aliases=("event",)
    ),
    Field("source", Kind.EXACT, "Source", "Where the record came from: ses, postfix, ndjson.", facet=True),
    Field(
        "sender",
        Kind.ADDRESS,
        "Sender",
        "The envelope sender: an address, its domain, or the part before the @.",
        searched=True,
        aliases=("from",),
    ),
    Field("sender_domain", Kind.EXACT, "Sender domain", "The part of the sender after the @.", facet=True),
    Field(
        "recipient",
        Kind.ADDRESS,
        "Recipient",
        "The recipient: an address, its domain, or the part before the @.",
        searched=True,
        aliases=("to",),
    ),
    Field("recipient_domain", Kind.EXACT, "Recipient domain", "The part of the recipient after the @.", searched=True, facet=True),
    Field("original_recipient", Kind.ADDRESS, "Original recipient", "The address before aliases were followed."),
    Field("recipient_certain", Kind.FLAG, "Recipient certain", "false where a complaint or an open names several recipients."),
    Field("subject", Kind.TEXT, "Subject", "The words of the subject.", searched=True),
    Field("message_id", Kind.EXACT, "Message-ID", "The Message-ID, with or without its angle brackets.", searched=True, aliases=("msgid",)),
    Field("queue_id", Kind.EXACT, "Queue id", "The id at the sending server.", searched=True),
    Field("mx", Kind.EXACT, "Server", "The server that answered.", searched=True, facet=True, aliases=("server", "relay")),
    Field(
        "remote_ip",
        Kind.IP,
        "Server address",
        "The address of that server, or a network such as 192.0.2.0/24.",
        searched=True,
        aliases=("ip",),
    ),
    Field("reporting_mta", Kind.EXACT, "Reported by", "The host that reports.", facet=True),
    Field(
        "smtp_code",
        Kind.INTEGER,
        "SMTP code",
        "The three-digit answer: 550, 5xx, or a range.",
        searched=True,
        facet=True,
        aliases=("code",),
    ),
    Field(
        "status",
        Kind.EXACT,
        "Status",
        "The enhanced status code: 5.1.1; 5 or 5.1 for a class. Ranges go by letters: 5.1.10 before 5.1.2.",
        searched=True,
        facet=True,
    ),
    Field("smtp_command", Kind.EXACT, "SMTP command", "The command that was answered: RCPT TO, end of DATA.", facet=True),
    Field("diagnostic", Kind.TEXT, "Answer", "The words of what the other server said.", searched=True),
    Field("reason", Kind.EXACT, "Reason", "Why, in one class: unknown_user, mailbox_full, …", searched=True, facet=True),
    Field("permanence", Kind.EXACT, "Permanence", "permanent, temporary or unknown.", facet=True),
    Field("expired", Kind.FLAG, "Expired", "true where the queue life time ran out."),
    Field("delay", Kind.NUMBER, "Delay", "Seconds from acceptance to this event."),
    Field("tls", Kind.EXACT, "TLS", "The level or version of the connection.", facet=True),
    Field("tags", Kind.EXACT, "Tags", "Labels the sender gave the message.", facet=True, many=True, aliases=("tag",)),
    Field("raw", Kind.STORED, "Original record", "The record as it was read."),
)

BY_NAME: Final[dict[str, Field]] = {field.name: field for field in FIELDS}


def named(name: str) -> Field | None:
    """The field people mean by `name` (its name or an alias, in any case), or None."""
    return _BY_ANY_NAME.get(name.lower())


_BY_ANY_NAME: Final[dict[str, Field]] = BY_NAME | {alias: field for field in FIELDS for alias in field.aliases}
