"""Compressed input read as it is: gzip, bzip2, xz and zstd, told by their first bytes, streamed in bounded pieces."""

import bz2
import itertools
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import zstandard

from indexer.errors import SourceError

PIECE: Final = 1 << 16  # at most so much comes out of one step, whatever the input claims to hold, and is lost where a step fails
_XZ_MEMORY: Final = 256 << 20  # xz -9 needs 65 MB to read; a file that asks for more is refused
_ZSTD_WINDOW: Final = 128 << 20  # zstd --long=27, the most it reads itself without being told to
_ZSTD_STEP: Final = 1 << 10  # a zstd block of 4 bytes can become 128 KiB and its output cannot be capped: feed it by the spoonful


class Member(Protocol):
    """One compressed member being read."""

    finished: bool
    rest: bytes  # what followed the end of the member

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes out for these bytes."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self.finished, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._stream.eof:
            before = self._stream.copy()
            try:
                piece = self._stream.decompress(data, PIECE)
            except zlib.error:
                # what came out before the damage, as little as a wrong checksum at the end, is worth having
                yield from (before.decompress(data[at : at + 1]) for at in range(len(data)))
                raise
            data = self._stream.unconsumed_tail
            yield piece
        if self._stream.eof:
            self.finished, self.rest = True, self._stream.unused_data


class _Pulled:
    """bzip2 and xz, whose objects keep what they have not yet read."""

    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream
        self.finished, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._stream.decompress(data, PIECE)
        while not self._stream.eof and not self._stream.needs_input:
            yield self._stream.decompress(b"", PIECE)
        if self._stream.eof:
            self.finished, self.rest = True, self._stream.unused_data


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self.finished, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_STEP):
            yield self._stream.decompress(data[at : at + _ZSTD_STEP])
            if self._stream.eof:
                self.finished, self.rest = True, self._stream.unused_data + data[at + _ZSTD_STEP :]
                return


# First bytes -> name, and how a member is read. RFC 1952, the bzip2 and xz file formats, RFC 8878 (with its skippable frames).
_KINDS: Final[tuple[tuple[bytes, str, Callable[[], Member]], ...]] = (
    (b"\x1f\x8b", "gzip", _Gzip),
    (b"BZh", "bzip2", lambda: _Pulled(bz2.BZ2Decompressor())),
    (b"\xfd7zXZ\x00", "xz", lambda: _Pulled(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))),
    (b"\x28\xb5\x2f\xfd", "zstd", _Zstd),
    *((bytes((0x50 + nibble,)) + b"\x2a\x4d\x18", "zstd", _Zstd) for nibble in range(16)),
)
_LONGEST_MARK: Final = 6
_DAMAGE: Final = (zlib.error, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError, ValueError)


def kind_of(start: bytes) -> str | None:
    """`gzip`, `bzip2`, `xz` or `zstd` by the first bytes of a source; None for plain content."""
    return next((name for mark, name, _ in _KINDS if start.startswith(mark)), None)


def decompressed(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The content of a source: plain bytes as they are, compressed members one after the other.

    An empty chunk, which says that nothing comes now, passes through.
    Raises `SourceError` naming the source and the place where the damage is, after all that could be read came out.
    """
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= _LONGEST_MARK:
            break
        if not chunk:
            yield b""
    if kind_of(start) is None:
        if start:
            yield start
        yield from chunks
    else:
        members = _Members(name)
        for chunk in itertools.chain((start,), chunks):
            yield from members.add(chunk) if chunk else (b"",)
        members.close()


class _Members:
    """The compressed members of one source, one after the other, and how far they are read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._member: Member | None = None
        self._held = b""  # read and not yet decompressed
        self._taken = self._given = 0

    def add(self, chunk: bytes) -> Iterator[bytes]:
        """The content of these bytes."""
        self._taken += len(chunk)
        self._held += chunk
        while self._held:
            if self._member is None and not self._open():
                return
            if self._member is not None:
                yield from self._fed(self._member)

    def close(self) -> None:
        """Raise `SourceError` where the data does not end with a whole member."""
        if self._member is not None:
            raise self._damaged("cut off before its end")
        if self._held:
            raise self._damaged("followed by something else")

    def _open(self) -> bool:
        """Begin the next member; False where its first bytes are not all here."""
        self._held = self._held.lstrip(b"\0")  # padding between and after members
        make = next((make for mark, _, make in _KINDS if self._held.startswith(mark)), None)
        if make is None:
            if len(self._held) >= _LONGEST_MARK:
                raise self._damaged("followed by something else")
            return False
        self._member = make()
        return True

    def _fed(self, member: Member) -> Iterator[bytes]:
        try:
            for piece in member.feed(self._held):
                self._given += len(piece)
                if piece:  # an empty one would say that nothing more comes now
                    yield piece
        except _DAMAGE as error:
            raise self._damaged(f"damaged ({error})") from error
        self._held = member.rest
        if member.finished:
            self._member = None

    def _damaged(self, what: str) -> SourceError:
        return SourceError(
            f"{self._name}: the compressed data is {what}, at or before byte {self._taken} of the file; "
            f"the {self._given} bytes of content before it are kept. Get the file again and run the same command"
        )
