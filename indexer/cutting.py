"""Cuts a stream of bytes into blocks of whole records, and keeps count of lines and bytes on the way."""

import time
from collections.abc import Iterator
from typing import Final

from indexer.records import Block, Format, Rejected

BLOCK: Final = 2 << 20  # bytes of a block: large enough that handing it over costs nothing, small enough for flat memory
LONGEST_RECORD: Final = 16 << 20
KEPT: Final = 64 << 10  # bytes of a longer record that go to the dead letter
LIVE_SECONDS: Final = 0.5  # how long records of a live source may wait for a block to fill
_BOM: Final = b"\xef\xbb\xbf"


class Cutter:
    """One source's bytes in, its blocks out, in one format."""

    def __init__(self, source: str, form: Format, modified: float, *, live: bool) -> None:
        self._source, self._format, self._modified, self._live = source, form, modified, live
        self._held = bytearray()
        self._line, self._offset = 1, 0
        self._tried = 0  # bytes that were held when no whole record was found in them
        self._skipping = False  # inside a record that is too long
        self._since = time.monotonic()

    def add(self, chunk: bytes) -> Iterator[Block | Rejected]:
        """The blocks that these bytes complete; an empty chunk says that nothing more comes now."""
        self._held += chunk
        if self._skipping:
            self._skip()
        elif self._offset == 0 and self._held.startswith(_BOM):
            self._take(len(_BOM))
        if self._due(idle=not chunk):
            yield from self._cut()

    def close(self) -> Iterator[Block | Rejected]:
        """The rest, a last record without a line end among it."""
        yield from self._cut()
        if self._held:
            yield self._block(len(self._held))

    def _due(self, *, idle: bool) -> bool:
        if len(self._held) <= self._tried:
            return False
        if len(self._held) >= max(BLOCK, min(2 * self._tried, LONGEST_RECORD)):
            return True
        return self._live and (idle or time.monotonic() - self._since > LIVE_SECONDS)

    def _cut(self) -> Iterator[Block | Rejected]:
        self._since = time.monotonic()
        whole = self._format.cut(bytes(self._held))
        if whole:
            self._tried = 0
            yield self._block(whole)
        elif len(self._held) > LONGEST_RECORD:
            yield self._too_long()
        else:
            self._tried = len(self._held)

    def _block(self, size: int) -> Block:
        line, offset = self._line, self._offset
        return Block(self._source, self._take(size), line, offset, self._modified)

    def _take(self, size: int) -> bytes:
        data = bytes(self._held[:size])
        del self._held[:size]
        self._line += data.count(b"\n")
        self._offset += size
        return data

    def _too_long(self) -> Rejected:
        reason = f"a record of more than {LONGEST_RECORD >> 20} MiB; its first {KEPT >> 10} KiB are kept here"
        rejected = Rejected(self._source, self._line, self._offset, reason, bytes(self._held[:KEPT]))
        self._skip()
        return rejected

    def _skip(self) -> None:
        """Leave out the rest of a record that is too long: up to the next line."""
        end = self._held.find(b"\n") + 1
        self._take(end or len(self._held))
        self._skipping, self._tried = not end, 0
