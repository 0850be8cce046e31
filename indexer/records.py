"""What travels between reading, the formats and the pipeline: blocks of bytes in, events and rejected records out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from store.erasure import Person
from store.event import Event


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole records of one source.

    `line` (1-based) and `offset` (bytes, after decompression) are where `data` begins; `modified` is the source's own date in seconds
    since 1970 (now for a stream), from which a log without years takes its year.
    """

    source: str
    data: bytes
    line: int
    offset: int
    modified: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read: why, and where it stands, so that it can be mended and fed in again."""

    source: str
    line: int
    offset: int
    reason: str
    record: bytes


@dataclass(slots=True)
class Parsed:
    """What one block gave.

    `read` counts records (lines of a log); `state` is what the format's joiner needs from this block, if anything.
    """

    events: list[Event] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    read: int = 0
    state: Any = None


class Joiner(Protocol):
    """Puts blocks together, in their order, where one message spans several; runs in one process."""

    @property
    def again(self) -> int:
        """How many of the events given out so far had been given out before, and came again to be completed."""
        ...

    def add(self, parsed: Parsed) -> Iterable[Event]:
        """The events that are now whole, those of earlier blocks that this one completes among them."""
        ...

    def close(self) -> Iterable[Event]:
        """What is left when there is no more input."""
        ...


class Format(Protocol):
    """One kind of record. Instances are small, immutable and picklable: `parse` runs in worker processes."""

    @property
    def name(self) -> str:
        """What people call it, as in `--format`."""
        ...

    def recognises(self, sample: bytes) -> bool:
        """Whether this content (the first 64 KiB or less of a source) is of this format."""
        ...

    def cut(self, data: bytes) -> int:
        """How many leading bytes of `data` are whole records; 0 where not even one is whole yet."""
        ...

    def parse(self, block: Block) -> Parsed:
        """Read a block. Never raises for bad content: that becomes `rejected`.

        Every event is within `indexer.bounds`, since only the format knows which of its texts need no look; a test holds all formats to it.
        """
        ...

    def joiner(self) -> Joiner:
        """A fresh joiner for one run over any number of sources."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A joiner that goes on in a later run where it ended: what one file begins, a file of the next day may end."""

    def memory(self) -> bytes:
        """All it knows, of bounded size."""
        ...

    def remember(self, memory: bytes) -> None:
        """Take in what `memory` gave in an earlier run, before anything is added; raises `ValueError` where it is not that."""
        ...

    def erase(self, person: Person) -> int:
        """Forget what is known of a person; of how many messages something was."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A format whose sources depend on each other's order: logs that were rotated."""

    def started(self, sample: bytes, modified: float) -> int | None:
        """When the first record of a source was written, in ms since 1970 UTC, by its first 64 KiB; None where they do not say.

        `modified` as in `Block`.
        """
        ...
