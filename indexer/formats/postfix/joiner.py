"""Puts the blocks of one or more logs together: a message may begin in one block, wait in several and end in another."""

import time
from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Final, NamedTuple, TypeVar

from indexer.formats.postfix.erasing import without
from indexer.formats.postfix.known import LIFETIME, Known, followed, known, merged, same_message
from indexer.formats.postfix.memory import Memory, packed, unpacked
from indexer.formats.postfix.messages import Start, State, mark_hop
from indexer.formats.postfix.tls import Carried
from indexer.records import Parsed
from store.erasure import Person
from store.event import Event

_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")
MAX_MESSAGES: Final = 50_000


class _Sitting(NamedTuple):
    """The reading of one source from its start: its number, and by host the time of the last line read before it (ms since 1970 UTC)."""

    number: int
    latest: dict[bytes, int]


class PostfixJoiner:
    """The messages in the queue over all blocks, and runs; at most `MAX_MESSAGES` of them, none older than `LIFETIME`."""

    def __init__(self) -> None:
        self.again = 0
        self._open: dict[bytes, Known] = {}  # in the order of their last change
        # Out of the queue, their beginning not seen: it may be in a file still to come. Long ids only, for sure of one message.
        self._lacking: dict[bytes, Known] = {}
        self._given_out: dict[bytes, None] = {}  # ids that are a hop's aim, though no longer in the queue
        self._links = Carried()
        self._latest: dict[bytes, int] = {}  # by host: the time of the last line of any message that was carried over
        self._sittings: dict[str, _Sitting] = {}
        self._begun = 0

    def add(self, parsed: Parsed) -> Iterable[Event]:
        """The events of a block, completed with what earlier blocks knew, and those of earlier blocks that it completes."""
        state: State = parsed.state
        events = parsed.events
        sitting = self._sitting(state)
        self._given_out.update(dict.fromkeys(state.given))
        self._mark(state, events)
        fresh = [known(part, events, sitting.number) for part in state.parts]
        for part in fresh:
            part.stale = part.last < sitting.latest.get(_host(part.key), -1)
        again: list[Event] = []
        for part, told in zip(fresh, state.parts, strict=True):
            if told.start is not Start.NEW:
                again += self._take(part, closed=told.closed)
        for key in state.closed:
            self._let_go(key)
        for part, told in zip(fresh, state.parts, strict=True):
            if told.start is Start.NEW:
                again += self._take(part, closed=False)
        for part in fresh:
            part.published = True
            host = _host(part.key)
            self._latest[host] = max(part.last, self._latest.get(host, 0))
        self._links.carry(state.links)
        self._forget(fresh[-1].last if fresh else 0)
        return events + again if again else events

    def close(self) -> Iterable[Event]:
        """The bounces of which not all was known before the last line; every other event was given out when its line was read."""
        return [
            bounce for known in (self._open, self._lacking) for message in known.values() if message.pending for bounce in message.settled()
        ]

    def memory(self) -> bytes:
        """See `indexer.records.Remembering`."""
        since = _past(max(self._latest.values(), default=0)) - LIFETIME
        still = [message for message in self._open.values() if message.last >= since and (message.long or not message.stale)]
        lacking = [message for message in self._lacking.values() if message.last >= since]
        return packed(Memory(still, lacking, list(self._given_out), self._links.links, self._latest))

    def remember(self, memory: bytes) -> None:
        """See `indexer.records.Remembering`."""
        told = unpacked(memory)
        self._open = {message.key: message for message in told.open}
        self._lacking = {message.key: message for message in told.lacking}
        self._given_out = dict.fromkeys(told.given_out)
        self._latest = told.latest
        self._links = Carried(told.links)

    def erase(self, person: Person) -> int:
        """See `indexer.records.Remembering`."""
        found = 0
        for messages in (self._open, self._lacking):
            for key, message in list(messages.items()):
                rest = without(message, person)
                found += rest is not message
                if rest is None:
                    del messages[key]
                else:
                    messages[key] = rest
        return found

    def _sitting(self, state: State) -> _Sitting:
        """The reading of its source that a block belongs to."""
        if state.begins or state.source not in self._sittings:
            self._begun += 1
            self._sittings[state.source] = _Sitting(self._begun, dict(self._latest))
        return self._sittings[state.source]

    def _mark(self, state: State, events: list[Event]) -> None:
        """What only earlier blocks can tell of a delivery: that it is a hop, and its TLS version."""
        for place, key in state.hops:
            if key in self._open or key in self._given_out:
                mark_hop(events[place])
        for wanted in state.wanted:
            self._links.tell(wanted, events[wanted.place])

    def _take(self, part: Known, *, closed: bool) -> list[Event]:
        """A part, which may belong to a message that is known; returns the events this gives."""
        before = self._open.pop(part.key, None)
        if before is None and (lacking := self._lacking.get(part.key)) is not None and lacking.sitting != part.sitting:
            before = self._lacking.pop(part.key)
        completed: list[Event] = []
        late: list[Event] = []
        if before is not None and before.sitting == part.sitting:
            if part.start is Start.MIDDLE or (part.start is Start.INTAKE and not before.running):
                completed, late = followed(before, part)
        elif before is not None and same_message(before, part):
            completed, late = merged(before, part)
        if closed:
            self._keep_lacking(part)
        else:
            self._open[part.key] = part
        self.again += len(completed)
        return completed + late

    def _let_go(self, key: bytes) -> None:
        """An id that a block saw removed."""
        message = self._open.pop(key, None)
        if message is not None:
            self._keep_lacking(message)
        self._given_out[key] = None

    def _keep_lacking(self, message: Known) -> None:
        if message.long and message.start is not Start.NEW and (message.expiry or (message.lacking and message.own)):
            self._lacking[message.key] = message

    def _forget(self, now: int) -> None:
        """Keep memory flat."""
        surplus, since = len(self._open) - MAX_MESSAGES, _past(now) - LIFETIME
        rest = enumerate(self._open.items())
        for key in [key for _, (key, _) in takewhile(lambda each: each[0] < surplus or each[1][1].last < since, rest)]:
            del self._open[key]
        _cap(self._lacking)
        _cap(self._given_out)
        _cap(self._links.links)
        _cap(self._latest)


def _host(key: bytes) -> bytes:
    return key[: key.index(b" ")]


def _past(moment: int) -> int:
    """A moment (ms since 1970 UTC), or now: a host whose clock is ahead must not make all others' mail look old."""
    return min(moment, time.time_ns() // 1_000_000)


def _cap(kept: dict[_Key, _Kept]) -> None:
    """Let the oldest go; in one pass, since the search for a first key passes the places of all that were deleted before it."""
    for key in list(islice(kept, max(0, len(kept) - MAX_MESSAGES))):
        del kept[key]
