"""A node of the cluster: the connections to it, how an answer is waited for, and whether it has been silent.

The client's own connections read an answer that comes in pieces, as every longer one of Elasticsearch does, at half the speed of Python's
`http.client`, and they wait for it without a look at anything else.
"""

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final

from elastic_transport import ApiResponseMeta, BaseNode, ConnectionError, ConnectionTimeout, HttpHeaders, NodeConfig, TlsError  # noqa: A004 - theirs
from elastic_transport._node._base import DEFAULT_CA_CERTS, NodeApiResponse, ssl_context_from_node_config
from elastic_transport.client_utils import DEFAULT

from store.errors import AbandonedError

_SECONDS: Final = 2.0  # for the small answer of a node that was silent
_LOOK: Final = 200  # ms between two looks whether the asker is still there
_LEFT: ContextVar[Callable[[], bool] | None] = ContextVar("left", default=None)


@contextmanager
def unless(left: Callable[[], bool]) -> Iterator[None]:
    """Give up what is asked inside, with `AbandonedError`, once `left` says that nobody waits for it; it is called in this thread.

    The connection is closed then, and Elasticsearch cancels a search whose connection is closed ("Search cancellation" in its manual).
    """
    token = _LEFT.set(left)
    try:
        yield
    finally:
        _LEFT.reset(token)


class WaryNode(BaseNode):
    """A node that is not trusted again before it has answered something small.

    A node that hangs takes connections and answers nothing, so each request that tries it again would wait to the end of its time. After a
    first one has, the next ones ask whether the node answers at all, and go to another where it does not.
    """

    _CLIENT_META_HTTP_CLIENT = ("hc", "3")  # how the client tells the node what it speaks with

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._silent = False
        self._always = dict(self.headers)
        self._idle: deque[HTTPConnection] = deque()  # the last used at the right
        self._tls = _secured(config) if config.scheme == "https" else None

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: Any = DEFAULT,  # noqa: ANN401 - the client's own signature
    ) -> NodeApiResponse:
        """Ask the node. Raises `ConnectionError`, `ConnectionTimeout`, `TlsError`; `AbandonedError` where nobody waits any more."""
        given = self._always | dict(headers or {})
        if self._silent:  # anything will do; where that is not answered soon another node is asked
            self._asked("GET", f"{self.path_prefix}/", None, given, _SECONDS)
            self._silent = False
        seconds = self.config.request_timeout if request_timeout is DEFAULT else request_timeout
        try:
            return self._asked(method, self.path_prefix + target, body, given, seconds)
        except ConnectionTimeout:
            self._silent = True
            raise

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _asked(self, method: str, target: str, body: bytes | None, headers: dict[str, str], seconds: float | None) -> NodeApiResponse:
        """The answer; each error of the connection becomes one of the client's."""
        try:
            return self._answer(method, target, body, headers, seconds)
        except TimeoutError as error:
            raise ConnectionTimeout("the node did not answer in time", errors=(error,)) from error
        except ssl.SSLError as error:
            raise TlsError(str(error), errors=(error,)) from error
        except (OSError, HTTPException) as error:
            raise ConnectionError(str(error) or type(error).__name__, errors=(error,)) from error

    def _answer(self, method: str, target: str, body: bytes | None, headers: dict[str, str], seconds: float | None) -> NodeApiResponse:
        began = time.monotonic()
        connection = self._connected(seconds)
        try:
            connection.request(method, target, body or None, headers)
            _wait(connection.sock, seconds)
            answer = connection.getresponse()
            data = answer.read()
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        meta = ApiResponseMeta(
            node=self.config,
            duration=time.monotonic() - began,
            http_version="1.1",
            status=answer.status,
            headers=HttpHeaders(answer.getheaders()),
        )
        return NodeApiResponse(meta, data)

    def _connected(self, seconds: float | None) -> HTTPConnection:
        """A connection that stands, as far as is known here."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.sock is not None and not _readable(connection.sock, 0):
                connection.sock.settimeout(seconds)
                return connection
            connection.close()  # what can be read there before anything was asked is its end
        if self._tls is None:
            return HTTPConnection(self.host, self.port, timeout=seconds)
        return HTTPSConnection(self.host, self.port, timeout=seconds, context=self._tls)


def _secured(config: NodeConfig) -> ssl.SSLContext:
    """How to know a node by its certificate: signed by whom the system knows or by the one that is named, and for its name or address."""
    context = ssl_context_from_node_config(config)
    context.load_verify_locations(config.ca_certs if isinstance(config.ca_certs, str) else DEFAULT_CA_CERTS)
    context.check_hostname = True
    return context


def _wait(connection: socket.socket, seconds: float | None) -> None:
    """Wait until something of the answer is there; raises `TimeoutError`, or `AbandonedError` where nobody waits any more."""
    left = _LEFT.get()
    if left is None:
        return  # reading waits by itself
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    while not _readable(connection, _LOOK):
        if left():
            raise AbandonedError("The search was stopped: nobody waits for its answer any more.")
        if time.monotonic() > deadline:
            raise TimeoutError


def _readable(connection: socket.socket, milliseconds: int) -> bool:
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(milliseconds))
