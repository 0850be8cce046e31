"""What accounts cost an index run: the same run with accounts and without, in turn, in time and in work of the processors.

`scripts/bench accounts_indexing`. SES records into the embedded engine, accounts in an embedded Redis that puts all on disk before it
answers; nearly every record is mail to a new address, which is the worst there is for accounts. With `known` as its argument: to addresses
that had mail before.

Whole runs differ by several percent with nothing changed, so this prints three things: the median of the pairs with its interval, the
fastest with accounts beside the fastest without (what disturbs a run only ever makes it slower), and what was spent on accounts itself, by
the thread that tells them and by Redis, as a share of all the work of a run, with how long the writer waits for that thread.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from ses import records

from indexer.pipeline import run
from indexer.recipients import Recipients
from store.accounts import DEFAULT, Accounts, Sighting
from store.embedded import EmbeddedStore
from store.event import Event
from store.events import EventWriter, Scope, WriteReport

EVENTS = 30_000
ROUNDS = 10
TARGET = 10  # percent
BEFORE = 1_600_000_000_000  # ms
SCOPE = Scope.operator(DEFAULT)


class Without:
    """Accounts that nobody tells of anything."""

    def seen(self, sightings: object, scope: Scope) -> int:  # noqa: ARG002 - as accounts have it
        """Nothing."""
        return 0


class TimedStore:
    """A store, with the seconds on the clock that writing to it takes."""

    concurrent_writes = 1

    def __init__(self, store: EventWriter) -> None:
        self._store = store
        self.spent = 0.0

    def write(self, events: Sequence[Event]) -> WriteReport:
        """As the store has it."""
        began = time.perf_counter()
        report = self._store.write(events)
        self.spent += time.perf_counter() - began
        return report


class Timed:
    """Accounts, with the seconds of a processor that telling them takes here."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.spent = 0.0

    def seen(self, sightings: Iterable[Sighting], scope: Scope) -> int:
        """As accounts have it."""
        began = time.thread_time()
        found = self._accounts.seen(sightings, scope)
        self.spent += time.thread_time() - began
        return found


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, of processors in all, of processors for accounts alone, and on the clock beside writes."""

    wall: float
    work: float
    accounts: float
    waited: float


def busy() -> float:
    """Seconds of processors this process has taken, with the children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def served(accounts: Accounts) -> float:
    """Seconds of processors its Redis has taken."""
    said = accounts._client.info("cpu")  # noqa: SLF001 - the bench asks Redis itself
    return float(said["used_cpu_user"]) + float(said["used_cpu_sys"])


def indexed(log: Path, folder: Path, *, told: bool, known: Sequence[Sighting]) -> Cost:
    """A run into an empty folder, in which accounts know some mail already."""
    folder.mkdir()
    store, accounts = EmbeddedStore(folder / "events"), Accounts(folder / "accounts")
    accounts.seen(known, SCOPE)
    accounts.ping()
    noting = Timed(accounts) if told else Without()
    before, work, began = served(accounts), busy(), time.perf_counter()
    inner = TimedStore(store)
    recipients = Recipients(inner, noting, SCOPE, folder, ahead=1)
    outer = TimedStore(recipients)
    run([log], outer)
    closing = time.perf_counter()
    recipients.close()
    waited = outer.spent - inner.spent + time.perf_counter() - closing
    wall, redis = time.perf_counter() - began, served(accounts) - before
    cost = Cost(wall, busy() - work + redis, redis + noting.spent if isinstance(noting, Timed) else 0, waited)
    accounts.close()
    store.close()
    shutil.rmtree(folder)
    return cost


def pairs(log: Path, folder: Path, known: Sequence[Sighting]) -> Iterator[tuple[Cost, Cost]]:
    """The same run with accounts and without; which of both comes first alternates."""
    for turn in range(ROUNDS):
        order = (True, False) if turn % 2 else (False, True)
        costs = {told: indexed(log, folder / str(told), told=told, known=known) for told in order}
        yield costs[True], costs[False]


def interval(shares: Sequence[float]) -> str:
    """The median of 10 shares, with the two between which it truly lies in 98 of 100 such series (the second from each end: sign test)."""
    ordered = sorted(shares)
    return f"{statistics.median(shares):+.1%} ({ordered[1]:+.1%} to {ordered[-2]:+.1%})"


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        made = list(records(EVENTS))
        log = Path(folder) / "ses.json"
        log.write_text("".join(json.dumps(record) + "\n" for record in made))
        known = [Sighting(record["mail"]["destination"][0], BEFORE) for record in made] if "known" in arguments else []
        both = list(pairs(log, Path(folder), known))
    for name in ("wall", "work"):
        told, alone = ([getattr(cost, name) for cost in side] for side in zip(*both, strict=True))
        pairwise = interval([one / other - 1 for one, other in zip(told, alone, strict=True)])
        print(
            f"{name}: {pairwise} with accounts; the fastest {min(told):.2f} s beside {min(alone):.2f} s, {min(told) / min(alone) - 1:+.1%}"
        )
    share = [cost.accounts / (cost.work - cost.accounts) for cost, _ in both]
    waited = [cost.waited / cost.wall for cost, _ in both]
    each = statistics.median(cost.accounts for cost, _ in both) / EVENTS
    print(
        f"accounts alone take {interval(share)} of the work of a run of {EVENTS:,} records, {1e6 * each:.1f} us each (at most +{TARGET}%)"
    )
    print(f"the writer waits for them {interval(waited)} of the time of a run")


if __name__ == "__main__":
    main(sys.argv[1:])
