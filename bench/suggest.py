"""Suggestions over a million events, asked for letter by letter as somebody types, through a real server.

`scripts/bench suggest` makes the events first (some minutes); `python bench/suggest.py FOLDER` reads a data folder that stands (its events
in `FOLDER/events`, as `bench/engine.py build FOLDER/events` writes them). Prints the times of the answers, and beside them what the engine
takes for the same values when it ranks them exactly, in the same run.
"""

import http.client
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import engine
from api import Served, served

from store.embedded import EmbeddedStore
from store.events import Query, Scope
from store.tree import Any, Wildcard

TARGET = 80  # ms, at the 95th percentile
ROUNDS = 5
SHOWN = 8
TYPED = (
    "to:jan.bram12",
    "from:julia3",
    "type:bounce and reason:mail",
    "server:mx1.gm",
    "status:5.1",
    "smtp_code:55",
    "recipient_domain:comp",
    "anna.finn",
    "@ziggo",
    "queue_id:a1b",
    "remote_ip:192.0.2",
    'tls:TLS "mailbox full" ',
)
# What is looked up for `values` and ranked exactly: a field, and how its values begin.
LOOKED_UP = (("recipient", "j"), ("recipient", "jan.bram"), ("sender", "s"), ("mx", "mx1"), ("recipient_domain", "c"), ("queue_id", "a1"))


def letters() -> Iterator[tuple[str, str]]:
    """Each query as it is typed, and what of it stands there after each letter."""
    yield from ((typed, typed[:length]) for typed in TYPED for length in range(1, len(typed) + 1))


def answers(portal: Served) -> list[float]:
    """How many milliseconds each answer takes; the range differs each time, so that nothing is remembered."""
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
    spent: dict[str, list[float]] = {typed: [] for typed in TYPED}

    def ask(shift: int, begun: str) -> None:
        connection.request("GET", f"/events/suggest?{urlencode({'q': begun, 'from': engine.moment(shift)})}", headers=portal.headers)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK or not answer.read():
            raise SystemExit(f"{begun!r}: {answer.status}")

    ask(0, "type:")
    for number in range(ROUNDS):
        for shift, (typed, begun) in enumerate(letters(), start=1):
            spent[typed].append(1000 * engine.timed(lambda: ask(1000 * number + shift, begun)))  # noqa: B023 - called at once
    for typed, times in spent.items():
        print(f"  {typed:30} {engine.percentiles(times)}")
    return [each for times in spent.values() for each in times]


def beside_exact(folder: Path) -> None:
    """The engine's quick look-up as a share of its exact ranking."""
    store = EmbeddedStore(folder)
    shares: list[float] = []
    for field, beginning in LOOKED_UP:
        pairs = []
        for shift in range(1, ROUNDS + 1):
            within, operator = engine.START + 100_000 + shift, Scope.operator()
            quick = engine.timed(lambda: store.values(field, beginning, Query(start=within), operator, SHOWN))  # noqa: B023 - called at once
            tree = Wildcard(field, (beginning, Any.MANY))
            exact = engine.timed(lambda: store.top(field, Query(tree, within), operator, SHOWN))  # noqa: B023 - called at once
            pairs.append((quick, exact))
        quick, exact = (1000 * statistics.median(side) for side in zip(*pairs, strict=True))
        shares.append(quick / exact)
        print(f"  {field + ':' + beginning:30} {quick:6.1f} ms beside {exact:7.1f} ms ranked exactly, {quick / exact:.0%}")
    print(f"the quick look-up takes {engine.shares(shares)} of the exact ranking")
    store.close()


def main(arguments: list[str]) -> None:
    """Measure over a folder that stands, or over one made for it."""
    with engine.standing(arguments) as data:
        with served(data) as portal:
            times = answers(portal)
        within = sum(each <= TARGET for each in times) / len(times)
        print(f"{len(times):,} answers: {engine.percentiles(times)}; {within:.1%} within {TARGET} ms")
        beside_exact(data / "events")


if __name__ == "__main__":
    main(sys.argv[1:])
