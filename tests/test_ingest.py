"""Events that programs send: what is kept, what is told, and that nothing is half told."""

import fcntl
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from accounts_portal import SCOPE, portal_with
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from samples import MAIL
from serving import Served, serving

from app import ingest
from app.headers import MAX_EVENTS
from indexer.taking import MAX_LINE, MOST_TOLD, take
from store.accounts import Accounts
from store.embedded import EmbeddedStore
from store.event import Event, public_json
from store.events import EventStore, Scope, WriteReport

NDJSON = {"Content-Type": "application/x-ndjson"}
EVENT = {"timestamp": "2026-11-02T09:00:00Z", "type": "delivery", "sender": "info@one.example", "recipient": "jan@two.example"}


def line(**changed: object) -> bytes:
    """An event as a line."""
    return json.dumps(EVENT | changed).encode() + b"\n"


@pytest.fixture
def sending(client_of: Callable[[EventStore], FlaskClient], tmp_path: Path) -> FlaskClient:
    """A client of a portal with an empty store."""
    return client_of(EmbeddedStore(tmp_path / "events"))


class Kept:
    """A store that keeps events in a list."""

    concurrent_writes = 1

    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, events: list[Event]) -> WriteReport:
        """Keep them."""
        self.events += events
        return WriteReport(new=len(events))


def test_what_an_export_wrote_can_be_sent(sending: FlaskClient) -> None:
    """All of it is there afterwards, and sending it again adds nothing."""
    mail = [event for event in MAIL if event.type.isalpha()]
    body = b"".join(public_json(event) + b"\n" for event in mail)
    first, again = (sending.post("/api/v1/events", data=body, headers=NDJSON).json for _ in range(2))
    assert first == {"read": len(mail), "events": len(mail), "new": len(mail), "rejected": [], "more_rejected": 0}
    assert again == first | {"new": 0}
    assert sending.get("/api/v1/events").json["total"] == len(mail)


def test_what_cannot_be_kept_is_told_by_its_line(sending: FlaskClient) -> None:
    """With the field and the reason; blank lines are none, and the others are kept."""
    body = (
        line()
        + b"\n"
        + b"no json\n"
        + line(type="")
        + b"  \r\n"
        + line(subject="two")[:-1]
        + b"\r\n"
        + b"x" * (MAX_LINE * 2)
        + b"\n"
        + line(subject="last")[:-1]
    )
    told = sending.post("/api/v1/events", data=body, headers=NDJSON).json
    assert (told["read"], told["events"], told["new"]) == (6, 3, 3)
    assert [each["line"] for each in told["rejected"]] == [3, 4, 7]
    assert ["not JSON" in each["reason"] or "type" in each["reason"] or "longer" in each["reason"] for each in told["rejected"]] == [
        True
    ] * 3


def test_the_recipients_become_accounts(accounts: Accounts, tmp_path: Path) -> None:
    """As they do when a log is indexed."""
    store = EmbeddedStore(tmp_path / "events")
    client = portal_with(store, accounts).test_client()
    client.post("/api/v1/events", data=line(recipient="brand.new@two.example"), headers=NDJSON)
    assert accounts.get("brand.new@two.example", SCOPE) is not None
    store.close()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 415, "not_ndjson"),
        ({"Content-Type": "text/plain"}, 415, "not_ndjson"),
        (NDJSON | {"Content-Encoding": "gzip"}, 415, "encoded"),
        (NDJSON | {"Sec-Fetch-Site": "cross-site"}, 403, "foreign_origin"),
    ],
)
def test_what_is_not_meant_for_it_is_refused(sending: FlaskClient, headers: dict[str, str], status: int, code: str) -> None:
    """In the shape of every error."""
    answer = sending.post("/api/v1/events", data=line(), headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


def test_a_body_in_chunks_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    """By a real server: one that ends is kept; of one that is too large, broken or cut short nothing is."""

    def start(served: Served) -> bytes:
        head = b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n"
        return head + f"Authorization: Bearer {served.token}\r\n".encode()

    def chunk(data: bytes) -> bytes:
        return f"{len(data):x}\r\n".encode() + data + b"\r\n"

    million = line(subject="x") + b" " * (1 << 20)
    with serving(tmp_path) as served:
        head = start(served) + b"Transfer-Encoding: chunked\r\n\r\n"
        assert served.ask(start(served) + f"Content-Length: {MAX_EVENTS + 1}\r\n\r\n".encode()).startswith(b"HTTP/1.1 413")
        large = served.ask(head + chunk(million) * 65 + b"0\r\n\r\n", seconds=60)
        assert large.startswith(b"HTTP/1.1 413")
        assert b"Nothing of it was kept" in large
        assert served.ask(head + chunk(line(subject="broken")) + b"zz\r\n\r\n").startswith(b"HTTP/1.1 400")
        assert b'"total":0' in served.get("/api/v1/events")
        assert b'"new":2' in served.ask(head + chunk(line()) + chunk(line(subject="b")[:30]) + chunk(line(subject="b")[30:]) + b"0\r\n\r\n")
        assert b'"total":2' in served.get("/api/v1/events")
        served.stop()
    assert "trace" not in "".join(served.errors)


def test_while_another_process_writes_it_waits_and_then_says_so(client_of: Callable[[EventStore], FlaskClient], tmp_path: Path) -> None:
    """503 with Retry-After, in words; once the other has ended the same body is kept."""
    store = EmbeddedStore(tmp_path / "events", patience=0.3)
    store.make()
    client = client_of(store)
    with (tmp_path / "events" / "writer.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        answer = client.post("/api/v1/events", data=line(), headers=NDJSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "store_busy")
    assert "Send it again" in answer.json["error"]["message"]
    assert int(answer.headers["Retry-After"]) > 0
    assert client.post("/api/v1/events", data=line(), headers=NDJSON).json["new"] == 1


def test_more_senders_than_there_are_turns_are_told_so(sending: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold no thread for long."""
    monkeypatch.setattr(ingest, "_TURN_SECONDS", 0.0)
    with ingest._turn(), ingest._turn():
        answer = sending.post("/api/v1/events", data=line(), headers=NDJSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "store_busy")
    assert sending.post("/api/v1/events", data=line(), headers=NDJSON).status_code == 200


def test_a_customer_sends_events_of_its_own_domains_only() -> None:
    """Others are told by their line; and an id that is another's event does not become part of that."""
    store = Kept()
    body = line(id="theirs") + line(sender="x@other.example", id="b") + line(sender=None, type="reject", recipient=None)
    taken = take(io.BytesIO(body), store, Scope.of(["one.example"], "one"))
    assert (taken.events, [number for number, _ in taken.rejected]) == (1, [2, 3])
    assert store.events[0].id != "theirs"
    again = Kept()
    take(io.BytesIO(body), again, Scope.of(["one.example"], "one"))
    assert again.events[0].id == store.events[0].id


def test_so_many_rejected_lines_are_counted() -> None:
    """An answer has its bounds too."""
    taken = take(io.BytesIO(b"x\n" * (MOST_TOLD + 7)), Kept(), Scope.operator())
    assert (len(taken.rejected), taken.more_rejected) == (MOST_TOLD, 7)


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(line()[:-1]), st.just(b"")), max_size=8))
def test_each_line_is_kept_or_told(lines: list[bytes]) -> None:
    """Whatever is sent: none is lost in silence."""
    body = b"\n".join(lines)
    store = Kept()
    taken = take(io.BytesIO(body), store, Scope.operator())
    assert taken.read == taken.events + len(taken.rejected) == len([part for part in body.split(b"\n") if part.strip()])
    assert len(store.events) == taken.events
