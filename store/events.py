"""The contract of an event engine: what it is asked and what it answers. Both engines keep it; one suite holds them to it."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from store.event import Event
from store.fields import BY_NAME
from store.findings import Finding
from store.tree import All, Node

MAX_LIMIT: Final = 1000
INTERVALS: Final = ("15m", "1h", "3h", "6h", "12h", "1d", "1w", "1M", "1y", "10y")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose events may be seen: those whose sender's domain is one of `domains`; None is an operator, who sees all.

    There is no default: every read names its scope. An empty set sees nothing. `customer` is whose accounts may be seen, operators
    included; without one there are none.
    """

    domains: frozenset[str] | None
    customer: str | None = None

    @classmethod
    def of(cls, domains: Iterable[str], customer: str | None = None) -> "Scope":
        """The scope of a customer with these domains."""
        return cls(frozenset(domain.lower() for domain in domains), customer)

    @classmethod
    def operator(cls, customer: str | None = None) -> "Scope":
        """Every event, also those whose sender is unknown."""
        return cls(None, customer)

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
    """One page. `total` counts all matches; `next` is None on the last page.

    `partial` says that some part did not answer: what is shown is right as far as it goes. `missing` names the months it concerns
    (`2024-11`), where they are known.
    """

    events: tuple[Event, ...]
    total: int
    next: str | None
    total_is_exact: bool = True
    partial: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that an engine will not take, and why, in words for a reader."""

    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a write: `new` ids, `changed` known ones completed with something, and `same`, already there as they are.

    `refused` are those that were not kept, because the engine cannot take them as they are.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: tuple[Refused, ...] = ()

    def __add__(self, other: "WriteReport") -> "WriteReport":
        return WriteReport(self.new + other.new, self.changed + other.changed, self.same + other.same, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of an event: `event` in its place, of the same id and time, or nothing where that is None.

    `why` is the word it is counted under.
    """

    event: Event | None
    why: str


# Looks at an event and says what is to become of it; None: it stays as it is. It is asked as often as an engine likes.
Judge: TypeAlias = Callable[[Event], Verdict | None]


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


@dataclass(frozen=True, slots=True)
class Work:
    """Long work on the store that is under way: what it is, as the beginning of a sentence, and that `done` of `total` are done."""

    kind: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        """How much of it is done; 100 only when all is."""
        return 100 * self.done // self.total if self.total else 0


class EventWriter(Protocol):
    """What takes events: all that an index run needs of an engine."""

    @property
    def concurrent_writes(self) -> int:
        """How many writes at once make it quicker: 1 where they would only wait for each other."""
        ...

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

    def values(self, field: str, beginning: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """Frequent values of an exact, address or ip field that begin so (in any case), with exact counts, as `top` orders them.

        For whoever is still typing: quick rather than thorough. Where more than a hundred values begin so it may miss one of the most
        frequent; what it lists is in the events that the query finds, counted right.
        """
        ...

    def export(self, query: Query, scope: Scope, sort: Sort) -> Generator[Event, None, None]:
        """Every match in order, without a cap and in flat memory."""
        ...

    def delete(self, query: Query, scope: Scope) -> int:
        """Remove what matches; how many they were. Its bytes have left the disk after `purge`."""
        ...

    def rewrite(self, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        """Remove or replace what matches, as the judge says of each; how many there were of each `why`. `purge` is as for `delete`."""
        ...

    def purge(self, query: Query) -> None:
        """See that what was deleted or replaced in the query's time range has left the disk; this may take a minute or more.

        Raises `StoreUnavailableError` where it cannot be, with what to do.
        """
        ...

    def check(self) -> Iterator[Finding]:
        """What is well and what is not, with what to do; raises `StoreUnavailableError` where nothing more can be looked at."""
        ...

    def ping(self) -> Health:
        """Whether the engine answers now."""
        ...

    def under_way(self) -> Work | None:
        """The long work that is being done on all events, if any; cheap enough to ask for every page."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the store is not used afterwards."""
        ...
