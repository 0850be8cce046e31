"""The real server: what it does when it is told to stop, and with bodies and heads that are too large, too slow or broken."""

import json
import socket
import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from samples import MAIL
from serving import Served, received, serving

from app import body
from app.body import BodyEndedError, Hurried
from store.embedded import EmbeddedStore

FORM = "POST /preferences HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def put(*headers: str) -> bytes:
    """The head of a change of an account."""
    lines = [
        "PUT /api/v1/accounts/a@x.example HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split(b" ", 2)[1])


def connected(served: Served) -> socket.socket:
    """A connection of its own."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=30)


def refused(served: Served) -> bool:
    """Whether new connections are refused, some time from now at the latest."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            connected(served).close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.05)
    return False


def test_what_runs_ends_and_what_is_new_is_refused(tmp_path: Path) -> None:
    """After SIGTERM: a form that is being sent and an export that is being read become whole; the exit code is 0."""
    store = EmbeddedStore(tmp_path / "data" / "events")
    big = next(each for each in MAIL if each.recipient)
    store.write([replace(big, id=f"many-{number}", diagnostic="x" * 3_000) for number in range(6_000)])
    store.close()
    with serving(tmp_path, {}, "--workers", "2") as served, connected(served) as exporting, connected(served) as sending:
        exporting.sendall(f"GET /api/v1/events.ndjson HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{served.bearer}\r\n".encode())
        begun = exporting.recv(1_000)
        sending.sendall(f"{FORM}Content-Length: 10\r\n\r\ntheme".encode())
        time.sleep(0.5)
        served.process.terminate()
        assert refused(served)
        sending.sendall(b"=dark")
        assert sending.recv(1_000).startswith(b"HTTP/1.1 303")
        whole = begun + received(exporting)
        assert b'{"end":true,"events":6000}' in whole.replace(b" ", b"")
        assert served.process.wait(timeout=60) == 0
    assert "trace" not in "".join(served.errors)


def test_bodies_have_their_bounds_with_and_without_a_length(tmp_path: Path) -> None:
    """413 in the shape of every error; in chunks, of unknown length, a body is not taken; two lengths are no request."""
    large = b"x" * 1_100_000
    with serving(tmp_path) as served:
        for request, code, problem in (
            (put(f"Content-Length: {len(large)}") + large, 413, "too_large"),
            (put("Transfer-Encoding: chunked") + f"{len(large):x}\r\n".encode() + large + b"\r\n0\r\n\r\n", 411, "length_required"),
            (put("Transfer-Encoding: chunked") + b"zz\r\nx\r\n0\r\n\r\n", 411, "length_required"),
        ):
            answer = served.ask(request)
            assert status(answer) == code
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == problem
        assert status(served.ask(put("Content-Length: -1"))) == 400
        assert status(served.ask(put("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n")) == 400
        page = served.ask(f"{FORM}Connection: close\r\nContent-Length: {len(large)}\r\n\r\n".encode() + large)
        assert status(page) == 413
        assert b"<h1" in page
        assert status(served.get("/healthz")) == 200
        served.stop()
    assert "trace" not in "".join(served.errors)


@pytest.mark.parametrize(
    ("head", "expected"),
    [(f"X-A: {'a' * 9_000}", 431), ("\r\n".join(["X-A: a"] * 150), 431), ("Transfer-Encoding: gzip", 400), ("Expect: x", 417)],
)
def test_heads_have_their_bounds(tmp_path: Path, head: str, expected: int) -> None:
    """In plain text, with the cure and nothing of what was sent."""
    with serving(tmp_path) as served:
        answer = served.get("/healthz", head)
        assert status(answer) == expected
        assert b"text/plain" in answer
        assert b"aaaa" not in answer


def test_a_body_that_stops_is_given_up(tmp_path: Path) -> None:
    """After five seconds, with 408; the others are answered meanwhile."""
    with serving(tmp_path) as served, connected(served) as half:
        half.sendall(f"{FORM}Connection: close\r\nContent-Length: 10\r\n\r\nthe".encode())
        assert status(served.get("/healthz")) == 200
        assert status(received(half)) == 408
        served.stop()
    assert "trace" not in "".join(served.errors)


def test_a_body_that_was_cut_short_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    """Its length says that there is more, and nothing is done with what came."""
    with serving(tmp_path) as served, connected(served) as half:
        half.sendall(f"{FORM}Connection: close\r\nContent-Length: 20\r\n\r\ntheme=dark".encode())
        half.shutdown(socket.SHUT_WR)
        answer = received(half)
        assert status(answer) == 408
        assert b"Set-Cookie" not in answer


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily: it gets ten seconds, and more only for what has come."""
    client, server = socket.socketpair()
    with client, server:
        hurried = Hurried(server)
        begun = time.monotonic()
        client.sendall(b"x" * 32_768)
        got = 0
        while got < 32_768:
            got += len(hurried.recv(65_536))
        monkeypatch.setattr(time, "monotonic", lambda: begun + body.FIRST_SECONDS + 1)  # 32 KiB are worth two seconds
        client.sendall(b"x")
        assert hurried.recv(1) == b"x"
        monkeypatch.setattr(time, "monotonic", lambda: begun + body.FIRST_SECONDS + 3)
        client.sendall(b"x")
        with pytest.raises(BodyEndedError):
            hurried.recv(1)
        assert server.gettimeout() is None
