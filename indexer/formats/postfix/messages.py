"""What is known of one message in the queue: while its block is read, and as it goes from block to block."""

from enum import IntEnum
from typing import Final, TypeAlias

import msgspec

from store.event import Event, domain_of
from store.outcome import HOP

# Date and zone of a line as they stand there: times are only worked out where they are needed.
Written: TypeAlias = tuple[bytes, bytes | None]


class Start(IntEnum):
    """How a block's part of a message begins, and so whether it continues what an earlier block knew of that queue id."""

    NEW = 0  # the daemon that accepts mail gave the id out, or the id was let go in this block: nothing continues here
    INTAKE = 1  # a line of cleanup(8): continues an id whose message is still being taken in, else it is a new one
    MIDDLE = 2  # a line of the queue manager or later: continues


class Expiry(msgspec.Struct, array_like=True, frozen=True):
    """A line `status=expired` (message text, time in ms, pid, the line as read), and whose outcome the same part told before it."""

    text: str
    time: int
    pid: str
    raw: str
    decided: tuple[str, ...]


class Part(msgspec.Struct, array_like=True):
    """A message (`key`: owner as in `syslog.py`, space, queue id) as one block tells of it; goes from the reading process to the joiner.

    Numbers are places in the block's list of events. `own`: the events that lack a fact; of a part that is not NEW, all. `deferred`:
    recipient to the last event, a deferral. `decided`: recipient to the last event since the expiry, if there was one. `running`: past
    cleanup(8), in the queue. `first` and `last`: times of its first and last line, in ms since 1970 UTC.
    """

    key: bytes
    start: Start
    first: int
    last: int
    sender: str | None
    message_id: str | None
    subject: str | None
    running: bool
    closed: bool
    own: list[int]
    deferred: dict[str, int]
    decided: dict[str, int]
    expiry: Expiry | None


class Message:
    """A message while its block is read; the fields are those of `Part`. The first value of a fact is the one that counts."""

    __slots__ = ("decided", "deferred", "domain", "expiry", "first", "last", "message_id", "own", "running", "sender", "start", "subject")

    def __init__(self, start: Start, written: Written, *, running: bool = False) -> None:
        self.start = start
        self.first: Final = written
        self.last = written
        self.running = running
        self.sender: str | None = None
        self.domain: str | None = None  # the sender's
        self.message_id: str | None = None
        self.subject: str | None = None
        self.own: list[int] = []
        self.deferred: dict[str, int] = {}
        self.decided: dict[str, int] = {}
        self.expiry: Expiry | None = None

    @property
    def lacking(self) -> bool:
        """Whether a fact that events carry is not known yet."""
        return self.sender is None or self.message_id is None


class State(msgspec.Struct, array_like=True):
    """What a block leaves for the joiner.

    `begins`: the block is the first of its source. `parts`: those that are not NEW, in the order they began, then the NEW ones that are
    still in the queue. `closed`: all keys let go in the block. `given`: host and id of all messages of further instances. `hops`: events
    whose message goes on under an id, and host and id. `links`: see `Link`.
    """

    source: str
    begins: bool
    parts: list[Part]
    closed: list[bytes]
    given: list[bytes]
    hops: list[tuple[int, bytes]]
    wanted: list["Wanted"]
    links: dict[str, "Link | None"]


class Link(msgspec.Struct, array_like=True):
    """The TLS connection a process made last: to which relay, of what version, the queue id it carried, if any yet, and when (ms)."""

    relay: str
    version: str
    queue_id: str | None
    time: int = 0


class Wanted(msgspec.Struct, array_like=True):
    """The event at `place` would have the version of the connection that `process` made to `relay` in an earlier block."""

    process: str
    relay: str
    queue_id: str
    place: int


def tell(event: Event, sender: str | None, message_id: str | None, subject: str | None = None) -> None:
    """Set what became known of the message on an event that nobody else has seen yet; None: nothing new.

    A reject has its sender and subject from its own line.
    """
    if message_id:
        msgspec.structs.force_setattr(event, "message_id", message_id)
    if event.type == "reject":
        return
    if sender is not None:
        msgspec.structs.force_setattr(event, "sender", sender)
        msgspec.structs.force_setattr(event, "sender_domain", domain_of(sender))
    if subject is not None:
        msgspec.structs.force_setattr(event, "subject", subject)


def mark_hop(event: Event) -> None:
    """Tag a delivery to this host itself, on an event that nobody else has seen yet.

    Its type stays `delivery`: that a server took the message is what the line says, and the type must not depend on which other lines
    were read before it. `store/outcome.py` ranks what the message met further on above a hop.
    """
    if event.type == "delivery":
        msgspec.structs.force_setattr(event, "tags", (*event.tags, HOP))
