"""The contract of an event engine: what it is asked and what it answers. Both engines keep it; one suite holds them to it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from store.event import Event
from store.fields import BY_NAME
from store.tree import All, Node

MAX_LIMIT: Final = 1000
INTERVALS: Final = ("15m", "1h", "3h", "6h", "12h", "1d", "1w", "1M")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose events may be seen: those whose sender's domain is one of `domains`; None is an operator, who sees all.

    There is no default: every read names its scope. An empty set sees nothing.
    """

    domains: frozenset[str] | None

    @classmethod
    def of(cls, domains: Iterable[str]) -> "Scope":
        """The scope of a customer with these domains."""
        return cls(frozenset(domain.lower() for domain in domains))

    @classmethod
    def operator(cls) -> "Scope":
        """Everything, events whose sender is unknown included."""
        return cls(None)

    def holds(self, event: Event) -> bool:
        """Whether this event may be seen."""
        return self.domains is None or (event.sender_domain is not None and event.sender_domain in self.domains)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: a tree, and a time range in ms since 1970 UTC, `start` included and `end` not; None is open."""

    tree: Node = All()
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """The order: one field, then the engine's fixed order of ids; events without the field come last either way."""

    field: str = "timestamp"
    descending: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not a sortable field: the caller's mistake, not the user's (`app/params.py` checks those)."""
        if self.field not in BY_NAME or not BY_NAME[self.field].sortable:
            raise ValueError(f"{self.field!r} is not a sortable field")

    @property
    def text(self) -> str:
        """`timestamp` or `-timestamp`, as in the URL."""
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows: `limit` (1 to 1,000) of them after the opaque `cursor` of an earlier page with the same sort, or from the start."""

    sort: Sort = Sort()
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """One page. `total` counts all matches; `next` is None on the last page; `partial` says that some part did not answer."""

    events: tuple[Event, ...]
    total: int
    next: str | None
    total_is_exact: bool = True
    partial: bool = False


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a write: `new` ids, `changed` known ones completed with something, and `same`, already there as they are."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: "WriteReport") -> "WriteReport":
        return WriteReport(self.new + other.new, self.changed + other.changed, self.same + other.same)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of a histogram: from `start` up to `end` (ms since 1970 UTC), with a count per event type."""

    start: int
    end: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the engine answers, and what it says of itself in a few words."""

    ok: bool
    detail: str


class EventWriter(Protocol):
    """What takes events: all that an index run needs of an engine."""

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep these events; when it returns they survive a kill -9. The same id again completes the event (`store.event.completed`)."""
        ...


class EventStore(EventWriter, Protocol):
    """An engine that keeps events and finds them again.

    Every method raises `StoreUnavailableError` when the engine is away, and only `store.errors` types otherwise.
    """

    def search(self, query: Query, scope: Scope, page: Page) -> Results:
        """One page of what matches; raises `BadCursorError` for a cursor that is not of this sort."""
        ...

    def get(self, event_id: str, scope: Scope) -> Event:
        """The event with this id; raises `NotFoundError` where there is none in this scope."""
        ...

    def count(self, query: Query, scope: Scope) -> int:
        """How many match, exactly."""
        ...

    def histogram(self, query: Query, scope: Scope, interval: str, zone: str) -> list[Bucket]:
        """Counts per type in buckets of `interval` (one of `INTERVALS`) that start on local boundaries of the time zone `zone`.

        In time order; buckets without events are left out.
        """
        ...

    def top(self, field: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """The most frequent values of an exact, address, ip or integer field with their exact counts; ties in order of value."""
        ...

    def export(self, query: Query, scope: Scope, sort: Sort) -> Iterator[Event]:
        """Every match in order, without a cap and in flat memory."""
        ...

    def delete(self, query: Query, scope: Scope) -> int:
        """Remove what matches, from the disk too; how many they were."""
        ...

    def ping(self) -> Health:
        """Whether the engine answers now."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the store is not used afterwards."""
        ...
