"""The web server: gunicorn inside this process, with a store opened in each worker."""

import ipaddress
import os
import socket
import sys
from collections.abc import Callable

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http import message

from app import arenas, logs, metrics
from app.headers import MAX_TARGET
from app.settings import Settings
from app.worker import SILENT_SECONDS, HeadFirstWorker

DEFAULT_PORT = 8000
# A request that is still running when the server is told to stop gets this many seconds.
_GRACE = 30
_MOMENT = 3  # seconds on Ctrl-C
# A thread that comes back from Redis waits so long for each one that makes a page; Python's own 5 ms are as long as a short answer takes.
_TURN = 0.001
# Gunicorn lets no request line be longer than this constant of its own, 8,190 bytes, but for "unlimited". A query of 2,000 characters may
# take 24,000 in percent signs, and one that is too long is to be told so by the portal, which has a sentence for it.
_MAX_LINE = MAX_TARGET + 1024
message.MAX_REQUEST_LINE = _MAX_LINE


class ServerError(Exception):
    """The server cannot start as asked; the text says why and what to do."""


def address_of(host: str) -> str:
    """The address to listen on for `host`, a name or an address; raises `ServerError` for what is none of this machine."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, family=socket.AF_INET)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise ServerError(
            f"cannot listen on {host}: nobody knows an address of that name. Use 127.0.0.1, or an address of this machine."
        ) from error


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket on `host`; with no `port` named, on the first free one from 8000 up.

    Raises `ServerError` for a port that is taken, naming a free one. It listens from here on: no other program can take the port
    before the server runs.
    """
    address = address_of(host)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + 100) if port is None else (port,):
        try:
            return _bound(address, candidate)
        except PermissionError as error:
            raise ServerError(f"may not listen on port {candidate} (below 1024 that takes an administrator). Use --port 8000.") from error
        except OSError as error:
            reason = error
    if port is None:
        raise ServerError(f"found no free port from {DEFAULT_PORT} up on {host}: {reason.strerror}. Name one with --port.")
    free = _free(address)
    raise ServerError(f"port {port} on {host} cannot be used: {reason.strerror}. Port {free} is free: --port {free}.")


def url(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(settings: Settings, listener: socket.socket, workers: int, ready: Callable[[], None], *, log_requests: bool = True) -> None:
    """Answer requests until SIGINT or SIGTERM; `ready` is called once the workers are being started.

    Without `log_requests` only what goes wrong is logged.
    """
    arenas.limit()
    logs.begin(settings.log, requests=log_requests)
    with metrics.counted_together():
        _Server(settings, listener, workers, ready).run()


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def _free(address: str) -> int:
    with _bound(address, 0) as listener:
        return int(listener.getsockname()[1])


def _leave(_arbiter: object, _worker: object) -> None:
    """End a worker here and now: it is a fork, and must not run on into the code of the command that it was forked from."""
    ending = sys.exc_info()[1]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ending.code if isinstance(ending, SystemExit) and isinstance(ending.code, int) else 0)


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's process that looks after the workers."""

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002  # gunicorn's own signature
        """On Ctrl-C workers get a moment: one that is just being started may not have heard of it, and is killed then."""
        if not graceful:
            self.cfg.set("graceful_timeout", _MOMENT)
        super().stop(graceful)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn, configured from here alone: no command line, no configuration file, no control socket."""

    def __init__(self, settings: Settings, listener: socket.socket, workers: int, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._options = {
            "bind": f"fd://{listener.detach()}",
            "workers": workers,
            "worker_class": HeadFirstWorker,
            "threads": 16,  # a slow reader of an export holds one of them
            "keepalive": SILENT_SECONDS,
            "timeout": 60,
            "graceful_timeout": _GRACE,
            "limit_request_line": _MAX_LINE,
            "control_socket_disable": True,
            # Gunicorn believes loopback's X-Forwarded-Proto, SCRIPT_NAME and PATH_INFO by itself; whom to believe is for app/proxies.py.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
            "loglevel": "warning",
            "logger_class": logs.Quiet,
            "when_ready": lambda _arbiter: ready(),
            "worker_exit": _leave,
        }
        super().__init__()

    def run(self) -> None:
        """Answer requests until told to stop; called by `serve`."""
        _Arbiter(self).run()

    def load_config(self) -> None:
        """Take the options given; called by gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., object]:
        """The application of one worker: called after the fork, because the engine's threads do not survive one."""
        from app import create_app  # noqa: PLC0415  # the parent process needs neither Flask nor the engine
        from app.asker import gone  # noqa: PLC0415  # likewise
        from app.stores import made_accounts, made_directory, made_events  # noqa: PLC0415  # likewise
        from store.accounts import DEFAULT  # noqa: PLC0415  # likewise
        from store.events import Scope  # noqa: PLC0415  # likewise

        sys.setswitchinterval(_TURN)
        accounts = made_accounts(self._settings)
        directory = made_directory(self._settings)
        accounts.warm(lambda: [Scope.operator(DEFAULT), *(each.scope for each in directory.customers())])
        return create_app(self._settings, made_events(self._settings, left=gone), accounts, directory=directory)
