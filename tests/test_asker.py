"""Whether somebody still waits for an answer, and what happens to a search when nobody does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from elastic_transport import ConnectionTimeout, NodeConfig
from flask import Flask

from app.asker import gone
from store.elastic import Address
from store.elastic.cluster import Cluster
from store.elastic.nodes import WaryNode
from store.elastic.waiting import Waiting
from store.errors import AbandonedError


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's and the browser's end of a connection."""
    server, browser = socket.socketpair()
    yield server, browser
    server.close()
    browser.close()


def test_a_browser_that_hangs_up_is_gone(ends: tuple[socket.socket, socket.socket]) -> None:
    """As long as the connection stands somebody waits, even if the next request has come already."""
    server, browser = ends
    with Flask("x").test_request_context(environ_base={"gunicorn.socket": server}):
        assert not gone()
        browser.sendall(b"GET /next HTTP/1.1\r\n")
        assert not gone()
        server.recv(100)
        browser.close()
        assert gone()


def test_without_a_connection_to_look_at_everybody_stays() -> None:
    """Outside a request, and behind another server."""
    assert not gone()
    with Flask("x").test_request_context():
        assert not gone()


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A node that takes connections and answers nothing, as one that hangs does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_an_answer_that_nobody_waits_for_is_given_up(mute: socket.socket) -> None:
    """The one who waits is let go soon after the asker left, and the node sees the end of the connection."""
    left = threading.Event()
    cluster = Cluster(Address((f"http://127.0.0.1:{mute.getsockname()[1]}",)))
    waiting = Waiting(left.is_set)
    threading.Timer(0.3, left.set).start()
    began = time.monotonic()
    with pytest.raises(AbandonedError):
        waiting.answer(lambda: cluster.ask("GET", "/"))
    assert time.monotonic() - began < 15
    served, _ = mute.accept()
    with served:
        assert served.recv(65_536).startswith(b"GET / HTTP/1.1")
        served.settimeout(10)
        assert served.recv(1) == b""
    waiting.close()
    cluster.close()


def test_what_is_fetched_ahead_is_given_up_with_it(mute: socket.socket) -> None:
    """Dropped by who does not want it any more, the connection ends too."""
    cluster = Cluster(Address((f"http://127.0.0.1:{mute.getsockname()[1]}",)))
    waiting = Waiting(lambda: False)
    coming = waiting.ahead(lambda: cluster.ask("GET", "/"))
    served, _ = mute.accept()
    with served:
        served.settimeout(10)
        assert served.recv(65_536).startswith(b"GET / HTTP/1.1")
        coming.drop()
        assert served.recv(1) == b""
    waiting.close()
    cluster.close()


def test_while_one_looks_whether_a_silent_node_answers_others_do_so_too(mute: socket.socket) -> None:
    """None of them waits the whole time of its own request for a node that is known to hang."""
    node = WaryNode(NodeConfig("http", "127.0.0.1", mute.getsockname()[1]))

    def asked(seconds: float) -> None:
        with pytest.raises(ConnectionTimeout):
            node.perform_request("GET", "/events", request_timeout=seconds)

    asked(0.2)
    first = threading.Thread(target=asked, args=(30,))
    first.start()
    time.sleep(0.3)
    began = time.monotonic()
    asked(30)
    first.join()
    assert time.monotonic() - began < 15
    node.close()
