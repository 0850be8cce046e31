"""The JSON API over a million events: first pages by every column both ways, and pages far down, through a real server.

`scripts/bench api` makes the events first (some minutes); `python bench/api.py FOLDER` reads a data folder that stands (its events in
`FOLDER/events`, as `bench/engine.py build FOLDER/events` writes them). Prints times with their spread, and what the API adds to the same
search asked of the engine in the same run.
"""

import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import engine

from app.stores import ACCOUNTS
from store.customers import Directory, Role
from store.embedded import EmbeddedStore
from store.events import Page, Query, Scope, Sort
from store.fields import FIELDS
from store.query import parse

ROOT = Path(__file__).parent.parent
DEEP = 10_000  # pages of 50
ROWS = 50

QUERIES = (
    "type:bounce and reason:mailbox_full",
    "type:delivery",
    "gmail.com",
    "recipient:smith*",
    "*@yahoo.com",
    '"user unknown"',
    "delay:>5 smtp_code:[400 TO 599]",
    "(reason:mailbox_full or to:ziggo.nl) and not type:delivery",
    "invoice not 5.1.1",
    "noreply@shop.example or status:4",
    "nosuchword",
    "",
)


class Served(NamedTuple):
    """Where a portal listens, and the headers that let an operator in."""

    port: int
    headers: dict[str, str]


class Client:
    """One connection to the server, kept open."""

    def __init__(self, portal: Served) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
        self._headers = portal.headers

    def page(self, **parameters: str | int) -> tuple[float, dict[str, Any]]:
        """How many milliseconds a page of events takes, and the page."""
        began = time.perf_counter()
        self._connection.request("GET", f"/api/v1/events?{urlencode(parameters)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        spent = 1000 * (time.perf_counter() - began)
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{answer.status}: {body[:300]!r}")
        return spent, json.loads(body)


def way_in(data: Path) -> dict[str, str]:
    """The headers of an operator of the portal over a data folder, for the API and for pages."""
    with closing(Directory(data / ACCOUNTS)) as directory:
        token, _ = directory.tokens.add("bench", Role.OPERATOR, None, by="bench")
        user = directory.users.add("bench@portal.example", Role.OPERATOR, None)
        session = directory.sessions.begin(user.id, "bench")
    return {"Authorization": f"Bearer {token}", "Cookie": f"portal_session={session}", "Sec-Fetch-Site": "same-origin"}


@contextmanager
def served(data: Path) -> Iterator[Served]:
    """A portal over this data folder."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    settings = {"PORTAL_DATA": str(data), "PORTAL_RATE_LIMIT": "none"}
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:(\d+)/", line) for line in child.stdout)))
        yield Served(int(found[1]), way_in(data))
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=30)


def first_pages(client: Client, sorts: list[Sort]) -> None:
    """Every query by every column both ways, each asked with a range of its own, so that no count is remembered."""
    client.page(limit=1)
    everything: list[float] = []
    for query in QUERIES:
        spent = [
            client.page(q=query, sort=sort.text, limit=ROWS, **{"from": engine.moment(shift)})[0]
            for shift, sort in enumerate(sorts, start=1)
        ]
        everything += spent
        print(f"  {query or '(everything)':60} {engine.percentiles(spent)}")
    print(f"first page, {len(QUERIES)} queries by {len(sorts)} orders: {engine.percentiles(everything)}")


def deep_pages(client: Client, sorts: list[Sort]) -> None:
    """Page 10,000 beside page 1, asked in turns."""
    ratios: dict[str, float] = {}
    for sort in sorts:
        cursor = _deep(client, sort)
        if cursor is None:
            continue
        pairs = [(client.page(sort=sort.text, limit=ROWS)[0], client.page(sort=sort.text, limit=ROWS, cursor=cursor)[0]) for _ in range(20)]
        first, far = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratios[sort.text] = far / first
        print(f"  page {DEEP:,} by {sort.text:20} {far:6.1f} ms, page 1 {first:6.1f} ms, {far / first:.2f} times")
    worst = max(ratios, key=lambda name: ratios[name])
    print(f"page {DEEP:,} beside page 1: median {statistics.median(ratios.values()):.2f} times, worst {ratios[worst]:.2f} by {worst}")


def _deep(client: Client, sort: Sort) -> str | None:
    """The cursor behind 500,000 rows, reached in pages of 1,000."""
    cursor: str | None = None
    for _ in range(DEEP * ROWS // 1000):
        page = client.page(sort=sort.text, limit=1000, **({"cursor": cursor} if cursor else {}))[1]
        cursor = page["next"]
        if cursor is None:
            break
    return cursor


def overhead(client: Client, data: Path) -> None:
    """What the API adds to the engine's own time, query by query in turns."""
    store = EmbeddedStore(data / "events")
    added: list[float] = []
    rng = random.Random(1)  # noqa: S311 - which query comes when
    for number in range(200):
        query = rng.choice(QUERIES)
        tree = Query(parse(query).tree if query else engine.All(), engine.START + 1000 + number)
        alone = 1000 * engine.timed(lambda: store.search(tree, Scope.operator(), Page()))  # noqa: B023 - called at once
        added.append(client.page(q=query, **{"from": engine.moment(1000 + number)})[0] - alone)
    store.close()
    print(f"the API adds to the engine's own time: {engine.percentiles(added)}")


def main(arguments: list[str]) -> None:
    """Measure over a folder that stands, or over one made for it."""
    with engine.standing(arguments) as data:
        sorts = [Sort(field.name, descending) for field in FIELDS if field.sortable for descending in (False, True)]
        with served(data) as portal:
            client = Client(portal)
            first_pages(client, sorts)
            overhead(client, data)
            deep_pages(client, [sort for sort in sorts if sort.field in {"timestamp", "recipient", "type"}])


if __name__ == "__main__":
    main(sys.argv[1:])
