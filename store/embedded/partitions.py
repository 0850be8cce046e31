"""The month folders: which there are, which a time range needs, and their newest committed state."""

import os
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import tantivy

from store.embedded.failures import gone, opening
from store.embedded.schema import FORMAT, SCHEMA
from store.errors import StoreDamagedError, StoreUnavailableError
from store.months import bounds

# The number is when the folder was made, in ms: a month may be written anew (`store/embedded/rewrite.py`), and the newest counts.
_NAME: Final = re.compile(r"(\d{4}-\d{2})\.(\d{13})")
_FORMAT_FILE: Final = "format"
_MAX_FORMAT: Final = 20  # bytes of it that are looked at
_TRIES: Final = 5


Stamp: TypeAlias = tuple[int, int, int]  # of the file that each commit replaces: time, inode, size


@dataclass(slots=True)
class Partition:
    """One month: its folder, its time range in ms, and a reader that follows what any process commits to it."""

    month: str
    number: int
    path: Path
    index: tantivy.Index
    start: int
    end: int
    _seen: Stamp = (0, 0, 0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self) -> "Snapshot":
        """What is committed now. Looking for a new one costs a stat of the file that each commit replaces."""
        with opening(self.path), self._lock:
            found = os.stat(self.path / "meta.json")  # noqa: PTH116 - as cheap as it can be: this runs for every request
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            if stamp != self._seen:
                self.index.reload()
                self._seen = stamp
            return Snapshot(self, self.index.searcher(), stamp)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A month at one moment: what is committed later does not show in it."""

    partition: Partition
    searcher: tantivy.Searcher
    stamp: Stamp  # equal ones are of the same state


class Partitions:
    """The months in a folder. Opened when first used, and again after a fork: an open index has threads, which a fork does not copy.

    A folder without a store is empty, until there has been one (`made`): then it is gone, and nobody is to take that for "no mail".
    """

    def __init__(self, folder: Path, *, made: bool = False) -> None:
        self.folder = folder
        self._marker = folder / _FORMAT_FILE
        self._made = made
        self._lock = threading.Lock()
        self._open: dict[str, Partition] = {}
        self._pid = os.getpid()
        self._of_the_parent: list[dict[str, Partition]] = []

    def prepare(self) -> None:
        """Make the folder, or see that it is of a format this version can use; raises `StoreUnavailableError` if not."""
        if not self._is_there() and not self._listed():
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f"{_FORMAT_FILE}.{os.getpid()}"
            draft.write_text(f"{FORMAT}\n")
            draft.rename(self._marker)  # whole or not at all
        self._check_format()
        self._made = True

    def any(self) -> bool:
        """Whether there is a store here, or what is left of one."""
        return self.folder.is_dir() and (self._is_there() or bool(self._listed()))

    def snapshots(self, start: int | None, end: int | None) -> list[Snapshot]:
        """The months with a time in `start <= t < end` (ms, None is open), oldest first, each as it is now."""
        for attempt in range(_TRIES):
            try:
                return [
                    partition.snapshot()
                    for _, partition in sorted(self._refreshed().items())
                    if (end is None or partition.start < end) and (start is None or partition.end > start)
                ]
            except StoreDamagedError:
                # A month was replaced between the look at the folder and the opening of it.
                if attempt == _TRIES - 1:
                    raise
        return []

    def find(self, month: str) -> Partition | None:
        """The month's partition, if there is one."""
        return self._refreshed().get(month)

    def create(self, month: str) -> Partition:
        """A new month; only for the process that holds the write lock. It appears whole: a crash leaves nothing half."""
        building = self.building(month)
        self.publish(building, month)
        partition = self.find(month)
        if partition is None:
            raise StoreUnavailableError(f"{self.folder} lost the month {month} while it was made. Is something else deleting there?")
        return partition

    def building(self, month: str) -> Path:
        """A fresh folder with an empty index, not yet part of the store."""
        path = self.folder / f"{month}.building"
        remove(path)
        path.mkdir(parents=True)
        tantivy.Index(SCHEMA, path=str(path))
        return path

    def publish(self, building: Path, month: str) -> None:
        """Make a built folder the month's own, at once; what it replaces goes from the disk."""
        number = max(time.time_ns() // 1_000_000, self._listed().get(month, 0) + 1)
        building.rename(self.folder / f"{month}.{number:013d}")
        _sync(self.folder)
        self.sweep()

    def drop(self, partition: Partition) -> None:
        """Remove a whole month: first from sight, then from the disk."""
        gone = partition.path.with_suffix(".gone")
        partition.path.rename(gone)
        _sync(self.folder)
        remove(gone)

    def sweep(self) -> None:
        """Remove what a crash left: folders that were never finished, and months that have been replaced."""
        current = self._listed()
        for entry in list(self.folder.iterdir()):
            named = _NAME.fullmatch(entry.name)
            if entry.name.endswith((".building", ".gone")) or (named and int(named[2]) < current[named[1]]):
                remove(entry)

    def _listed(self) -> dict[str, int]:
        """The months on the disk, each with its highest number."""
        found: dict[str, int] = {}
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - as cheap as it can be: this runs for every request
        except FileNotFoundError:
            return found
        for name in names:
            if named := _NAME.fullmatch(name):
                found[named[1]] = max(found.get(named[1], 0), int(named[2]))
        return found

    def _check_format(self) -> None:
        text = self._marker.read_bytes()[:_MAX_FORMAT].decode(errors="replace").strip() if self._marker.exists() else ""
        if text == str(FORMAT):
            return
        if text.isdecimal():
            raise StoreDamagedError(
                f"{self.folder} is in format {text}, and this version of the portal uses {FORMAT}. "
                f"Use the version that wrote it, or move the folder aside and index the sources again into a new one."
            )
        raise StoreDamagedError(
            f"The file {self._marker} is damaged or missing; it says which version wrote the events beside it. If it was this version, "
            f"write the number {FORMAT} into it; otherwise move {self.folder} aside and index the sources again into a new one."
        )

    def _is_there(self) -> bool:
        """Whether there is a store; raises `StoreUnavailableError` where there is none any more."""
        found = self._marker.exists()
        if self._made and not found:
            raise gone(self.folder)
        self._made = found
        return found

    def _refreshed(self) -> dict[str, Partition]:
        """The open partitions, after a look at the folder."""
        self._is_there()
        listed = self._listed()
        with self._lock:
            if self._pid != os.getpid():
                self._of_the_parent.append(self._open)  # never closed here: its threads are in the parent
                self._open, self._pid = {}, os.getpid()
            for month in self._open.keys() - listed.keys():
                del self._open[month]
            for month, number in listed.items():
                known = self._open.get(month)
                if known is None or known.number != number:
                    self._open[month] = self._opened(month, number)
            return dict(self._open)

    def _opened(self, month: str, number: int) -> Partition:
        self._check_format()
        path = self.folder / f"{month}.{number:013d}"
        with opening(path):
            index = tantivy.Index.open(str(path))
            index.config_reader(reload_policy="manual")
        return Partition(month, number, path, index, *bounds(month))


def remove(path: Path) -> None:
    """Remove a folder of the store; a second remover at the same time is no error."""
    for entry in list(path.iterdir()) if path.is_dir() else []:
        entry.unlink(missing_ok=True)
    if path.is_dir():
        path.rmdir()


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
