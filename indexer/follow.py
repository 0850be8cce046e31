"""Follows files that grow, as `tail -F` does: through rotation (another file under the name) and truncation (the same one, shorter)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from indexer.errors import SourceError

_CHUNK: Final = 1 << 20


class Followed:
    """One followed file, and those that come after it under its name."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._file: BinaryIO | None = None
        self._generation = 0

    def chunks(self) -> Iterator[bytes]:
        """What the file holds and whatever is added to it, without an end; empty where there is nothing now, then the caller waits.

        Raises `SourceError` where the file cannot be read.
        """
        try:
            while True:
                chunk = self._read()
                if not chunk and self._replaced():
                    # a writer may have added to the old file after it was renamed
                    chunk = self._read()
                    if not chunk:
                        self.close()
                        self._generation += 1
                yield chunk
        except OSError as error:
            raise SourceError(f"{self._name}: cannot be read any more ({error.strerror})") from error
        finally:
            self.close()

    def of_one_file(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Those of `chunks` that come from one and the same file; ends where another begins."""
        generation = self._generation
        for chunk in chunks:
            yield chunk
            if self._generation != generation:
                return

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> bytes:
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:  # between the two steps of a rotation
                return b""
        return self._file.read(_CHUNK)

    def _replaced(self) -> bool:
        if self._file is None:
            return False
        ours = os.fstat(self._file.fileno())
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        return (ours.st_dev, ours.st_ino) != (now.st_dev, now.st_ino) or now.st_size < self._file.tell()
