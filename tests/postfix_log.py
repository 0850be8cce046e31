"""Reads Postfix log lines as a run does, for the tests about them."""

from collections.abc import Iterable

from indexer.formats.postfix import PostfixFormat
from indexer.records import Block, Joiner, Parsed, Rejected
from store.event import Event, completed

MODIFIED = 1_732_500_000.0  # 2024-11-25 02:00 UTC
HEAD = "2024-11-23T11:11:34.500000+00:00 mx1 postfix/smtp[27439]: "


def line(message: str, head: str = HEAD) -> bytes:
    """A log line in ISO form."""
    return f"{head}{message}\n".encode()


def delivery(
    outcome: str, queue_id: str = "4XyZ12abCdz1V0g6", to: str = "jan@example.org", relay: str = "mx.example.org[192.0.2.1]:25"
) -> str:
    """A delivery message; `outcome` begins with the dsn."""
    return f"{queue_id}: to=<{to}>, relay={relay}, delay=0.5, delays=0.1/0/0.2/0.2, dsn={outcome}"


def parse(data: bytes, offset: int = 0, number: int = 1, source: str = "mail.log", zone: str = "UTC") -> Parsed:
    """One block."""
    return PostfixFormat(zone).parse(Block(source, data, number, offset, MODIFIED))


def join(blocks: Iterable[tuple[str, bytes]], joiner: Joiner | None = None) -> dict[str, Event]:
    """The events of blocks of named sources as the store has them in the end: by id, completed by what came later."""
    joiner = joiner or PostfixFormat().joiner()
    kept: dict[str, Event] = {}
    lines: dict[str, int] = {}
    for source, data in blocks:
        number = lines.get(source, 0) + 1
        lines[source] = number + data.count(b"\n") - 1
        for event in joiner.add(parse(data, number=number, source=source)):
            kept[event.id] = completed(kept[event.id], event) if event.id in kept else event
    return kept | {event.id: event for event in joiner.close()}


def events(*lines: str | bytes) -> list[Event]:
    """The events of one block of messages (given an ISO head) or whole lines."""
    return list(join([("mail.log", b"".join(line(each) if isinstance(each, str) else each for each in lines))]).values())


def one(*lines: str | bytes) -> Event:
    """The only event of these."""
    (event,) = events(*lines)
    return event


def rejected(*lines: str | bytes) -> list[Rejected]:
    """What could not be read of these."""
    return parse(b"".join(line(each) if isinstance(each, str) else each for each in lines)).rejected
