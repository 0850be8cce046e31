"""Whether time tells that an address is another customer's: it is asked for beside one that nobody has, in turn, for every verb.

`scripts/bench absent`. Through a real server, every answer a 404. Prints for each verb the ratio of the two medians with its interval of
95 % (bootstrap); 1 in each says that there is no difference. A last line compares the same address with itself: what the method sees where
there is surely nothing.
"""

import http.client
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from api import Served, served

from store.accounts import DEFAULT, Accounts, Sighting
from store.events import Scope

ROUNDS = 600
DRAWN = 2000  # bootstrap
EVERY = 400  # accounts of each customer
OTHERS = Scope.operator("other")
THEIRS, NOBODYS = "someone.theirs@x.example", "someone.nobody@x.example"  # of one length
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VERBS: tuple[tuple[str, str, bytes | None, dict[str, str]], ...] = (
    ("GET", "/api/v1/accounts/{}", None, {}),
    ("PUT", "/api/v1/accounts/{}", b'{"phone": "06-12345678", "version": 1}', JSON),
    ("DELETE", "/api/v1/accounts/{}", None, {}),
    ("POST", "/api/v1/accounts/{}/restore", b"", {}),
    ("GET", "/accounts/{}", None, {}),
    ("POST", "/accounts/{}/delete", b"version=1", FORM),
    ("POST", "/accounts/{}/restore", b"", FORM),
    ("POST", "/accounts/{}/number", b"", FORM),
)


def fill(folder: Path) -> None:
    """Some accounts of both customers, each with a number; the one asked for is the other's."""
    accounts = Accounts(folder / "accounts")
    for scope, names in ((OTHERS, [THEIRS]), (Scope.operator(DEFAULT), [])):
        for name in [*names, *(f"person{number}@x.example" for number in range(EVERY))]:
            accounts.seen([Sighting(name, 1_767_225_600_000)], scope)
            accounts.put(name, scope, phone="+31612345678", by="operator", version=0)
    accounts.close()


def asked(connection: http.client.HTTPConnection, verb: tuple[str, str, bytes | None, dict[str, str]], address: str) -> float:
    """Microseconds until the whole answer is here."""
    method, path, body, headers = verb
    began = time.perf_counter()
    connection.request(method, path.format(address), body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    spent = time.perf_counter() - began
    if answer.status != http.HTTPStatus.NOT_FOUND:
        raise SystemExit(f"{method} {path}: {answer.status}")
    return 1e6 * spent


def in_turn(portal: Served, verb: tuple[str, str, bytes | None, dict[str, str]], one: str, other: str) -> tuple[list[float], list[float]]:
    """Times of both, asked in pairs of which either may come first."""
    chance = random.Random(1)  # noqa: S311 - which comes first
    verb = (*verb[:3], verb[3] | portal.headers)
    connection = http.client.HTTPConnection("127.0.0.1", portal.port)
    for _ in range(20):
        asked(connection, verb, other)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side in chance.sample((0, 1), 2):
            times[side].append(asked(connection, verb, (one, other)[side]))
    connection.close()
    return times


def ratio(one: Sequence[float], other: Sequence[float]) -> str:
    """The ratio of the medians, with the interval that 95 % of ratios of samples drawn from both lie in."""
    chance = random.Random(2)  # noqa: S311 - a bootstrap
    drawn = sorted(
        statistics.median(chance.choices(one, k=len(one))) / statistics.median(chance.choices(other, k=len(other))) for _ in range(DRAWN)
    )
    low, high = drawn[DRAWN // 40], drawn[-1 - DRAWN // 40]
    found = statistics.median(one) / statistics.median(other)
    return f"{found:.4f} ({low:.4f} to {high:.4f}){'' if low <= 1 <= high else '  1 is not in it'}"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with served(Path(folder)) as portal:
            for verb in VERBS:
                theirs, nobodys = in_turn(portal, verb, THEIRS, NOBODYS)
                print(
                    f"{verb[0]:6} {verb[1]:32} median {statistics.median(nobodys):6.0f} us, another's / nobody's {ratio(theirs, nobodys)}"
                )
            same = in_turn(portal, VERBS[0], NOBODYS, NOBODYS)
            print(f"{'the same address twice':39} median {statistics.median(same[1]):6.0f} us, one / other {ratio(*same)}")


if __name__ == "__main__":
    main()
