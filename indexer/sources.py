"""Reads sources: files, standard input, pipes and files that grow, as blocks in their format."""

import itertools
import os
import select
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indexer.compression import decompressed
from indexer.cutting import Cutter
from indexer.errors import SourceError, UnknownFormatError
from indexer.follow import Followed
from indexer.records import Block, Format, Rejected
from indexer.survey import SAMPLE, Source, recognised

_CHUNK: Final = 1 << 20
_WAIT: Final = 0.2  # seconds between two looks at a source that has nothing now


@dataclass(frozen=True, slots=True)
class Piece:
    """What comes out of a source: a block in a format, or a record too long to be one."""

    format: Format
    content: Block | Rejected


class Meter:
    """Counts the bytes taken from all sources, as they are stored."""

    def __init__(self) -> None:
        self.taken = 0

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks, counted."""
        for chunk in chunks:
            self.taken += len(chunk)
            yield chunk


def pieces(sources: Sequence[Source], meter: Meter, stop: threading.Event, problems: list[str]) -> Iterator[Piece | None]:
    """The content of all sources in their order, followed ones side by side without an end; None says that nothing comes now.

    A source that fails on the way, or a pipe of unknown content, is noted in `problems`, and the others go on.
    """
    running = [_guarded(_content(source, meter, stop), problems) for source in sources]
    if not any(source.follow for source in sources):
        yield from itertools.chain.from_iterable(running)
        return
    while running and not stop.is_set():
        idle = True
        for one in tuple(running):
            try:
                piece = next(one)
            except StopIteration:
                running.remove(one)
                continue
            idle = idle and piece is None
            yield piece
        if idle:
            stop.wait(_WAIT)


def _guarded(content: Iterator[Piece | None], problems: list[str]) -> Iterator[Piece | None]:
    try:
        yield from content
    except (SourceError, UnknownFormatError) as error:
        problems.append(str(error))


def _content(source: Source, meter: Meter, stop: threading.Event) -> Iterator[Piece | None]:
    """The pieces of one source from its start to its end."""
    if source.follow and source.path is not None:
        yield from _followed(source, Followed(source.path, source.name), meter)
        return
    live = source.size is None
    chunks = _stream_chunks(source, stop) if live else _file_chunks(source)
    content = decompressed(meter.counted(chunks), source.name)
    yield from _cut(source, content, live=live)


def _followed(source: Source, followed: Followed, meter: Meter) -> Iterator[Piece | None]:
    """A file and, after it was rotated, the next one under its name: line numbers begin anew."""
    chunks = meter.counted(followed.chunks())
    while True:
        yield from _cut(source, followed.of_one_file(chunks), live=True)


def _cut(source: Source, content: Iterator[bytes], *, live: bool) -> Iterator[Piece | None]:
    blocks = _Blocks(source, live=live)
    try:
        for chunk in content:
            yield from blocks.add(chunk)
            if not chunk:
                yield None
    except SourceError:
        yield from blocks.close()
        raise
    yield from blocks.close()


class _Blocks:
    """A source's bytes in, its blocks out, as soon as its format is known; a source without content needs none."""

    def __init__(self, source: Source, *, live: bool) -> None:
        self._source, self._live = source, live
        self._held = b""
        self._tried = 0  # bytes that were held when the format could not be told
        self._format: Format | None = None
        self._cutter: Cutter | None = None
        if source.format is not None:
            self._begin(source.format)

    def add(self, chunk: bytes) -> Iterator[Piece]:
        if self._cutter is None:
            self._held += chunk
            self._recognise(final=False)
            chunk = self._held
        if self._cutter is not None and self._format is not None:
            form, self._held = self._format, b""
            yield from (Piece(form, content) for content in self._cutter.add(chunk))

    def close(self) -> Iterator[Piece]:
        if self._held.strip():
            self._recognise(final=True)
            rest, self._held = self._held, b""
            yield from self.add(rest)
        if self._cutter is not None and self._format is not None:
            form = self._format
            yield from (Piece(form, content) for content in self._cutter.close())

    def _recognise(self, *, final: bool) -> None:
        """Find the format in what is there; `final`: there is no more. Before that only a whole line, or a whole sample, is asked about."""
        held = len(self._held)
        enough = held >= 2 * self._tried if self._tried >= SAMPLE else held >= SAMPLE or b"\n" in self._held
        if not self._held.strip() or not (final or enough):
            return
        form = recognised(self._held, self._source.name, self._source.zone, final=final)
        self._tried = held
        if form is not None:
            self._begin(form)

    def _begin(self, form: Format) -> None:
        self._format = form
        self._cutter = Cutter(self._source.name, form, _modified(self._source), live=self._live)


def _modified(source: Source) -> float:
    """The source's own date in seconds since 1970; now for a stream and for a file that is still written."""
    if source.size is None or source.path is None or source.follow:
        return time.time()
    return source.path.stat().st_mtime


def _file_chunks(source: Source) -> Iterator[bytes]:
    try:
        with Path(source.name if source.path is None else source.path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise SourceError(f"{source.name}: cannot be read to its end ({error.strerror}); what came before is kept") from error


def _stream_chunks(source: Source, stop: threading.Event) -> Iterator[bytes]:
    """Standard input or a pipe: whatever comes, an empty chunk where nothing came for a moment."""
    try:
        descriptor = sys.stdin.fileno() if source.path is None else os.open(source.path, os.O_RDONLY)
        try:
            while not stop.is_set():
                if not select.select([descriptor], [], [], _WAIT)[0]:
                    yield b""
                    continue
                chunk = os.read(descriptor, _CHUNK)
                if not chunk:
                    return
                yield chunk
        finally:
            if source.path is not None:
                os.close(descriptor)
    except OSError as error:
        raise SourceError(f"{source.name}: cannot be read to its end ({error.strerror}); what came before is kept") from error
