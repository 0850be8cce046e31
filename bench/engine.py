"""The embedded engine beside a bare tantivy writer fed the same documents, and its pages over a million events.

`scripts/bench engine` runs both; `python bench/engine.py write` only writes beside the bare writer, `build FOLDER [EVENTS]` only makes the
events, `read FOLDER` only reads them. Prints ratios with their spread, and the machine.
"""

import os
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import tantivy

from indexer.batches import SIZE
from store.columns import key_of, sort_value
from store.cursor import Position, written
from store.embedded import EmbeddedStore
from store.embedded.documents import add, document
from store.embedded.schema import SCHEMA
from store.embedded.write import HEAP, THREADS
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort
from store.fields import FIELDS
from store.tree import All, And, Any, Exact, Node, Not, Or, Range, Wildcard, Words

START = 1_729_900_000_000  # 2024-10-25: thirty days from here lie in two months
DAYS = 30
MILLION = 1_000_000
ROUNDS = 3
WRITE_ROUNDS = 5  # after one that warms up
WRITTEN = 120_000  # enough that the engine merges what it has written, as it does in any long run
SAMPLE = 20_000
DEEP_ROUNDS = 15
# Memory, where Linux has some to write to: work is compared, not one disk's syncs, which both wait for after every batch.
MEMORY = Path("/dev/shm")  # noqa: S108 - used through `tempfile`, which makes a folder of its own
SCRATCH = MEMORY if os.access(MEMORY, os.W_OK) else None

_FIRST = ("jan", "piet", "anna", "sara", "tom", "lisa", "noor", "bram", "eva", "daan", "smith", "mila", "finn", "tess", "lars", "julia")
_WORDS = [
    "invoice", "order", "delivery", "appointment", "results", "report", "contract", "meeting", "reminder", "password",
    "statement", "update", "request", "question", "offer", "planning", "agenda", "patient", "file", "document",
    "signature", "reply", "notes", "minutes", "project", "budget", "salary", "holiday", "change", "confirmation",
]  # fmt: skip
_DOMAINS = ("gmail.com", "outlook.com", "hotmail.com", "ziggo.nl", "kpnmail.nl", "icloud.com", "yahoo.com", "xs4all.nl")
_BOUNCES = (
    (550, "5.1.1", "unknown_user", "550 5.1.1 <{to}> User unknown in virtual mailbox table"),
    (552, "5.2.2", "mailbox_full", "552 5.2.2 The email account that you tried to reach is over quota"),
    (554, "5.7.1", "spam_rejected", "554 5.7.1 Message rejected because it looks like spam"),
    (450, "4.2.0", "greylisted", "450 4.2.0 <{to}>: Recipient address rejected: Greylisted, try again later"),
)


def events(count: int, seed: int = 1) -> Iterator[Event]:
    """Made-up events in order of time, with the spread of values that mail has."""
    rng = random.Random(seed)  # noqa: S311 - sample data
    for number in range(count):
        yield _event(rng, number, START + number * (DAYS * 86_400_000 // count) + rng.randrange(500))


def _event(rng: random.Random, number: int, timestamp: int) -> Event:
    domain = rng.choice(_DOMAINS) if rng.random() < 0.6 else f"company{int(rng.paretovariate(0.8)) % 20_000}.example"
    recipient = f"{rng.choice(_FIRST)}.{rng.choice(_FIRST)}{rng.randrange(10_000)}@{domain}"
    sender = f"{rng.choice(_FIRST)}{rng.randrange(50)}@tenant{int(rng.paretovariate(1)) % 300}.example"
    chance = rng.random()
    kind = "delivery" if chance < 0.85 else "send" if chance < 0.9 else "deferral" if chance < 0.95 else "bounce"
    queue_id = f"{rng.getrandbits(44):011X}"
    code, status, reason, text = (
        (250, "2.0.0", None, "250 2.0.0 Ok: queued as {queue}") if kind in {"delivery", "send"} else rng.choice(_BOUNCES)
    )
    return Event(
        id=event_id("postfix", str(number)),
        timestamp=timestamp,
        type=kind,
        source="postfix",
        sender=sender,
        recipient=recipient,
        subject=" ".join(rng.choices(_WORDS, k=rng.randrange(2, 7))) + f" {rng.randrange(5_000)}",
        message_id=f"{rng.getrandbits(64):x}@mail.{sender.partition('@')[2]}",
        queue_id=queue_id,
        mx=f"mx{rng.randrange(1, 5)}.{domain}",
        remote_ip=f"192.0.{rng.randrange(256)}.{rng.randrange(256)}",
        reporting_mta="mail1.sender.example",
        smtp_code=code,
        status=status,
        smtp_command="end of DATA" if kind != "bounce" else "RCPT TO",
        diagnostic=text.format(to=recipient, queue=f"{rng.getrandbits(40):010X}"),
        reason=reason,
        permanence={"bounce": "permanent", "deferral": "temporary"}.get(kind),
        delay=round(rng.expovariate(0.3), 2),
        tls=rng.choice(("TLSv1.3", "TLSv1.2", None)),
        raw=f"Oct 25 12:00:00 mail1 postfix/smtp[{rng.randrange(9999)}]: {queue_id}: to=<{recipient}>, status={kind}" + "x" * 80,
    )


def moment(shift: int) -> str:
    """The time this many milliseconds after the first event, as an address has it."""
    at = START + shift
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000)) + f".{at % 1000:03d}Z"


def batches(count: int) -> Iterator[list[Event]]:
    """The events in batches as the pipeline writes them."""
    source = events(count)
    while batch := list(islice(source, SIZE)):
        yield batch


def build(folder: Path, count: int) -> None:
    """Write the events into a new store."""
    shutil.rmtree(folder, ignore_errors=True)
    store = EmbeddedStore(folder)
    began = time.perf_counter()
    for batch in batches(count):
        store.write(batch)
    written = time.perf_counter() - began
    store.close()
    print(f"{count:,} events written in {written:.0f} s, {count / written:,.0f}/s; merges done after {time.perf_counter() - began:.0f} s")


def timed(work: Callable[[], object]) -> float:
    """How many seconds it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Spent:
    """What some work took: seconds on the clock, and seconds of all threads on the processors."""

    clock: float
    processors: float


def measured(work: Callable[[], None]) -> Spent:
    """Do it."""
    clock, processors = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() - processors)


def spent(work: Callable[[Path], None]) -> Spent:
    """Do it in a folder of its own that goes afterwards."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        return measured(partial(work, Path(scratch) / "index"))


def bare(folder: Path, documents: list[list[str]], **settings: int) -> None:
    """A tantivy writer and nothing else: no lock, no ids looked up, no events turned into documents, which are made beforehand."""
    folder.mkdir()
    writer = tantivy.Index(SCHEMA, path=str(folder)).writer(**settings)
    for batch in documents:
        for made in batch:
            add(writer, made)
        writer.commit()
    writer.wait_merging_threads()


def ours(folder: Path, given: list[list[Event]]) -> None:
    """The whole engine: from events to what survives a kill."""
    store = EmbeddedStore(folder)
    for batch in given:
        store.write(batch)
    store.close()


def writing() -> None:
    """The engine's writing as a share of the bare writer's, with the engine's settings and with the library's own.

    In turns, every one committing the same batches.
    """
    given = list(batches(WRITTEN))
    documents = [[document(event) for event in batch] for batch in given]
    works: dict[str, Callable[[Path], None]] = {
        "engine": partial(ours, given=given),
        "bare, same settings": partial(bare, documents=documents, heap_size=HEAP, num_threads=THREADS),
        "bare, library's settings": partial(bare, documents=documents),
    }
    rounds = [{name: spent(work) for name, work in works.items()} for _ in range(1 + WRITE_ROUNDS)][1:]
    where = SCRATCH or tempfile.gettempdir()
    print(f"writing {WRITTEN:,} events in batches of {SIZE:,} to {where}, {WRITE_ROUNDS} rounds; CPU in seconds for 1,000 events")
    for name in works:
        clock = statistics.median(each[name].clock for each in rounds)
        processors = statistics.median(each[name].processors for each in rounds)
        print(f"  {name:26} {WRITTEN / clock:8,.0f} events/s   CPU {1000 * processors / WRITTEN:.3f} s")
    for name in list(works)[1:]:
        print(f"into the engine, of {name}: {shares([each[name].clock / each['engine'].clock for each in rounds])}")
        print(f"  by CPU time: {shares([each[name].processors / each['engine'].processors for each in rounds])}")


def shares(found: list[float]) -> str:
    """The middle and the spread."""
    return f"{statistics.median(found):.0%} ({min(found):.0%} to {max(found):.0%})"


def representative(one: Event) -> dict[str, Node]:
    """Twelve queries of the kinds people ask."""
    return {
        "rare term": Exact("queue_id", (one.queue_id or "").lower()),
        "type:delivery": Exact("type", "delivery"),
        "a domain": Exact("recipient_domain", "gmail.com"),
        "and": And((Exact("type", "bounce"), Exact("recipient_domain", "gmail.com"))),
        "or, not": And((Or((Exact("reason", "mailbox_full"), Exact("recipient_domain", "ziggo.nl"))), Not(Exact("type", "delivery")))),
        "smith*": Wildcard("recipient", ("smith", Any.MANY)),
        "*@yahoo.com": Wildcard("recipient", (Any.MANY, "@yahoo.com")),
        "phrase": Words("diagnostic", ("user", "unknown")),
        "ranges": And((Range("delay", 5, None, low_open=True), Range("smtp_code", 400, 599))),
        "everything": All(),
        "no hit": Words("subject", ("nosuchword",)),
        "an address": Or(tuple(Exact(field, (one.sender or "").lower()) for field in ("sender", "recipient", "mentions"))),
    }


def reading(folder: Path) -> None:
    """First pages of each query by each column both ways; then pages far down beside first ones."""
    store = EmbeddedStore(folder)
    operator = Scope.operator()
    total = store.count(Query(), operator)
    one = store.search(Query(), operator, Page(Sort(), 1)).events[0]
    sorts = [Sort(field.name, descending) for field in FIELDS if field.sortable for descending in (False, True)]
    everything: list[float] = []
    for name, tree in representative(one).items():
        # Each range differs by a millisecond from the one before, so no count is remembered.
        spent = [
            1000 * timed(lambda: store.search(Query(tree, START + shift), operator, Page(sort)))  # noqa: B023 - called here and now
            for shift, sort in enumerate(sorts * ROUNDS, start=1)
        ]
        everything += spent
        print(f"  {name:14} {percentiles(spent)}")
    print(f"first page of 12 queries over {total:,} events, {len(sorts)} orders: {percentiles(everything)}")
    deep(store, sorts)
    store.close()


def deep(store: EmbeddedStore, sorts: list[Sort]) -> None:
    """A page at about row 500,000 beside page 1, for every order, both with a count that is remembered."""
    operator = Scope.operator()
    # These two are random here, whatever else an event holds: any run of them is a fair sample of all but their own order.
    samples = {name: list(islice(store.export(Query(), operator, Sort(name)), SAMPLE)) for name in ("message_id", "queue_id")}
    ratios: list[tuple[float, str]] = []

    def page(sort: Sort, cursor: str | None = None) -> None:
        store.search(Query(), operator, Page(sort, 50, cursor))

    for sort in sorts:
        sample = samples["queue_id" if sort.field == "message_id" else "message_id"]
        cursor = written(sort, middle(sample, sort))
        pairs = [(measured(partial(page, sort)), measured(partial(page, sort, cursor))) for _ in range(DEEP_ROUNDS)]
        ratio = statistics.median(far.processors for _, far in pairs) / statistics.median(first.processors for first, _ in pairs)
        clocks = [1000 * statistics.median(side.clock for side in sides) for sides in zip(*pairs, strict=True)]
        ratios.append((ratio, f"{sort.text}: {clocks[1]:.1f} ms beside {clocks[0]:.1f} ms"))
    typical = statistics.median(ratio for ratio, _ in ratios)
    print(f"page 10,000 by CPU time: {typical:.2f} times page 1 in the middle of {len(sorts)} orders; the worst:")
    for ratio, text in sorted(ratios, reverse=True)[:5]:
        print(f"  {ratio:.2f} times, by {text} on the clock")


def middle(sample: list[Event], sort: Sort) -> Position:
    """Where the middle of some events stands in an order."""
    places = [(sort_value(event, sort.field), key_of(event.id)) for event in sample]
    ordered = sorted((place for place in places if place[0] is not None), reverse=sort.descending)
    ordered += sorted((place for place in places if place[0] is None), reverse=sort.descending)
    return Position(*ordered[len(ordered) // 2])


def machine() -> None:
    """Print what the figures were taken on."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")


@contextmanager
def standing(arguments: list[str]) -> Iterator[Path]:
    """A data folder with a million events: the one that is named, or one that is made for this and goes afterwards."""
    machine()
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(arguments[0]) if arguments else Path(scratch)
        if not arguments:
            build(data / "events", MILLION)
        yield data


def percentiles(milliseconds: list[float]) -> str:
    """The middle, the 95th percentile and the worst."""
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   max {max(milliseconds):6.1f} ms"


def main(arguments: list[str]) -> None:
    """Build and read a folder that stays, or measure everything in one that goes."""
    match arguments:
        case ["write"]:
            writing()
        case ["build", folder]:
            build(Path(folder), MILLION)
        case ["build", folder, count]:
            build(Path(folder), int(count))
        case ["read", folder]:
            reading(Path(folder))
        case []:
            machine()
            writing()
            with tempfile.TemporaryDirectory() as scratch:
                build(Path(scratch) / "events", MILLION)
                reading(Path(scratch) / "events")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
