"""Whether somebody still waits for an answer, and what happens to a search when nobody does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from app.asker import gone
from store.elastic import Address
from store.elastic.cluster import Cluster
from store.elastic.tasks import Waiting
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


def test_an_answer_that_nobody_waits_for_is_given_up(elastic_url: str) -> None:
    """The one who waits is let go soon after the asker left, and the cluster is asked to stop; one that is quick is not looked at."""
    left, done = threading.Event(), threading.Event()
    cluster = Cluster(Address((elastic_url,)))
    waiting = Waiting(cluster, left.is_set)
    assert waiting.answer(len) == 16
    threading.Timer(0.3, left.set).start()
    began = time.monotonic()
    with pytest.raises(AbandonedError):
        waiting.answer(lambda _: done.wait(30))
    assert time.monotonic() - began < 15
    done.set()
    waiting.close()
    cluster.close()
