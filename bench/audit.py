"""What the audit trail costs: memory of an entry, and the time that its note adds to a request that shows a person's events.

`scripts/bench audit [ENTRIES]`. Requests for the events of persons are timed in turn with and without the note, in one process, each for
another person, so that none is left out as seen within the minute. Prints the ratio of the medians, and what pages of a full trail take.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent))

from inside import OPERATOR
from samples import MAIL

from app import create_app
from app.settings import Settings
from store.customers import Directory, What
from store.customers.audit import Note
from store.customers.trail import Sought
from store.embedded import EmbeddedStore

ENTRIES = 100_000
PEOPLE = 20_000
REQUESTS = 300


def milliseconds(ask: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    ask()
    return (time.perf_counter() - start) * 1000


def requests(store: EmbeddedStore, directory: Directory) -> None:
    """The same request with and without its note."""
    sites = [create_app(Settings(), store, directory=each, identify=lambda: OPERATOR).test_client() for each in (directory, None)]
    times: list[list[float]] = [[], []]
    for number in range(REQUESTS + 20):
        for site, taken in zip(sites, times, strict=True):
            took = milliseconds(lambda site=site, number=number: site.get(f"/api/v1/events?q=to:p{number}@x.nl"))
            if number >= 20:  # the first ones warm up
                taken.append(took)
    noted, plain = map(statistics.median, times)
    print(f"a request for a person's events: {noted:.2f} ms with its note, {plain:.2f} ms without, {noted / plain:.2f} times")


def trail(directory: Directory, entries: int) -> None:
    """A trail of so many entries, and pages of it."""
    chance = random.Random(1)  # noqa: S311 - nothing secret
    audit, client = directory.audit, directory._client  # noqa: SLF001 - what Redis says of its memory
    audit.note("c", "warm@up.example", What.SIGNED_IN)
    before = client.info("memory")["used_memory"]
    start = time.perf_counter()
    for _ in range(0, entries, 500):
        audit.notes(
            [
                Note(
                    "c",
                    f"user{chance.randrange(20)}@shop.example",
                    What.SAW_EVENTS_OF,
                    f"person{chance.randrange(PEOPLE)}@x.example",
                    via="page",
                )
                for _ in range(500)
            ]
        )
    print(f"{entries:,} entries, 500 at once: {entries / (time.perf_counter() - start):,.0f}/s")
    print(f"{(client.info('memory')['used_memory'] - before) / entries:.0f} bytes an entry, about {PEOPLE:,} people")
    for what, sought in (
        ("newest", Sought()),
        ("about one person", Sought(about="person5@x.example")),
        ("by one user", Sought(who="user3@shop.example")),
    ):
        taken = [milliseconds(lambda sought=sought: audit.page("c", sought)) for _ in range(100)]
        print(f"a page of 50, {what}: {statistics.median(taken):.1f} ms")


def main() -> None:
    """Measure."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder) / "events")
        store.write(MAIL)
        with closing(store), closing(Directory(Path(folder) / "redis")) as directory:
            requests(store, directory)
            trail(directory, entries)


if __name__ == "__main__":
    main()
