"""Takes one person out of what index runs leave in the data folder: rejected records, and what readers remember."""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indexer.deadletter import text_of
from indexer.formats import NAMES, by_name
from indexer.memory import Memory
from indexer.pending import PATTERN as PENDING
from indexer.records import Remembering
from store.erasure import Person

_LETTERS: Final = "dead-letter-*.ndjson"  # as `portal index` names them; one with another name is the operator's own
_DRAFTS: Final = ("dead-letter-*.ndjson.new", "*.memory.new")  # what was not finished when it was killed


@dataclass(frozen=True, slots=True)
class Erased:
    """How many files had something of the person, how many records or messages in them, and what could not be read, a sentence each."""

    files: int = 0
    records: int = 0
    troubles: tuple[str, ...] = ()

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(self.files + other.files, self.records + other.records, self.troubles + other.troubles)


def letters(folder: Path, person: Person, *, dry_run: bool) -> Erased:
    """Remove rejected records that hold the address. They go whole, since of what cannot be read nobody knows whose it is."""
    return sum((_letters(path, person, dry_run=dry_run) for path in sorted(folder.glob(_LETTERS))), Erased())


def memories(folder: Path, person: Person, *, dry_run: bool) -> Erased:
    """Make readers forget the person; a memory that cannot be read is removed, as the next run would do."""
    return sum((_memory(folder, name, person, dry_run=dry_run) for name in NAMES if _path(folder, name).exists()), Erased())


def pending(folder: Path, person: Person, *, dry_run: bool) -> Erased:
    """Take the person out of what accounts are still to be told of."""
    return sum((_pending(path, person, dry_run=dry_run) for path in sorted(folder.glob(PENDING))), Erased())


def _pending(path: Path, person: Person, *, dry_run: bool) -> Erased:
    with path.open("r+", encoding="utf-8", errors="replace") as file:
        lines = file.readlines()
        rest = [line for line in lines if not person.stands_in(line)]
        if len(rest) == len(lines):
            return Erased()
        if not dry_run:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return Erased(troubles=(f"{path}: an index run writes to it. End the run, and run the same command again.",))
            file.seek(0)
            file.writelines(rest)
            file.truncate()
        return Erased(1, len(lines) - len(rest))


def drafts(folder: Path) -> None:
    """Remove what runs that were killed have left unfinished."""
    for pattern in _DRAFTS:
        for draft in folder.glob(pattern):
            draft.unlink(missing_ok=True)


def _letters(path: Path, person: Person, *, dry_run: bool) -> Erased:
    """One file: written anew beside itself, and put in its place; without a line it goes."""
    with path.open("rb") as lines:
        gone = sum(person.stands_in(text_of(line)) for line in lines)
    if not gone:
        return Erased()
    if not dry_run:
        draft = path.with_name(f"{path.name}.new")
        with path.open("rb") as lines, draft.open("wb") as rest:
            rest.writelines(line for line in lines if not person.stands_in(text_of(line)))
            empty = rest.tell() == 0
        draft.replace(path)
        if empty:
            path.unlink()
    return Erased(1, gone)


def _memory(folder: Path, name: str, person: Person, *, dry_run: bool) -> Erased:
    """What one format remembers."""
    warnings: list[str] = []
    memory = Memory(folder, warnings)
    joiner = by_name(name).joiner()
    memory.recall(name, joiner)
    if warnings:
        if not dry_run:
            _path(folder, name).unlink(missing_ok=True)
        return Erased(1, 0)
    count = joiner.erase(person) if isinstance(joiner, Remembering) else 0
    if count and not dry_run:
        memory.keep(name, joiner)
    return Erased(min(count, 1), count, tuple(warnings))


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.memory"
