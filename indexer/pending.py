"""Sightings that accounts could not be told of, in files of the data folder: one a run, a line of JSON each."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Final

from store.accounts import Sighting

PATTERN: Final = "recipients-*.pending"
_BATCH: Final = 10_000


class Pending:
    """The files in one folder. The one that a run writes is locked for as long; replaying one twice is harmless."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def keep(self, seen: Sequence[Sighting]) -> None:
        """Put these down for a later run; on return they are on disk."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"recipients-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.pending"
            self._file = path.open("a", encoding="utf-8")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.writelines(f"{json.dumps([each.address, each.at, each.bounced, each.sender_domain])}\n" for each in seen)
        self._file.flush()
        os.fsync(self._file.fileno())

    def replay(self, tell: Callable[[Sequence[Sighting]], object]) -> None:
        """Tell what earlier runs have put down, and remove it; whatever `tell` raises leaves the file as it is."""
        for path in sorted(self._folder.glob(PATTERN)):
            with path.open("r+", encoding="utf-8", errors="replace") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # of a run that is under way
                lines = _read(file)
                while batch := list(islice(lines, _BATCH)):
                    tell(batch)
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the file of this run."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _read(file: IO[str]) -> Iterator[Sighting]:
    """The lines of a file; a last one that was cut short by a kill is left out."""
    for line in file:
        try:
            address, at, bounced, domain = json.loads(line)
        except ValueError:
            continue
        if isinstance(address, str) and isinstance(at, int) and isinstance(domain, str):
            yield Sighting(address, at, bool(bounced), domain)
