"""What is known of one message over all blocks and files read so far, and how two parts of it become one."""

from collections.abc import Container, Iterable
from typing import Final

import msgspec

from indexer.formats.postfix.delivery import Stamp, expired
from indexer.formats.postfix.messages import Expiry, Part, Start, tell
from indexer.formats.postfix.syslog import host_name
from store.event import Event

# The queue life time is 5 days unless set otherwise (postconf(5), maximal_queue_lifetime); mail on hold may stay longer.
LIFETIME: Final = 10 * 86_400_000
SOON: Final = 3_600_000  # between two lines of one attempt; each attempt begins with a line that names the sender
MAX_OWN: Final = 1_000  # events of one message that are kept to be completed
REMEMBERED: Final = 0  # the sitting of what an earlier run knew
# Postfix takes an id for a long one if its last z has the seconds and microseconds before it (MQID_FIND_LG_INUM_SEPARATOR)
_LONG_MARK: Final = b"z"
_LONG_BEFORE: Final = 10


class Known(msgspec.Struct, array_like=True):
    """A message that is, or lately was, in the queue: as `Part`, with the events themselves.

    `decided`: recipient to the second of the last event. `pending`: deferrals before the expiry from a file that was read after it, of
    which more may be to come. `sitting`: the reading of one source, from its start, that told of it last. `stale`: told by lines older than
    some that were read before, so it may be over for long although its end was not seen.
    """

    key: bytes
    start: Start
    first: int
    last: int
    sender: str | None
    message_id: str | None
    subject: str | None
    running: bool
    own: list[Event]
    deferred: dict[str, Event]
    decided: dict[str, int]
    expiry: Expiry | None
    pending: dict[str, Event] = msgspec.field(default_factory=dict)
    sitting: int = REMEMBERED
    stale: bool = False
    published: bool = True

    @property
    def lacking(self) -> bool:
        """Whether a fact that events carry is not known yet."""
        return self.sender is None or self.message_id is None

    @property
    def long(self) -> bool:
        """Whether the queue id is one that is never used again (postconf(5), enable_long_queue_ids)."""
        queue_id = self.key[self.key.rfind(b" ") + 1 :]
        return queue_id.rfind(_LONG_MARK) >= _LONG_BEFORE

    def told(self, sender: str | None, message_id: str | None, subject: str | None) -> list[Event]:
        """Complete the events with these facts; returns those that had been given out without them."""
        if sender is None and message_id is None and subject is None:
            return []
        if not self.published:
            for event in self.own:
                tell(event, sender, message_id, subject)
            return []
        again = {event.id: msgspec.structs.replace(event) for event in self.own}
        for event in again.values():
            tell(event, sender, message_id, subject)
        self.own = list(again.values())
        self.deferred = {recipient: again.get(event.id, event) for recipient, event in self.deferred.items()}
        self.pending = {recipient: again.get(event.id, event) for recipient, event in self.pending.items()}
        return self.own

    def settled(self) -> list[Event]:
        """The bounces of what is pending, now that no more is to come."""
        bounces, self.pending = _bounces(self.expiry, self.pending, self), {}
        if bounces and self.expiry:
            self.expiry = _after(self.expiry, (event.recipient or "" for event in bounces))
        return bounces


def known(part: Part, events: list[Event], sitting: int) -> Known:
    """A part with its block's events, which nobody else has seen yet."""
    return Known(
        part.key,
        part.start,
        part.first,
        part.last,
        part.sender,
        part.message_id,
        part.subject,
        part.running,
        [events[place] for place in part.own],
        {recipient: events[place] for recipient, place in part.deferred.items()},
        {recipient: events[place].timestamp // 1000 for recipient, place in part.decided.items()},
        part.expiry,
        sitting=sitting,
        published=False,
    )


def same_message(before: Known, part: Known) -> bool:
    """Whether a part from another source, or from an earlier run, can be of the message that was known before.

    A long queue id is one message's for ever. A short one (the microsecond and the inode) is used again, so it must be the id's tenure
    that says so: nobody else can have it between a message's first line and its end. What a reading of older lines tells is not taken
    for the id's present holder. A log between the two may be missing: after a while only the same sender tells that it is the same mail.
    """
    if part.first > before.last + LIFETIME or part.last < before.first - LIFETIME:
        return False
    if before.long:
        return True
    if before.stale or (part.start is Start.INTAKE and before.running):
        return False
    if part.start is Start.NEW:
        return before.start is Start.NEW and part.first == before.first and _agree(before, part)
    soon = part.first <= before.last + SOON
    return (part.first >= before.last or part.first > before.first) and _agree(before, part) and (soon or before.sender == part.sender)


def _agree(one: Known, other: Known) -> bool:
    pairs = ((one.sender, other.sender), (one.message_id, other.message_id))
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def followed(older: Known, newer: Known) -> tuple[list[Event], list[Event]]:
    """Let `newer`, the next part in the same source, go on where `older` ends: the order of the lines counts, whatever their times.

    Returns the events this changes, save those of a block not given out yet, and the new ones.
    """
    given = _share(older, newer)
    late = _bounces(newer.expiry, older.deferred, newer)
    newer.deferred = ({} if newer.expiry else _undecided(older.deferred, newer.decided)) | newer.deferred
    newer.pending = older.pending | newer.pending
    newer.expiry = older.expiry or (_after(newer.expiry, older.decided) if newer.expiry else None)
    _unite(older, newer, late)
    return given, late


def merged(before: Known, part: Known) -> tuple[list[Event], list[Event]]:
    """Let `part` be all that both know of a message, whichever was written first: the times of the lines count.

    Returns as `followed` does. Whom an expiry that was read before is about is not sure before all of the source is read: see `pending`.
    """
    given = _share(*((before, part) if before.first <= part.first else (part, before)))
    over, late = _until(part.expiry, before.deferred), list[Event]()
    if part.expiry:
        late = _bounces(part.expiry, over, part)
        part.expiry = _after(part.expiry, _before(part.expiry, before.decided))
    pending = _until(before.expiry, part.deferred)
    part.pending = _latest(_waiting(before.pending, part), _undecided(pending, before.expiry.decided if before.expiry else ()))
    part.deferred = _latest(
        _waiting(_undecided(before.deferred, over), part),
        _waiting(_undecided(part.deferred, pending), before),
    )
    part.expiry = before.expiry or part.expiry
    if part.long or part.last < before.last:
        part.sitting = before.sitting  # more of this source may be older than what is known, too
    _unite(before, part, late)
    return given, late


def _share(older: Known, newer: Known) -> list[Event]:
    """Tell each what only the other knows, and both what the older one knew first; returns the events that had been given out."""
    given = newer.told(older.sender, older.message_id, older.subject)
    given = given + older.told(
        newer.sender if older.sender is None else None,
        newer.message_id if older.message_id is None else None,
        None,
    )
    older.sender = newer.sender = newer.sender if older.sender is None else older.sender
    older.message_id = newer.message_id = newer.message_id if older.message_id is None else older.message_id
    older.subject = newer.subject = newer.subject if older.subject is None else older.subject
    return given


def _unite(before: Known, part: Known, late: Iterable[Event]) -> None:
    """What of `part` is the same for lines in order and out of order."""
    later = {name: max(before.decided[name], part.decided[name]) for name in before.decided.keys() & part.decided.keys()}
    part.decided = before.decided | part.decided | later
    own = {event.id: event for event in (*before.own, *part.own, *late)} if part.lacking else {}
    part.own = list(own.values())[:MAX_OWN]
    part.start = min(before.start, part.start)
    part.first, part.last = min(before.first, part.first), max(before.last, part.last)
    part.running = part.running or before.running
    part.stale = part.stale and before.stale


def _bounces(expiry: Expiry | None, waiting: dict[str, Event], message: Known) -> list[Event]:
    """The bounces of recipients that an expiry is about and whose deferral another part told."""
    if expiry is None:
        return []
    stamp = Stamp(expiry.time, host_name(message.key), expiry.pid, expiry.raw)
    late = [expired(event, expiry.text, stamp) for event in _undecided(waiting, expiry.decided).values()]
    for event in late:
        tell(event, message.sender, message.message_id)
    return late


def _after(expiry: Expiry, recipients: Iterable[str]) -> Expiry:
    """An expiry of which it is known what became of these recipients before it."""
    return msgspec.structs.replace(expiry, decided=tuple({*expiry.decided, *recipients}))


def _before(expiry: Expiry, decided: dict[str, int]) -> list[str]:
    """The recipients of whom something was told before an expiry."""
    return [name for name, second in decided.items() if second <= expiry.time // 1000]


def _until(expiry: Expiry | None, deferred: dict[str, Event]) -> dict[str, Event]:
    """The deferrals that an expiry came after."""
    return {} if expiry is None else {name: event for name, event in deferred.items() if event.timestamp // 1000 <= expiry.time // 1000}


def _undecided(deferred: dict[str, Event], decided: Container[str]) -> dict[str, Event]:
    """Without the recipients of whom more is known."""
    return {name: event for name, event in deferred.items() if name not in decided}


def _waiting(deferred: dict[str, Event], other: Known) -> dict[str, Event]:
    """Without the recipients of whom another part tells something later; in one second a deferral comes before what decides."""
    seconds = {name: other.decided.get(name, -1) - (name in other.deferred) for name in deferred}
    return {name: event for name, event in deferred.items() if seconds[name] < event.timestamp // 1000}


def _latest(one: dict[str, Event], other: dict[str, Event]) -> dict[str, Event]:
    """The later deferral of each recipient."""
    both = {name: max(one[name], other[name], key=lambda event: event.timestamp) for name in one.keys() & other.keys()}
    return one | other | both
