"""The server's worker: when a thread gets a request, and when a connection is given up."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import _DEFER, TConn

from app.worker import HEAD_SECONDS, HeadFirstWorker


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, TConn]]:
    """A client's socket, and the connection that the worker has of it."""
    client, served = socket.socketpair()
    with client:
        yield client, TConn(Config(), served, ("127.0.0.1", 1), ("127.0.0.1", 2))
        served.close()


def test_a_head_is_waited_for_without_a_thread(pair: tuple[socket.socket, TConn]) -> None:
    """Nothing, or a part of a head, goes back to the loop at once; the parts are kept."""
    client, connection = pair
    worker = object.__new__(HeadFirstWorker)
    for piece in (b"", b"GET / HT", b"TP/1.1\r\nHost: x\r\n"):
        client.sendall(piece)
        assert worker.handle(connection) is _DEFER
    assert connection.head.data == b"GET / HTTP/1.1\r\nHost: x\r\n"


def test_a_head_that_does_not_end_is_given_up(pair: tuple[socket.socket, TConn], monkeypatch: pytest.MonkeyPatch) -> None:
    """However busily its bytes drip: after ten seconds in all the connection is closed."""
    client, connection = pair
    worker = object.__new__(HeadFirstWorker)
    begun = time.monotonic()
    client.sendall(b"GET /")
    assert worker.handle(connection) is _DEFER
    monkeypatch.setattr(time, "monotonic", lambda: begun + HEAD_SECONDS + 1)
    client.sendall(b"x")
    assert worker.handle(connection) is False
    assert client.recv(1) == b""


def test_a_connection_that_is_over_is_counted_off_once(pair: tuple[socket.socket, TConn]) -> None:
    """Else a server that is told to stop would believe that nothing runs any more."""
    client, connection = pair
    worker = object.__new__(HeadFirstWorker)
    worker.nr_conns, worker.alive, worker.log = 2, True, logging.getLogger("worker")
    client.close()
    over: Future[object] = Future()
    over.set_result(worker.handle(connection))
    worker.finish_request(connection, over)
    assert worker.nr_conns == 1


@pytest.mark.parametrize(
    ("follows", "others_wait", "stays"),
    [(b"GET", False, True), (b"GET", True, False), (b"", False, False)],
    ids=["the next request comes", "others wait for a thread", "nothing comes"],
)
def test_a_thread_stays_with_its_connection_for_a_moment(
    pair: tuple[socket.socket, TConn], follows: bytes, *, others_wait: bool, stays: bool
) -> None:
    """Where the next request comes at once; nobody who waits for a thread is passed over for it."""
    client, connection = pair
    connection.init()
    worker = object.__new__(HeadFirstWorker)
    worker.alive, worker.tpool = True, ThreadPoolExecutor(1)
    done = threading.Event()
    for _ in range(2 if others_wait else 0):
        worker.tpool.submit(done.wait)
    client.sendall(follows)
    assert worker._soon(connection) is stays
    done.set()
    worker.tpool.shutdown()


def test_a_server_that_stops_waits_for_no_further_request(pair: tuple[socket.socket, TConn]) -> None:
    """The thread goes back to the loop, which ends the connection."""
    client, connection = pair
    connection.init()
    worker = object.__new__(HeadFirstWorker)
    worker.alive = False
    client.sendall(b"GET")
    assert worker._soon(connection) is False
