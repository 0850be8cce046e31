"""The embedded engine beside a bare tantivy writer fed the same documents, and its first pages over a million events.

`scripts/bench engine` runs both; `python bench/engine.py build FOLDER [EVENTS]` only makes the events, `read FOLDER` only reads them.
Prints ratios with their spread, and the machine.
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
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import tantivy

from store.embedded import EmbeddedStore
from store.embedded.documents import document
from store.embedded.schema import SCHEMA
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort
from store.fields import FIELDS
from store.tree import All, And, Any, Exact, Node, Not, Or, Range, Wildcard, Words

START = 1_729_900_000_000  # 2024-10-25: thirty days from here lie in two months
DAYS = 30
MILLION = 1_000_000
BATCH = 5_000
ROUNDS = 3

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


def batches(count: int) -> Iterator[list[Event]]:
    """The events in batches as the pipeline writes them."""
    source = events(count)
    while batch := list(islice(source, BATCH)):
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


def bare(folder: Path, documents: list[list[str]], threads: int) -> None:
    """A tantivy writer and nothing else: no lock, no ids looked up, no events turned into documents."""
    folder.mkdir()
    writer = tantivy.Index(SCHEMA, path=str(folder)).writer(64_000_000, threads)
    for batch in documents:
        for text in batch:
            writer.add_json(text)
        writer.commit()
    writer.wait_merging_threads()


def ours(folder: Path, given: list[list[Event]]) -> None:
    """The whole engine: from events to what survives a kill."""
    store = EmbeddedStore(folder)
    for batch in given:
        store.write(batch)
    store.close()


def writing(count: int = 60_000) -> None:
    """The engine's writing as a share of the bare writer's, both committing every batch, in turns."""
    given = list(batches(count))
    documents = [[document(event) for event in batch] for batch in given]
    shares: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as scratch:
            plain = timed(lambda: bare(Path(scratch) / "bare", documents, 2))
            whole = timed(lambda: ours(Path(scratch) / "ours", given))
        shares.append(plain / whole)
        print(f"  bare tantivy {count / plain:8,.0f} events/s   engine {count / whole:8,.0f} events/s   {plain / whole:.0%}")
    print(f"into the engine: {statistics.median(shares):.0%} of a bare tantivy writer ({min(shares):.0%} to {max(shares):.0%})")


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
    for sort in (Sort(), Sort(descending=True), Sort("recipient"), Sort("subject"), Sort("type")):
        deep(store, sort)
    store.close()


def deep(store: EmbeddedStore, sort: Sort) -> None:
    """Page 10,000 of 50 beside page 1, both with a count that is remembered."""
    operator = Scope.operator()
    cursor = None
    for _ in range(500):
        cursor = store.search(Query(), operator, Page(sort, 1000, cursor)).next
        if cursor is None:
            return
    first = [timed(lambda: store.search(Query(), operator, Page(sort))) for _ in range(30)]
    far = [timed(lambda: store.search(Query(), operator, Page(sort, 50, cursor))) for _ in range(30)]
    ratio = statistics.median(far) / statistics.median(first)
    print(f"page 10,000 by {sort.text}: {1000 * statistics.median(far):.1f} ms, {ratio:.2f} times page 1")


def percentiles(milliseconds: list[float]) -> str:
    """The middle, the 95th percentile and the worst."""
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   max {max(milliseconds):6.1f} ms"


def main(arguments: list[str]) -> None:
    """Build and read a folder that stays, or measure everything in one that goes."""
    match arguments:
        case ["build", folder]:
            build(Path(folder), MILLION)
        case ["build", folder, count]:
            build(Path(folder), int(count))
        case ["read", folder]:
            reading(Path(folder))
        case []:
            print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
            writing()
            with tempfile.TemporaryDirectory() as scratch:
                build(Path(scratch) / "events", MILLION)
                reading(Path(scratch) / "events")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
