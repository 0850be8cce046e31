"""The write lock on the data folder: one writing process at a time, the others in turn."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from store.errors import StoreBusyError

_PAUSE: Final = 0.01  # seconds between two tries


class WriteLock:
    """Two advisory locks (freed by the kernel when a process dies): `writer` to write, and `turn` to be the next.

    Who writes sees from `turn` that somebody waits and lets go after the batch at hand; who waits holds `turn`, so the one who let go
    cannot push in again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._held is not None

    def acquire(self, patience: float, on_wait: Callable[[], None]) -> None:
        """Wait for the lock; `on_wait` is called once if it is not free. Raises `StoreBusyError` after `patience` seconds."""
        deadline = time.monotonic() + patience
        told = False
        with _Handle(self._folder / "turn.lock") as turn:
            writer = os.open(self._folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                while not (_taken(turn) and _taken(writer)):
                    self._refuse_after(deadline, patience)
                    if not told:
                        on_wait()
                        told = True
                    time.sleep(_PAUSE)
            except BaseException:
                os.close(writer)
                raise
        self._held = writer

    def _refuse_after(self, deadline: float, patience: float) -> None:
        if time.monotonic() > deadline:
            raise StoreBusyError(
                f"Another process has been writing to {self._folder} for {patience:.0f} seconds. "
                "Wait until it is done, or stop it, and try again."
            )

    def wanted(self) -> bool:
        """Whether the lock should be let go: another process waits for it, or its folder is gone and it guards nothing any more."""
        try:
            with _Handle(self._folder / "turn.lock") as turn:
                return not _taken(turn)
        except FileNotFoundError:
            return True

    def release(self) -> None:
        """Let go; nothing happens where the lock is not held."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


class _Handle:
    """An open lock file; closing it lets go of its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._handle

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def _taken(handle: int) -> bool:
    """Try to take the lock of an open file; taking it again is fine."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
