"""Another customer's address is answered as one that nobody has: by the same work of Redis, so no difference in time tells."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from accounts_portal import HTMX, portal_with
from flask.testing import FlaskClient

from store.accounts import Accounts, Sighting
from store.embedded import EmbeddedStore
from store.events import Scope

OTHERS = Scope.operator("other")
THEIRS = "theirs@x.example"
BURIED = "buried@x.example"  # deleted by the other customer, with its grave
NOBODYS = "nobody@x.example"
API, PAGE = "/api/v1/accounts/{address}", "/accounts/{address}"
PUT = {"json": {"phone": "06-12345678", "version": 1}}
VERBS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", API, {}),
    ("HEAD", API, {}),
    ("PUT", API, PUT),
    ("PUT", API, {"json": {"phone": None}, "headers": {"If-Match": '"1"'}}),
    ("DELETE", API, {}),
    ("DELETE", API, {"headers": {"If-Match": '"1"'}}),
    ("POST", f"{API}/restore", {}),
    ("GET", PAGE, {}),
    ("GET", PAGE, {"headers": HTMX}),
    ("POST", f"{PAGE}/delete", {"data": {"version": "1"}}),
    ("POST", f"{PAGE}/restore", {}),
    ("POST", f"{PAGE}/number", {}),
]


@pytest.fixture
def client(mail_store: EmbeddedStore, accounts: Accounts) -> FlaskClient:
    """A portal whose reader is of one customer, while another has accounts too."""
    for address in (THEIRS, BURIED):
        accounts.seen([Sighting(address, 1_767_225_600_000)], OTHERS)
        accounts.put(address, OTHERS, phone="+31612345678", by="operator", version=0)
    accounts.delete(BURIED, OTHERS, by="operator")
    return portal_with(mail_store, accounts).test_client()


@contextmanager
def heard(accounts: Accounts) -> Iterator[list[str]]:
    """What Redis is asked meanwhile, in its own words (MONITOR), what its scripts ask included."""
    mark, asked = secrets.token_hex(8), []
    redis = accounts._client._connected()  # a pool of its own, so that nothing is heard of connections being made
    with redis.monitor() as monitor:
        yield asked
        redis.echo(mark)
        for said in monitor.listen():
            if mark in said["command"]:
                break
            asked.append(said["command"])
    redis.close()


@pytest.mark.parametrize("address", [THEIRS, BURIED])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: f"{verb[0]} {verb[1]} {verb[2]}")
def test_anothers_address_takes_the_work_of_one_that_nobody_has(
    client: FlaskClient, accounts: Accounts, verb: tuple[str, str, dict[str, Any]], address: str
) -> None:
    """For every verb: 404, the same text, and the same commands to Redis but for the address."""
    method, path, options = verb
    found = []
    client.open(path.format(address=NOBODYS), method=method, **options)  # what is done once is done
    for each in (address, NOBODYS):
        with heard(accounts) as asked:
            answer = client.open(path.format(address=each), method=method, **options)
        assert answer.status_code == 404
        found.append([re.sub(r"\b\d{13}\b", "now", command).replace(each, NOBODYS) for command in asked])
    assert found[0] == found[1]
    assert found[0], "the answer came without asking Redis"
    assert accounts.get(THEIRS, OTHERS).phone == "+31612345678"
