"""Looks at every source before anything is read: whether it is there, what it holds, and in which order logs belong."""

import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from indexer.compression import decompressed, kind_of
from indexer.cutting import LONGEST_RECORD
from indexer.errors import SourceError, UnknownFormatError
from indexer.formats import by_name, detect, unfinished
from indexer.records import Dated, Format

STDIN: Final = "-"
SAMPLE: Final = 64 << 10  # bytes of content that tell the format


@dataclass(frozen=True, slots=True)
class Source:
    """One input, looked at: its `format` is None where its content cannot be seen before it is read (a pipe, an empty file).

    `size` in bytes as stored, None where it has none; `started` is when its first record was written, in ms since 1970, where that matters.
    """

    name: str
    path: Path | None
    zone: str
    format: Format | None = None
    size: int | None = None
    started: int | None = None
    follow: bool = False


def survey(paths: Sequence[str | os.PathLike[str]], *, name: str | None = None, zone: str = "UTC", follow: bool = False) -> list[Source]:
    """Look at every path (`-` is standard input) before anything is read; logs of one format come oldest first.

    `name` is the format of all of them, else each is told by its content. Raises `SourceError` naming every path that is missing, a folder
    or unreadable, and `UnknownFormatError` naming the source whose content is not recognised.
    """
    form = None if name is None else by_name(name, zone=zone)
    sources, problems = [], []
    for path in paths:
        try:
            sources.append(_looked_at(os.fspath(path), form, zone, follow=follow))
        except SourceError as error:
            problems.append(str(error))
    if sum(source.path is None for source in sources) > 1:
        problems.append("-: standard input can be read only once; name it once")
    if problems:
        raise SourceError("\n".join(problems))
    return _oldest_first(sources)


def _looked_at(text: str, form: Format | None, zone: str, *, follow: bool) -> Source:
    if text == STDIN:
        return Source("-", None, zone, form)
    path, name = Path(text), os.fsencode(text).decode("utf-8", "replace")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(f"{name}: is a folder. Name the files in it, such as {name.rstrip('/')}/*")
        if not stat.S_ISREG(status.st_mode):
            return Source(name, path, zone, form)
        sample = _sample(path, name, SAMPLE, follow=follow)
    except FileNotFoundError:
        raise SourceError(f"{name}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceError(f"{name}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    source = Source(name, path, zone, form, status.st_size, follow=follow)
    if sample.strip():
        form = form or recognised(sample, name, zone, final=len(sample) < SAMPLE)
        form = form or recognised(_sample(path, name, LONGEST_RECORD, follow=follow), name, zone, final=True)
        started = form.started(sample, status.st_mtime) if isinstance(form, Dated) else None
        source = replace(source, format=form, started=started)
    return source


def _sample(path: Path, name: str, size: int, *, follow: bool) -> bytes:
    """The first bytes of the content, or what can be read of it where it is damaged."""
    sample = bytearray()
    with path.open("rb") as file:
        start = file.read(SAMPLE)
        if follow and kind_of(start):
            raise SourceError(f"{name}: is compressed; only plain files grow and can be followed")
        try:
            for chunk in decompressed(itertools.chain((start,), iter(lambda: file.read(SAMPLE), b"")), name):
                sample += chunk
                if len(sample) >= size:
                    break
        except SourceError:
            pass  # told when the source is read, after what could be read
    return bytes(sample[:size])


def recognised(content: bytes, name: str, zone: str, *, final: bool) -> Format | None:
    """The format of the source called `name` by its first bytes, `final` where they are all; None where more of them may tell.

    A sample tells, unless its first record goes on: then as much as a record may have. Raises `UnknownFormatError` that names the source.
    """
    sample = content[:SAMPLE]
    form, fault = _detected(sample, zone)
    more = len(content) < SAMPLE
    if form is None and not more and unfinished(sample):
        sample = content[:LONGEST_RECORD]
        form, fault = _detected(sample, zone)
        more = len(sample) < LONGEST_RECORD and unfinished(sample)
    if form is None and (final or not more):
        raise UnknownFormatError(f"{name}: {fault}")
    return form


def _detected(sample: bytes, zone: str) -> tuple[Format | None, str]:
    """The format, or why it is not recognised."""
    try:
        return detect(sample, zone=zone), ""
    except UnknownFormatError as error:
        return None, str(error)


def _oldest_first(sources: list[Source]) -> list[Source]:
    """Rotated logs come as mail.log mail.log.1: those of one format in order of their first record, each in the place of one of them."""
    dated = [source for source in sources if source.started is not None]
    queues: dict[str, Iterator[Source]] = {
        name: iter(sorted((one for one in dated if one.format and one.format.name == name), key=lambda one: one.started or 0))
        for name in {one.format.name for one in dated if one.format}
    }
    return [next(queues[source.format.name]) if source.started is not None and source.format else source for source in sources]
