"""Puts the blocks of one or more logs together: a message may begin in one block, wait in several and end in another."""

from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Final, TypeVar

import msgspec

from indexer.formats.postfix.delivery import Stamp, expired
from indexer.formats.postfix.messages import Link, Part, Start, State, mark_hop, tell
from indexer.formats.postfix.tls import carry, used
from indexer.records import Parsed
from store.event import Event

_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")
# The queue life time is 5 days unless set otherwise (postconf(5), maximal_queue_lifetime); mail on hold may stay longer.
LIFETIME: Final = 10 * 86_400_000
MAX_MESSAGES: Final = 50_000
MAX_OWN: Final = 1_000  # events of one message that are kept to be completed


class _Known:
    """A message that is, or lately was, in the queue, over all blocks: as `Part`, with the events themselves."""

    __slots__ = (*(name for name in Part.__struct_fields__ if name != "closed"), "published", "source")

    def __init__(self, part: Part, source: str, events: list[Event]) -> None:
        self.source: Final = source
        self.published = False
        self.key: Final = part.key
        self.start = part.start
        self.first, self.last = part.first, part.last
        self.sender, self.message_id, self.subject = part.sender, part.message_id, part.subject
        self.running = part.running
        self.own = [events[place] for place in part.own]
        self.deferred = {recipient: events[place] for recipient, place in part.deferred.items()}
        self.decided = set(part.decided)
        self.expiry = part.expiry

    @property
    def lacking(self) -> bool:
        """Whether a fact that events carry is not known yet."""
        return self.sender is None or self.message_id is None

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
        return self.own


def _joined(older: _Known, newer: _Known) -> tuple[list[Event], list[Event]]:
    """Let `newer` go on where `older` ends; returns the events this changes, save those of a block not given out yet, and the new ones."""
    given = newer.told(older.sender, older.message_id, older.subject)
    given = given + older.told(
        newer.sender if older.sender is None else None,
        newer.message_id if older.message_id is None else None,
        None,
    )
    newer.sender = newer.sender if older.sender is None else older.sender
    newer.message_id = newer.message_id if older.message_id is None else older.message_id
    newer.subject = newer.subject if older.subject is None else older.subject
    late = _expired(older, newer)
    newer.deferred = _still_deferred(older, newer) | newer.deferred
    newer.decided |= older.decided
    newer.expiry = older.expiry or newer.expiry
    newer.own = (older.own + newer.own + late)[:MAX_OWN] if newer.lacking else []
    newer.start, newer.first = older.start, older.first
    newer.running = newer.running or older.running
    return given, late


def _expired(older: _Known, newer: _Known) -> list[Event]:
    """The bounces of recipients that the newer part's expiry is about and only the older part names."""
    expiry = newer.expiry
    if expiry is None:
        return []
    stamp = Stamp(expiry.time, newer.key.partition(b" ")[0].decode("utf-8", "replace"), expiry.pid, expiry.raw)
    late = [expired(event, expiry.text, stamp) for recipient, event in older.deferred.items() if recipient not in expiry.decided]
    for event in late:
        tell(event, newer.sender, newer.message_id)
    return late


def _still_deferred(older: _Known, newer: _Known) -> dict[str, Event]:
    """The older part's recipients that wait still."""
    if newer.expiry is not None:
        return {}
    return {recipient: event for recipient, event in older.deferred.items() if recipient not in newer.decided}


class PostfixJoiner:
    """The messages in the queue over all blocks; at most `MAX_MESSAGES` of them, none older than `LIFETIME`."""

    def __init__(self) -> None:
        self.again = 0
        self._open: dict[bytes, _Known] = {}  # in the order of their last change
        self._lacking: dict[bytes, _Known] = {}  # out of the queue, their beginning not seen: it may be in a file still to come
        self._closed: dict[bytes, None] = {}
        self._links: dict[str, Link] = {}

    def add(self, parsed: Parsed) -> Iterable[Event]:
        """The events of a block, completed with what earlier blocks knew, and those of earlier blocks that it completes."""
        state: State = parsed.state
        events = parsed.events
        self._mark(state, events)
        again: list[Event] = []
        fresh = [_Known(part, state.source, events) for part in state.parts]
        begun = [known for known in fresh if known.start is Start.NEW]
        for known, part in zip(fresh, state.parts, strict=True):
            if part.start is not Start.NEW:
                again += self._continue(known, closed=part.closed)
        for key in state.closed:
            self._let_go(key)
        for known in begun:
            again += self._begin(known)
        for known in fresh:
            known.published = True
        carry(self._links, state.links)
        self._forget(fresh[-1].last if fresh else 0)
        return events + again if again else events

    def close(self) -> Iterable[Event]:
        """Nothing: every event was given out when its line was read."""
        return ()

    def _mark(self, state: State, events: list[Event]) -> None:
        """What only earlier blocks can tell of a delivery: that it is a hop, and its TLS version."""
        for place, key in state.hops:
            if key in self._open or key in self._closed:
                mark_hop(events[place])
        for wanted in state.wanted:
            link = self._links.get(wanted.process)
            if link is not None and (version := used(link, wanted.relay, wanted.queue_id)):
                msgspec.structs.force_setattr(events[wanted.place], "tls", version)

    def _continue(self, known: _Known, *, closed: bool) -> list[Event]:
        """A part that may go on with a message of an earlier block."""
        older = self._open.pop(known.key, None)
        again: list[Event] = []
        if older is not None and _precedes(known, older):
            again = self._join(known, older)
            self._open[known.key] = older
            return again
        if older is not None and not (known.start is Start.INTAKE and older.running) and _near(older, known):
            again = self._join(older, known)
        if closed:
            self._keep_lacking(known)
        else:
            self._open[known.key] = known
        return again

    def _begin(self, known: _Known) -> list[Event]:
        """A part with the message's beginning: what another file told of its end may have been read before."""
        later = self._open.pop(known.key, None) or self._lacking.pop(known.key, None)
        if later is not None and _precedes(known, later):
            again = self._join(known, later)
            self._open[known.key] = later
            return again
        self._open[known.key] = known
        return []

    def _join(self, older: _Known, newer: _Known) -> list[Event]:
        """Two parts of one message; returns the events this gives."""
        completed, late = _joined(older, newer)
        self.again += len(completed)
        return completed + late

    def _let_go(self, key: bytes) -> None:
        """An id that a block saw removed."""
        known = self._open.pop(key, None)
        if known is not None:
            self._keep_lacking(known)
        self._closed[key] = None

    def _keep_lacking(self, known: _Known) -> None:
        if known.lacking and known.own and known.start is not Start.NEW:
            self._lacking[known.key] = known

    def _forget(self, now: int) -> None:
        """Keep memory flat."""
        surplus = len(self._open) - MAX_MESSAGES
        rest = enumerate(self._open.items())
        for key in [key for _, (key, _) in takewhile(lambda each: each[0] < surplus or each[1][1].last < now - LIFETIME, rest)]:
            del self._open[key]
        _cap(self._lacking)
        _cap(self._closed)
        _cap(self._links)


def _precedes(part: _Known, known: _Known) -> bool:
    """Whether a part that was read later, from another file, is of an earlier time and so the beginning of what is known."""
    return part.source != known.source and known.start is not Start.NEW and part.last <= known.first <= part.last + LIFETIME


def _near(older: _Known, newer: _Known) -> bool:
    """Whether the two can be one message: within a file always, across files if the times allow."""
    return older.source == newer.source or -LIFETIME <= newer.first - older.last <= LIFETIME


def _cap(kept: dict[_Key, _Kept]) -> None:
    """Let the oldest go; in one pass, since the search for a first key passes the places of all that were deleted before it."""
    for key in list(islice(kept, max(0, len(kept) - MAX_MESSAGES))):
        del kept[key]
