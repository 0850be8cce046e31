"""How far a move of events is (to another version of the indices, to another engine), and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Size:
    """How large a month is: its events, and the bytes that one copy of it takes."""

    events: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Headway:
    """How far a move is: `done` of `total` events or changes, and the counts so far; `note` is what is being done, in a few words."""

    note: str
    done: int
    total: int
    read: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a move. `seconds` over all attempts, `pause` of those the ones in which no event could be written.

    `stopped` says that it was asked to stop before its end, and that the same can go on from there.
    """

    read: int
    written: int
    rejected: int
    seconds: float
    pause: float = 0.0
    stopped: bool = False


Tell: TypeAlias = Callable[[Headway], None]
Stop: TypeAlias = Callable[[], bool]


class Journal(Protocol):
    """Remembers where a move is, so that it can go on from there after a kill."""

    @property
    def place(self) -> int | None:
        """The time, in ms, up to which everything has been moved; None at the beginning."""
        ...

    def note(self, place: int, headway: Headway) -> None:
        """Everything up to this time has been moved. Kept every few seconds."""
        ...

    def end(self) -> float:
        """All has been moved; the seconds that took over all attempts."""
        ...

    def stop(self) -> float:
        """Stopped before the end; the seconds so far."""
        ...
