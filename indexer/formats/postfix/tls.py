"""The TLS version of a delivery, from the line its process wrote when it made the connection (Postfix before 3.11 says it nowhere else)."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from indexer.formats.postfix.messages import Link, Wanted, Written
from store.event import Event

_LINK: Final = re.compile(r"TLS connection (?:established|reused) to (\S+?): (TLSv[\d.]{1,8}|SSLv\d) ")
_CARRIED: Final = ""  # the relay of a link that an earlier block may know
# How long after its connection an earlier run's process may deliver: smtp(8) goes after max_idle (100 s), and pids are used again.
_RECENT: Final = 300_000


class Links:
    """The connections of one block's processes: a TLS line counts for the deliveries of the one message that comes next."""

    def __init__(self) -> None:
        self.known: dict[str, Link | None] = {}
        self.wanted: list[Wanted] = []
        self._written: dict[str, Written] = {}

    def made(self, process: str, text: str, written: Written) -> None:
        """A process (host and pid) says `... TLS connection established to relay: TLSv1.3 with cipher ...`."""
        if found := _LINK.search(text):
            self.known[process] = Link(found[1], found[2], None)
            self._written[process] = written

    def left(self, time: Callable[[Written], int]) -> dict[str, Link | None]:
        """What the block leaves by process, dated; `time` reads the times of lines."""
        for process, written in self._written.items():
            if link := self.known[process]:
                link.time = time(written)
        return self.known

    def version(self, process: str, relay: str, queue_id: str, place: int) -> str | None:
        """The version for the delivery of `queue_id` by this process; `place` is its event's, should an earlier block know more."""
        link = self.known.get(process, _UNKNOWN)
        if link is None:
            return None
        if link is _UNKNOWN:
            link = self.known[process] = Link(_CARRIED, "", queue_id)
        version = used(link, relay, queue_id)
        if link.queue_id != queue_id:
            self.known[process] = None
        elif link.relay == _CARRIED:
            self.wanted.append(Wanted(process, relay, queue_id, place))
        return version


_UNKNOWN: Final = Link(_CARRIED, "", None)


def used(link: Link, relay: str, queue_id: str) -> str | None:
    """The version, if this link is to that relay and carried no other message before; takes note of the message."""
    if link.queue_id is None:
        link.queue_id = queue_id
    return link.version if link.queue_id == queue_id and link.relay == relay else None


class Carried:
    """What is known across blocks; `earlier`: across runs, by their times."""

    def __init__(self, earlier: dict[str, Link] | None = None) -> None:
        self.links: dict[str, Link] = {}
        self._earlier = earlier or {}

    def tell(self, wanted: Wanted, event: Event) -> None:
        """Set the version on an event that nobody else has seen yet, if one is known."""
        earlier = self._earlier.get(wanted.process)
        if earlier is not None and wanted.process not in self.links and 0 <= event.timestamp - earlier.time < _RECENT:
            self.links[wanted.process] = self._earlier.pop(wanted.process)
        link = self.links.get(wanted.process)
        if link is not None and (version := used(link, wanted.relay, wanted.queue_id)):
            msgspec.structs.force_setattr(event, "tls", version)

    def carry(self, left: dict[str, Link | None]) -> None:
        """Bring it up to date with what a block leaves."""
        for process, link in left.items():
            self._earlier.pop(process, None)
            if link is None:
                self.links.pop(process, None)
            elif link.relay != _CARRIED:
                self.links[process] = link
            elif (known := self.links.get(process)) and known.queue_id != link.queue_id:
                del self.links[process]
