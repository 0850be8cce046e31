"""Files, pipes and growing files: what is read, in which order, and what is said of those that cannot be read."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import compression, cutting
from indexer.cutting import Cutter
from indexer.errors import SourceError, UnknownFormatError
from indexer.formats.ndjson import NdjsonFormat
from indexer.records import Block, Rejected
from indexer.sources import Meter, Piece, pieces
from indexer.survey import Source, survey

LINE = b'{"timestamp": "2024-11-01T09:00:00Z", "type": "send", "sender": "a@s.example", "recipient": "b@x.example"}\n'
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def content(sources: list[Source], problems: list[str] | None = None) -> bytes:
    """All that comes out of some sources, put together."""
    found = [] if problems is None else problems
    out = b"".join(piece.content.data for piece in pieces(sources, Meter(), threading.Event(), found) if piece and is_block(piece))
    assert problems is not None or not found
    return out


def is_block(piece: Piece) -> bool:
    """Whether this is a block."""
    return isinstance(piece.content, Block)


@pytest.mark.parametrize("kind", COMPRESS)
def test_compressed_members_are_read_one_after_the_other(kind: str, tmp_path: Path) -> None:
    """Recognised by content, whatever the name; several members are one content."""
    path = tmp_path / "plain.log"
    path.write_bytes(COMPRESS[kind](LINE * 3) + COMPRESS[kind](LINE * 2))
    assert content(survey([path])) == LINE * 5


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_compressed_file_that_is_cut_off_gives_what_is_there_and_an_error(kind: str, tmp_path: Path) -> None:
    """The error names the file and the place."""
    lines = b"".join(LINE.replace(b"b@", b"%d@" % (number * 7919 % 99991)) for number in range(20_000))
    packed = COMPRESS[kind](lines)
    path = tmp_path / "cut"
    path.write_bytes(packed[: len(packed) * 9 // 10])
    problems: list[str] = []
    read = content(survey([path]), problems)
    assert lines.startswith(read)
    assert len(read) > len(lines) // 4
    assert f"cut off before its end, at or before byte {len(packed) * 9 // 10}" in problems[0]
    assert f"{len(read)} bytes of content before it are kept" in problems[0]


def test_a_wrong_checksum_loses_nothing(tmp_path: Path) -> None:
    """What came out before the checksum of gzip failed is kept."""
    path = tmp_path / "bad.gz"
    packed = bytearray(gzip.compress(LINE * 3))
    packed[-8] ^= 1
    path.write_bytes(packed)
    problems: list[str] = []
    assert content(survey([path]), problems) == LINE * 3
    assert "bad.gz: the compressed data is damaged" in problems[0]


@pytest.mark.parametrize("kind", COMPRESS)
def test_what_follows_compressed_data_is_named(kind: str, tmp_path: Path) -> None:
    """Padding is no fault, text after the last member is."""
    padded, followed = tmp_path / "padded", tmp_path / "followed"
    padded.write_bytes(COMPRESS[kind](LINE) + b"\0" * 512)
    followed.write_bytes(COMPRESS[kind](LINE) + b"plain text")
    assert content(survey([padded])) == LINE
    problems: list[str] = []
    assert content(survey([followed]), problems) == LINE
    assert "followed by something else" in problems[0]


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_decompression_bomb_comes_out_in_bounded_pieces(kind: str) -> None:
    """50 MB of zeros from a few bytes are never in memory at once."""
    packed = COMPRESS[kind](bytes(50_000_000))
    largest = max(map(len, compression.decompressed(iter([packed]), "bomb")))
    assert largest <= 32 << 20


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*COMPRESS]), st.data())
def test_damage_anywhere_is_no_crash(kind: str, data: st.DataObject) -> None:
    """One changed byte gives the content, the beginning of it, or an error of ours."""
    packed = bytearray(COMPRESS[kind](LINE * 50))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    chunks = [bytes(packed[at : at + 7]) for at in range(0, len(packed), 7)]
    with contextlib.suppress(SourceError):  # any other exception fails the test
        b"".join(compression.decompressed(iter(chunks), "x"))


def test_every_path_that_cannot_be_read_is_named_before_anything_starts(tmp_path: Path) -> None:
    """Missing files, folders and standard input named twice, all at once, with the cure."""
    with pytest.raises(SourceError) as caught:
        survey([tmp_path / "none.log", tmp_path, "-", "-", "a\0b"])
    said = str(caught.value).splitlines()
    assert said[0] == f"{tmp_path / 'none.log'}: there is no such file"
    assert said[1] == f"{tmp_path}: is a folder. Name the files in it, such as {tmp_path}/*"
    assert "embedded null" in said[2]
    assert said[3] == "-: standard input can be read only once; name it once"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """Its permissions forbid it."""
    path = tmp_path / "secret.log"
    path.write_bytes(LINE)
    path.chmod(0)
    with pytest.raises(SourceError, match=r"secret\.log: cannot be read \(Permission denied\)"):
        survey([path])


def test_unknown_content_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    """And says what it saw."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Dear diary,\n")
    with pytest.raises(UnknownFormatError, match=r"notes\.txt: the format is not recognised: it begins with 'Dear diary,"):
        survey([path])


@pytest.mark.parametrize("data", [b"", b"\n\n", gzip.compress(b"")], ids=["nothing", "blank lines", "compressed nothing"])
def test_an_empty_source_is_fine(data: bytes, tmp_path: Path) -> None:
    """It needs no format."""
    path = tmp_path / "empty"
    path.write_bytes(data)
    assert content(survey([path])) == b""


def test_a_pipe_is_read_once_and_recognised_on_the_way(tmp_path: Path) -> None:
    """`<(zcat mail.log.gz)` and the like; compressed too, in dribs and drabs."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    packed = gzip.compress(LINE * 3)

    def write() -> None:
        with path.open("wb", buffering=0) as fifo:
            for at in range(0, len(packed), 9):
                fifo.write(packed[at : at + 9])

    writer = threading.Thread(target=write)
    writer.start()
    assert content(survey([path])) == LINE * 3
    writer.join()


def test_a_record_that_is_too_long_is_rejected_and_the_next_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its start is kept, and the lines and offsets after it are right."""
    monkeypatch.setattr(cutting, "LONGEST_RECORD", 4000)
    monkeypatch.setattr(cutting, "BLOCK", 1000)
    monkeypatch.setattr(cutting, "KEPT", 100)
    data = LINE + b'{"raw": "' + b"x" * 20_000 + b'"}\n' + LINE
    out = cut(data, 512)
    (rejected,) = [one for one in out if isinstance(one, Rejected)]
    assert (rejected.line, rejected.offset, rejected.record[:12]) == (2, len(LINE), b'{"raw": "xxx')
    assert len(rejected.record) == 100
    last = out[-1]
    assert isinstance(last, Block)
    assert (last.data, last.line, last.offset) == (LINE, 3, len(data) - len(LINE))


def cut(data: bytes, size: int) -> list[Block | Rejected]:
    """Some bytes cut, given in chunks of a size."""
    cutter = Cutter("x", NdjsonFormat(), 0.0, live=False)
    out = [one for at in range(0, len(data), size) for one in cutter.add(data[at : at + size])]
    return out + list(cutter.close())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=40).map(b"\n".join), st.integers(1, 50))
def test_blocks_are_the_content_with_their_places(data: bytes, size: int) -> None:
    """However the bytes arrive: nothing is lost, blocks end with a line, lines and offsets are those of the source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "BLOCK", 64)
        blocks = [block for block in cut(data, size) if isinstance(block, Block)]
    bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    assert b"".join(block.data for block in blocks) == data[bom:]
    for block in blocks:
        assert data[block.offset :].startswith(block.data)
        assert block.line == 1 + data[: block.offset].count(b"\n")
    assert all(block.data.endswith(b"\n") for block in blocks[:-1])


class Following:
    """Reads followed files in a thread and keeps what came."""

    def __init__(self, *paths: Path) -> None:
        self.blocks: list[Block] = []
        self._stop = threading.Event()
        self._pieces = pieces(survey(paths, name="ndjson", follow=True), Meter(), self._stop, [])
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        for piece in self._pieces:
            if piece is not None and isinstance(piece.content, Block):
                self.blocks.append(piece.content)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, wanted: bytes) -> None:
        """Until exactly this has come, at most 5 seconds."""
        end = time.monotonic() + 5
        while (seen := b"".join(block.data for block in self.blocks)) != wanted:
            assert time.monotonic() < end, seen
            time.sleep(0.02)


def numbered(number: int) -> bytes:
    """A line that differs from the others."""
    return LINE.replace(b"b@", b"b%d@" % number)


def test_following_goes_on_through_rotation_and_truncation(tmp_path: Path) -> None:
    """As `tail -F`: the end of the old file, an unfinished last line among it, then the new one from its start."""
    path = tmp_path / "mail.log"
    path.write_bytes(numbered(1) + numbered(2)[:20])
    with Following(path) as following:
        following.wait(numbered(1))
        with path.open("ab") as file:
            file.write(numbered(2)[20:])
        following.wait(numbered(1) + numbered(2))
        path.rename(tmp_path / "mail.log.1")
        with (tmp_path / "mail.log.1").open("ab") as file:
            file.write(numbered(3) + b"{}")
        following.wait(numbered(1) + numbered(2) + numbered(3))
        path.write_bytes(numbered(4))
        following.wait(numbered(1) + numbered(2) + numbered(3) + b"{}" + numbered(4))
        path.write_bytes(b"")
        time.sleep(0.6)  # longer than between two looks, or the shorter file is not seen to be shorter
        path.write_bytes(numbered(5))
        following.wait(numbered(1) + numbered(2) + numbered(3) + b"{}" + numbered(4) + numbered(5))
    assert [block.line for block in following.blocks] == [1, 2, 3, 4, 1, 1]


def test_several_files_are_followed_side_by_side(tmp_path: Path) -> None:
    """One that is empty or vanishes for a while does not hold up the other."""
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    one.write_bytes(b"")
    two.write_bytes(numbered(1))
    with Following(one, two) as following:
        following.wait(numbered(1))
        one.write_bytes(numbered(2))
        following.wait(numbered(1) + numbered(2))
        two.unlink()
        time.sleep(0.3)
        two.write_bytes(numbered(3))
        following.wait(numbered(1) + numbered(2) + numbered(3))


def test_a_compressed_file_cannot_be_followed(tmp_path: Path) -> None:
    """It does not grow; the error says so."""
    path = tmp_path / "mail.log.gz"
    path.write_bytes(gzip.compress(LINE))
    with pytest.raises(SourceError, match="is compressed; only plain files grow"):
        survey([path], follow=True)


def test_a_file_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is noted, and the next is read."""
    bad, good = tmp_path / "bad.gz", tmp_path / "good.log"
    bad.write_bytes(gzip.compress(LINE)[:-4])
    good.write_bytes(LINE)
    problems: list[str] = []
    assert content(survey([bad, good]), problems) == LINE * 2
    assert len(problems) == 1


def test_bytes_taken_are_counted_as_stored(tmp_path: Path) -> None:
    """So that progress can be told against the sizes of the files."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(LINE * 100))
    meter = Meter()
    assert list(pieces(survey([path]), meter, threading.Event(), []))
    assert meter.taken == path.stat().st_size


def test_an_empty_chunk_passes_through_decompression() -> None:
    """It says that nothing comes now, also before the first bytes are all there."""
    packed = gzip.compress(LINE)

    def slowly() -> Iterator[bytes]:
        for byte in io.BytesIO(packed).read(8):
            yield bytes([byte])
            yield b""
        yield packed[8:]

    chunks = list(compression.decompressed(slowly(), "x"))
    assert b"".join(chunks) == LINE
    assert chunks.count(b"") == 8
