"""The TLS version of a delivery, from the line its process wrote when it made the connection (Postfix before 3.11 says it nowhere else)."""

import re
from typing import Final

from indexer.formats.postfix.messages import Link, Wanted

_LINK: Final = re.compile(r"TLS connection (?:established|reused) to (\S+?): (TLSv[\d.]{1,8}|SSLv\d) ")
_CARRIED: Final = ""  # the relay of a link that an earlier block may know


class Links:
    """The connections of one block's processes: a TLS line counts for the deliveries of the one message that comes next."""

    def __init__(self) -> None:
        self.known: dict[str, Link | None] = {}
        self.wanted: list[Wanted] = []

    def made(self, process: str, text: str) -> None:
        """A process (host and pid) says `... TLS connection established to relay: TLSv1.3 with cipher ...`."""
        if found := _LINK.search(text):
            self.known[process] = Link(found[1], found[2], None)

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


def carry(links: dict[str, Link], left: dict[str, Link | None]) -> None:
    """Bring what is known across blocks up to date with what a block leaves."""
    for process, link in left.items():
        if link is None:
            links.pop(process, None)
        elif link.relay != _CARRIED:
            links[process] = link
        elif (known := links.get(process)) and known.queue_id != link.queue_id:
            del links[process]
