"""The state machine: the lines of one block, in order, to events, by host and queue id."""

from typing import Final

import msgspec

from indexer.formats.postfix.clock import Clock
from indexer.formats.postfix.delivery import Stamp, expired, read_delivery
from indexer.formats.postfix.messages import Expiry, Message, Part, Start, State, Written, mark_hop, tell
from indexer.formats.postfix.rejects import NO_QUEUE, read_reject
from indexer.formats.postfix.tls import Links
from store.event import Event


class Queue:
    """The messages of one block. `events` grows by one for each delivery, each reject, and each recipient that expires."""

    def __init__(self, clock: Clock) -> None:
        self.events: list[Event] = []
        self._clock: Final = clock
        self._open: dict[bytes, Message] = {}
        self._ended: list[tuple[bytes, Message]] = []  # not NEW, so an earlier block may know more
        self._closed: dict[bytes, None] = {}  # in order
        self._hops: list[tuple[int, bytes]] = []
        self._links: Final = Links()

    def accepted(self, key: bytes, written: Written) -> None:
        """smtpd(8) or pickup(8) gives a message this id."""
        if key in self._open:
            self._end(key)
        self._open[key] = Message(Start.NEW, written)

    def taken_in(self, key: bytes, written: Written) -> Message:
        """The message that cleanup(8) is at; a new one where the id's last message is already in the queue."""
        message = self._open.get(key)
        if message is not None and not message.running:
            message.last = written
            return message
        if message is not None:
            self._end(key)
        message = self._open[key] = Message(Start.NEW if key in self._closed else Start.INTAKE, written)
        return message

    def running(self, key: bytes, written: Written) -> Message:
        """The message in the queue that a line of qmgr(8) or of a delivery agent is about."""
        message = self._open.get(key)
        if message is None:
            message = self._open[key] = Message(Start.NEW if key in self._closed else Start.MIDDLE, written, running=True)
        message.running = True
        message.last = written
        return message

    def removed(self, key: bytes) -> None:
        """The message leaves the queue."""
        self._end(key)

    def sent_by(self, message: Message, sender: str | None, domain: str | None) -> None:
        """The sender and its domain, of a message that has none yet; events that came before are completed."""
        message.sender, message.domain = sender, domain
        self._complete(message, sender, None)

    def identified(self, message: Message, message_id: str | None) -> None:
        """The Message-ID, of a message that has none yet; likewise."""
        message.message_id = message_id
        self._complete(message, None, message_id)

    def titled(self, message: Message, subject: str | None) -> None:
        """The subject, from a line of a header check that logs it."""
        if message.subject is None:
            message.subject = subject

    def delivery(self, key: bytes, written: Written, stamp: Stamp, queue_id: str, text: str) -> None:
        """A line `to=<...>... status=...`. Raises `UnreadableError`."""
        message = self.running(key, written)
        told = read_delivery(text, queue_id, stamp, message)
        if told is None:
            return
        event, relay = told.event, told.relay
        place = len(self.events)
        self.events.append(event)
        if event.tls is None and relay[-1:].isdigit():  # host[address]:port
            version = self._links.version(f"{stamp.host} {stamp.pid}", relay, queue_id, place)
            if version:
                msgspec.structs.force_setattr(event, "tls", version)
        if told.next_id is not None:
            self._goes_on(place, key[: key.index(b" ") + 1] + told.next_id.encode())
        self._outcome(message, event, place)

    def reject(self, key: bytes, written: Written, stamp: Stamp, queue_id: str, text: str) -> None:
        """A line `reject: ...`. Raises `UnreadableError`."""
        if queue_id == NO_QUEUE:
            self.events.append(read_reject(text, queue_id, stamp, None))
            return
        message = self.taken_in(key, written)
        event = read_reject(text, queue_id, stamp, message.message_id)
        if message.start is not Start.NEW or message.lacking:
            message.own.append(len(self.events))
        self.events.append(event)

    def expiry(self, key: bytes, written: Written, stamp: Stamp, text: str) -> None:
        """A line `from=<...>, status=expired, ...`: the message bounces for each recipient whose last event was a deferral."""
        message = self.running(key, written)
        for place in list(message.deferred.values()):
            event = expired(self.events[place], text, stamp)
            if message.start is not Start.NEW or message.lacking:
                message.own.append(len(self.events))
            self.events.append(event)
        if message.start is not Start.NEW:
            if message.expiry is None:
                message.expiry = Expiry(text, stamp.time, stamp.pid, stamp.raw, tuple(message.decided))
            message.decided.clear()
        message.deferred.clear()

    def connection(self, process: str, text: str, written: Written) -> None:
        """A line `... TLS connection established to ...` of a process (host and pid)."""
        self._links.made(process, text, written)

    def state(self, source: str, *, begins: bool) -> State:
        """What the joiner needs of this block, at its end; `begins`: it is the first of its source."""
        parts = [self._part(key, message, closed=True) for key, message in self._ended]
        still = [self._part(key, message, closed=False) for key, message in self._open.items()]
        parts += [part for part in still if part.start is not Start.NEW]
        parts += [part for part in still if part.start is Start.NEW]
        given = [_without_instance(key) for key in (*self._open, *self._closed) if key.count(b" ") > 1]
        return State(source, begins, parts, list(self._closed), given, self._hops, self._links.wanted, self._links.left(self._time))

    def _complete(self, message: Message, sender: str | None, message_id: str | None) -> None:
        for place in message.own:
            tell(self.events[place], sender, message_id)
        if message.own and message.start is Start.NEW and not message.lacking:
            message.own.clear()

    def _outcome(self, message: Message, event: Event, place: int) -> None:
        """Note what the event means for the recipient and which facts it lacks."""
        recipient = event.recipient or ""
        if event.type == "deferral":
            message.deferred[recipient] = place
        elif message.deferred:
            message.deferred.pop(recipient, None)
        message.decided[recipient] = place
        if message.start is not Start.NEW or message.lacking:
            message.own.append(place)

    def _goes_on(self, place: int, key: bytes) -> None:
        """The message goes on under another id (`key`: host, space, id): a hop, if this host gave that id out."""
        if key in self._open or key in self._closed:
            mark_hop(self.events[place])
        else:
            self._hops.append((place, key))

    def _end(self, key: bytes) -> None:
        """Nothing more can come of the message under this id."""
        message = self._open.pop(key, None)
        if message is not None and message.start is not Start.NEW:
            self._ended.append((key, message))
        self._closed[key] = None

    def _part(self, key: bytes, message: Message, *, closed: bool) -> Part:
        return Part(
            key,
            message.start,
            self._time(message.first),
            self._time(message.last),
            message.sender,
            message.message_id,
            message.subject,
            message.running,
            closed,
            message.own,
            message.deferred,
            message.decided,
            message.expiry,
        )

    def _time(self, written: Written) -> int:
        """The time of a line in ms since 1970 UTC; 0, older than everything, where the line has none that can be read."""
        try:
            return self._clock.read(written[0], None, written[1])
        except ValueError:
            return 0


def _without_instance(key: bytes) -> bytes:
    """Host and queue id, as other instances on the host hear of it."""
    return key[: key.index(b" ")] + key[key.rindex(b" ") :]
