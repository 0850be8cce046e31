"""A million accounts in one customer: memory, and each keystroke of what people type.

`scripts/bench accounts [ACCOUNTS]`. Every account has mail and a number. Prints the memory that Redis takes for each, how long a process
needs to read them all, and the times of each keystroke, in a process and through the API, beside a scan of Redis for the same (HSCAN with
MATCH, which is the plain way). `accounts_indexing` and `accounts_customers` are beside it.
"""

import http.client
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from api import Served, served

from store.accounts import DEFAULT, Accounts, Row, Sighting, Wanted
from store.events import Scope

ACCOUNTS = 1_000_000
TARGET = 50  # ms at the 95th percentile
MEMORY = 400  # bytes
WORKERS = 2
SETTLED = 40  # seconds in which a process has surely made what searches are quicker with
SCOPE = Scope.operator(DEFAULT)
NOW = 1_795_000_000_000
FIRST = [
    "jan",
    "piet",
    "klaas",
    "eva",
    "anna",
    "sophie",
    "emma",
    "lars",
    "daan",
    "bram",
    "julia",
    "finn",
    "noor",
    "lotte",
    "tess",
    "milan",
    "sem",
    "luuk",
    "willem",
    "karin",
    "ingrid",
    "peter",
]
LAST = [
    "jansen",
    "bakker",
    "visser",
    "smit",
    "meijer",
    "mulder",
    "bos",
    "vos",
    "peters",
    "hendriks",
    "dekker",
    "brouwer",
    "dijkstra",
    "smits",
    "vermeulen",
    "janssen",
    "kok",
]
LARGE = ("freemail.example", "post.example", "ziggo.example", "kpn.example", "mail.example")
TYPED = ("jan.jansen1", "dijkstra", "@gemeente17", "mulder4711", "gemeente", "kok@zorg", "ingrid.vos", "xqz", "99@kpn", "e.example", "tess")


def addresses(count: int) -> list[str]:
    """So many addresses, the same each time: people at large providers and at a thousand organisations."""
    chance = random.Random(1)  # noqa: S311 - no secret
    found: dict[str, None] = {}
    while len(found) < count:
        domain = (
            chance.choice(LARGE)
            if chance.random() < 0.6
            else f"{chance.choice(('gemeente', 'zorg', 'school'))}{chance.randrange(400)}.example"
        )
        found[f"{chance.choice(FIRST)}.{chance.choice(LAST)}{chance.randrange(10_000)}@{domain}"] = None
    return list(found)


def fill(accounts: Accounts, names: list[str], scope: Scope = SCOPE) -> None:
    """Mail to each, then a number for each."""
    for start in range(0, len(names), 10_000):
        part = names[start : start + 10_000]
        accounts.seen((Sighting(name, NOW + start + at, at % 50 == 0) for at, name in enumerate(part)), scope)
        rows = [Row(name, f"+3161{(start + at) % 10_000_000:07}") for at, name in enumerate(part)]
        accounts.put_all(rows, scope, by="operator", why="import")


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def percentiles(times: list[float]) -> str:
    """In words."""
    cut = statistics.quantiles(times, n=20)
    return f"median {statistics.median(times):6.1f} ms, 95th percentile {cut[-1]:6.1f} ms, most {max(times):6.1f} ms"


def keystrokes() -> Iterator[str]:
    """What stands in the box after each key."""
    return (typed[:length] for typed in TYPED for length in range(1, len(typed) + 1))


def plain(accounts: Accounts, text: str) -> int:
    """The plain way: Redis goes through all of them."""
    found, cursor = 0, 0
    key = f"portal:accounts:{{{DEFAULT}}}:records"
    while True:
        cursor, some = accounts._client.command("HSCAN", key, cursor, "MATCH", f"*{text}*", "COUNT", 10_000)  # noqa: SLF001 - beside it
        found += len(some)
        if int(cursor) == 0:
            return found


def typing(where: str, ask: Callable[[str], object]) -> None:
    """Ask at each keystroke, five times over, and print how long that took."""
    for label, long in (("1 and 2 characters", False), ("3 characters or more", True)):
        times = [timed(lambda: ask(text)) for _ in range(5) for text in keystrokes() if (len(text) > 2) == long]  # noqa: B023 - called at once
        print(f"{where}, {label:22} {percentiles(times)} (at most {TARGET})")


class Client:
    """One kept connection to the portal."""

    def __init__(self, portal: Served) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", portal.port)
        self._headers = portal.headers

    def get(self, path: str) -> bytes:
        """The answer, which is to be a good one."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{path}: {answer.status}")
        return body


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    names = addresses(count)
    with tempfile.TemporaryDirectory() as folder:
        accounts = Accounts(Path(folder) / "accounts")
        empty = accounts._client.command("INFO", "memory")["used_memory"]  # noqa: SLF001 - the bench asks Redis itself
        print(f"filled in {timed(lambda: fill(accounts, names)) / 1000:.0f} s")
        used = accounts._client.command("INFO", "memory")["used_memory"] - empty  # noqa: SLF001
        print(f"{used / count:.0f} bytes of Redis an account (at most {MEMORY})")
        print(f"read by a process in {timed(lambda: accounts.find(Wanted(), SCOPE)) / 1000:.1f} s")
        time.sleep(SETTLED)
        typing("in this process", lambda text: accounts.find(Wanted(text), SCOPE))
        with served(Path(folder)) as portal:
            client = Client(portal)
            for _ in range(WORKERS):  # each reads them for itself
                Client(portal).get("/api/v1/accounts")
            time.sleep(WORKERS * SETTLED)
            typing("through the API", lambda text: client.get(f"/api/v1/accounts?{urlencode({'q': text})}"))
        shares = [timed(lambda: accounts.find(Wanted(t), SCOPE)) / timed(lambda: plain(accounts, t)) for t in ("jan", "xqz", "mulder47")]  # noqa: B023
        print(f"{statistics.median(shares):.2%} of the time of a scan of Redis")
        for text in ("", "jan", "mulder4711", "@gemeente17"):
            print(f"  by last mail, {text!r}: {timed(lambda: accounts.find(Wanted(text, sort='-last_mail'), SCOPE)):.1f} ms")  # noqa: B023
        accounts.close()


if __name__ == "__main__":
    main()
