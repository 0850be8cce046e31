"""Ten customers with 100,000 accounts each: whether one that is searched sees or feels the others.

`scripts/bench accounts_customers [ACCOUNTS]`. The keystrokes of `bench/accounts.py` are asked in one customer: alone in Redis, then with
nine others beside it that stand still, then while the nine are filled and changed by a process of their own, as quickly as a busy index run
brings mail, and searched by nine people who type; at last the same without a pause between changes, which is more than there ever is.
Prints the times, the ratio of the medians beside those alone, and the memory of the searching process.
"""

import itertools
import multiprocessing
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from accounts import NOW, addresses, fill, keystrokes, percentiles, timed

from store.accounts import Accounts, Row, Sighting, Wanted
from store.events import Scope

ACCOUNTS = 100_000
TARGET = 50  # ms at the 95th percentile
BETWEEN = 0.2  # seconds between two keys of somebody who types
PAUSE = 0.25  # seconds between 1,300 changes: some 5,000 a second, half as many again as a machine indexes that this was made on
MINE = Scope.operator("one")
OTHERS = [Scope.operator(f"other{number}") for number in range(9)]
SETTLED = 5  # seconds in which an index has surely been finished
OVER = 8  # times each keystroke is asked


def changing(folder: Path, names: list[str], pause: float, stop: Event) -> None:
    """Mail and numbers for the others, 1,300 accounts after each pause, until told to stop."""
    accounts = Accounts(folder)
    for turn in itertools.count(1):
        for scope in OTHERS:
            if stop.wait(pause):
                accounts.close()
                return
            part = names[turn * 1000 % len(names) :][:1000]
            accounts.seen([Sighting(name, NOW + 10**9 + turn, turn % 3 == 0) for name in part], scope)
            accounts.seen([Sighting(f"new{turn}.{name}", NOW) for name in part[:100]], scope)
            accounts.put_all([Row(name, f"+3162{turn % 10_000_000:07}") for name in part[:200]], scope, by="operator", why="import")


@contextmanager
def changed(folder: Path, names: list[str], pause: float) -> Iterator[None]:
    """The others are changed meanwhile."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    child = context.Process(target=changing, args=(folder, names, pause, stop))
    child.start()
    yield
    stop.set()
    child.join()


@contextmanager
def searched(accounts: Accounts) -> Iterator[None]:
    """Somebody types in each of the others meanwhile, in this very process."""
    stop = threading.Event()

    def type_in(scope: Scope) -> None:
        for text in itertools.cycle(keystrokes()):
            if stop.wait(BETWEEN):
                return
            accounts.find(Wanted(text), scope)

    threads = [threading.Thread(target=type_in, args=(scope,)) for scope in OTHERS]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def typed(accounts: Accounts) -> list[float]:
    """Milliseconds of each keystroke in the one customer, and how many accounts it sees in all."""
    return [timed(lambda: accounts.find(Wanted(text), MINE)) for _ in range(OVER) for text in keystrokes()]  # noqa: B023 - called at once


def size() -> float:
    """The memory of this process now, in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1000 if found else 0


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    names = addresses(count)
    with tempfile.TemporaryDirectory() as folder:
        accounts = Accounts(Path(folder) / "accounts")
        before = size()
        fill(accounts, names, MINE)
        accounts.find(Wanted(), MINE)
        time.sleep(SETTLED)
        alone = typed(accounts)
        print(f"{f'one of {count:,} alone':26} {percentiles(alone)} (at most {TARGET})")
        print(f"  the process has grown by {size() - before:.0f} MB")
        for scope in OTHERS:
            fill(accounts, names, scope)
            accounts.find(Wanted(), scope)
        time.sleep(2 * SETTLED)
        tell("nine more that stand still", typed(accounts), alone)
        print(f"  the process has grown by {size() - before:.0f} MB for ten customers")
        for label, pause in (("nine changed and searched", PAUSE), ("the same without a pause", 0.0)):
            with changed(Path(folder) / "accounts", names, pause), searched(accounts):
                time.sleep(SETTLED)
                tell(label, typed(accounts), alone)
        seen = accounts.find(Wanted(), MINE)
        print(f"  and the one has {seen.total:,} accounts still, the process {size() - before:.0f} MB more than at first")
        accounts.close()


def tell(label: str, times: list[float], alone: list[float]) -> None:
    """Print times beside those alone."""
    ratio = statistics.median(times) / statistics.median(alone)
    print(f"{label:26} {percentiles(times)} (at most {TARGET}), {ratio:.2f} times the median alone")


if __name__ == "__main__":
    main()
