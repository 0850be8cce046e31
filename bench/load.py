"""64 clients at once, each as fast as a busy help desk: events, accounts, signing in and events sent in, mixed, on a real server.

`scripts/bench load [SECONDS]` (300 unless given). A client asks, reads the answer, and thinks for one to three seconds. Prints errors,
times at the 95th percentile beside those of two clients alone (one a processor), and the memory of the server's own in the first and the
last quarter. Threads of this process ask: a tool such as locust takes more of the two processors than the server does.
"""

import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import engine
import psutil
from api import QUERIES, Served, served

from app.stores import ACCOUNTS, EVENTS
from indexer.recipients import sightings
from store.accounts import DEFAULT, Accounts
from store.customers import Directory, Role
from store.embedded import EmbeddedStore
from store.events import Scope

CLIENTS = 64
ALONE = 2
SECONDS = 300.0
ALONE_SECONDS = 40.0
WRITTEN = 100_000
GOAL = 3  # times
PASSWORD = "violet tractors sing to nobody"  # noqa: S105 - of a portal that lives for minutes
USERS = 20
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
NDJSON = {"Content-Type": "application/x-ndjson"}


class Times:
    """What the clients of one round saw; safe in several threads."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}
        self.minutes: dict[int, list[float]] = {}  # of all kinds
        self._begun = time.monotonic()
        self.errors: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, kind: str, milliseconds: float, error: str = "") -> None:
        """One answer."""
        with self._lock:
            self.spent.setdefault(kind, []).append(milliseconds)
            self.minutes.setdefault(int((time.monotonic() - self._begun) / 60), []).append(milliseconds)
            if error:
                self.errors[error] += 1

    def slow(self, kind: str) -> float:
        """The 95th percentile of a kind."""
        return _slow(self.spent[kind])

    def slow_of_all(self) -> float:
        """The 95th percentile of all kinds together."""
        return _slow([each for spent in self.spent.values() for each in spent])

    def by_minute(self) -> list[float]:
        """The 95th percentile of all kinds, minute by minute: whether it was the machine for a while, or something that grows."""
        return [_slow(self.minutes[minute]) for minute in sorted(self.minutes)]


def _slow(spent: list[float]) -> float:
    return statistics.quantiles(spent, n=20)[-1]


class Client:
    """One person or program, with a connection of its own."""

    def __init__(self, portal: Served, number: int, times: Times) -> None:
        self._portal, self._times = portal, times
        self._chance = random.Random(number)  # noqa: S311 - for variety
        self._number = number
        self._connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)

    def work(self, until: float) -> None:
        """Ask and think, until then."""
        kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (self.page, 8), (self.api, 4), (self.accounts, 5), (self.sign_in, 1), (self.send, 2)
        )  # fmt: skip
        time.sleep(self._chance.random() * 2)
        while time.monotonic() < until:
            self._chance.choices([act for act, _ in kinds], [weight for _, weight in kinds])[0]()
            time.sleep(1 + 2 * self._chance.random())
        self._connection.close()

    def page(self) -> None:
        """The page of events."""
        self._ask("events", "GET", f"/events?{urlencode({'q': self._chance.choice(QUERIES)})}")

    def api(self) -> None:
        """Events through the API."""
        self._ask("events, API", "GET", f"/api/v1/events?{urlencode({'q': self._chance.choice(QUERIES)})}")

    def accounts(self) -> None:
        """The box of accounts, a key further each time."""
        text = "jan.jansen@gmail.com"[: self._chance.randint(1, 12)]
        self._ask("accounts", "GET", f"/accounts?{urlencode({'q': text})}")

    def sign_in(self) -> None:
        """A password, from an address of one's own."""
        form = urlencode({"address": f"user{self._number % USERS}@bench.example", "password": PASSWORD})
        self._ask("sign-in", "POST", "/sign-in", form.encode(), FORM)

    def send(self) -> None:
        """Ten events."""
        now = time.time_ns() // 1_000_000
        known = {"timestamp": now, "type": "delivery", "sender": "a@bench.example", "recipient": f"p{now % 5000}@load.example"}
        events = [known | {"id": f"load-{self._number}-{now}-{place}"} for place in range(10)]
        body = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        self._ask("ingest", "POST", "/api/v1/events", body, NDJSON)

    def _ask(self, kind: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> None:
        began, error = time.perf_counter(), ""
        known = {} if kind == "sign-in" else self._portal.headers
        try:
            self._connection.request(method, path, body, known | (headers or {}))
            answer = self._connection.getresponse()
            answer.read()
            if answer.status not in {http.HTTPStatus.OK, http.HTTPStatus.SEE_OTHER}:
                error = f"{kind}: {answer.status}"
        except (OSError, http.client.HTTPException) as problem:
            error = f"{kind}: {problem!r}"
            self._connection.close()
        self._times.add(kind, 1000 * (time.perf_counter() - began), error)


def asked(portal: Served, clients: int, seconds: float) -> tuple[Times, list[float]]:
    """What so many clients saw, and the server's memory in MB, each second."""
    times, until = Times(), time.monotonic() + seconds
    threads = [threading.Thread(target=Client(portal, number, times).work, args=(until,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        memory.append(resident())
        time.sleep(1)
    return times, memory


def resident() -> float:
    """MB of all processes of the server: what is theirs alone, and their part of what several share.

    What the engine maps from its files is left out: the system lends that memory as long as nobody else wants it.
    """
    family = psutil.Process().children(recursive=True)
    return sum(_anonymous(each.pid) for each in family) / 1e6


def _anonymous(pid: int) -> int:
    """Bytes, by the kernel's count for a process; none where it has just ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    sizes = {name: int(size.split()[0]) for name, _, size in (line.partition(":") for line in rollup.splitlines()[1:])}
    return 1024 * (sizes["Pss_Anon"] + sizes["Pss_Shmem"] + sizes["SwapPss"])


def fill(folder: Path) -> None:
    """Events, accounts of their recipients, and people who may sign in."""
    with closing(EmbeddedStore(folder / EVENTS)) as store, closing(Accounts(folder / ACCOUNTS)) as accounts:
        for batch in engine.batches(WRITTEN):
            store.write(batch)
            accounts.seen(sightings(batch), Scope.operator(DEFAULT))
    with closing(Directory(folder / ACCOUNTS)) as directory:
        directory.add_customer("Bench", ("bench.example",))
        for number in range(USERS):
            user = directory.users.add(f"user{number}@bench.example", Role.READER, "bench")
            directory.users.set_password(user.id, PASSWORD)


def main() -> int:
    """Measure and print; 1 where there was an error, or it was slower than the goal."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with served(Path(folder)) as portal:
            asked(portal, ALONE, 10)  # what is read with the first use
            few, _ = asked(portal, ALONE, min(seconds, ALONE_SECONDS) * 3)
            many, memory = asked(portal, CLIENTS, seconds)
    worst = 0.0
    for kind in sorted(few.spent):
        ratio = many.slow(kind) / few.slow(kind)
        worst = max(worst, ratio)
        print(f"{kind:12} p95 {few.slow(kind):7.1f} ms with {ALONE} clients, {many.slow(kind):7.1f} ms with {CLIENTS}: {ratio:.2f} times")
    before, after = few.slow_of_all(), many.slow_of_all()
    print(f"{'all kinds':12} p95 {before:7.1f} ms with {ALONE} clients, {after:7.1f} ms with {CLIENTS}: {after / before:.2f} times")
    count, quarter = sum(map(len, many.spent.values())), max(1, len(memory) // 4)
    first, last = statistics.median(memory[:quarter]), statistics.median(memory[-quarter:])
    print(f"{count:,} answers in {seconds:.0f} s, {sum(many.errors.values())} errors {dict(many.errors)}")
    print(f"p95 minute by minute: {', '.join(f'{each:.0f}' for each in many.by_minute())} ms")
    print(f"memory {first:.0f} MB in the first quarter, {last:.0f} MB in the last")
    print(f"slowest {worst:.2f} times (goal {GOAL})")
    return 1 if many.errors or worst > GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
