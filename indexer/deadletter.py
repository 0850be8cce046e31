"""The dead-letter file: rejected records with their place and reason, one JSON object a line, written and fed in again."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import msgspec

from indexer.errors import WriteFailedError
from indexer.records import Block, Format, Joiner, Parsed, Rejected
from store.event import Event

_SAMPLE_LINES: Final = 20


class Letter(msgspec.Struct, omit_defaults=True):
    """One line of the file. `record` is text, `record_base64` what was not UTF-8.

    `format` is what it was read as, if that was known, and `modified` the date of its source in seconds since 1970.
    """

    source: str
    line: int
    offset: int
    reason: str
    format: str | None = None
    modified: float = 0.0
    record: str | None = None
    record_base64: str | None = None


class DeadLetter:
    """Appends to the file at `path`, which is made when the first record is rejected; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def write(self, rejected: Iterable[Rejected], form: str | None, modified: float) -> None:
        """Keep these records; they are with the operating system when this returns. Raises `WriteFailedError`."""
        lines = b"".join(_line(one, form, modified) for one in rejected)
        if self._path is None or not lines:
            return
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("ab")
                lines = _after_broken_line(self._path) + lines
            self._file.write(lines)
            self._file.flush()
        except OSError as error:
            raise WriteFailedError(f"{self._path}: rejected records cannot be kept there ({error.strerror}). Name another file") from error

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class DeadLetterFormat:
    """Reads the file again: each record by the format it was rejected by, or by whichever recognises it now that it is mended."""

    name = "dead-letter"

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self._formats = formats

    def recognises(self, sample: bytes) -> bool:
        """Whether one of the first lines is such a line."""
        return any(_decoded(line) is not None for line in sample.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES]) or (
            sample.startswith(b'{"source":') and b'"offset":' in sample and b'"reason":' in sample
        )

    def cut(self, data: bytes) -> int:
        """Up to the last end of a line."""
        return data.rfind(b"\n") + 1

    def parse(self, block: Block) -> Parsed:
        """Each record as its own format reads it; what is still wrong with it keeps the place in its first source."""
        parsed = Parsed(state=[])
        offset = block.offset
        for number, line in enumerate(block.data.split(b"\n"), block.line):
            if line.strip():
                self._parse_line(line, Rejected(block.source, number, offset, "", line), parsed)
            offset += len(line) + 1
        return parsed

    def joiner(self) -> "DeadLetterJoiner":
        """A joiner of every format inside."""
        return DeadLetterJoiner({form.name: form.joiner() for form in self._formats})

    def _parse_line(self, line: bytes, place: Rejected, parsed: Parsed) -> None:
        letter = _decoded(line)
        record = None if letter is None else _record(letter)
        form = None if letter is None or record is None else self._format(letter, record)
        if letter is None or record is None or form is None:
            parsed.read += 1
            reason = "not a line of a dead-letter file" if record is None else "the record is of no format that is read"
            parsed.rejected.append(Rejected(place.source, place.line, place.offset, reason, line))
            return
        inner = form.parse(Block(letter.source, record, letter.line, letter.offset, letter.modified))
        parsed.read += inner.read
        parsed.rejected += inner.rejected
        parsed.state.append((form.name, Parsed(inner.events, [], 0, inner.state)))

    def _format(self, letter: Letter, record: bytes) -> Format | None:
        named = (form for form in self._formats if form.name == letter.format)
        return next(named, None) or next((form for form in self._formats if form.recognises(record)), None)


class DeadLetterJoiner:
    """Hands each record to the joiner of its own format."""

    def __init__(self, joiners: dict[str, Joiner]) -> None:
        self._joiners = joiners

    @property
    def again(self) -> int:
        """As in all of them together."""
        return sum(joiner.again for joiner in self._joiners.values())

    def add(self, parsed: Parsed) -> Iterable[Event]:
        """The events that are now whole."""
        return [event for name, inner in parsed.state for event in self._joiners[name].add(inner)]

    def close(self) -> Iterable[Event]:
        """What is left in any of them."""
        return [event for joiner in self._joiners.values() for event in joiner.close()]


def text_of(line: bytes) -> str:
    """All that a line of such a file holds, as text; of a line that is none, the line itself."""
    letter = _decoded(line)
    record = None if letter is None else _record(letter)
    text = line.decode("utf-8", "replace")
    return text if record is None else f"{text}\n{record.decode('utf-8', 'replace')}"


def _line(one: Rejected, form: str | None, modified: float) -> bytes:
    letter = Letter(one.source, one.line, one.offset, one.reason, form, modified)
    try:
        letter.record = one.record.decode()
    except UnicodeDecodeError:
        letter.record_base64 = base64.b64encode(one.record).decode()
    return msgspec.json.encode(letter) + b"\n"


def _after_broken_line(path: Path) -> bytes:
    """A line end, where an earlier run was killed in the middle of a line."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return b""
        file.seek(-1, 2)
        return b"" if file.read(1) == b"\n" else b"\n"


def _decoded(line: bytes) -> Letter | None:
    try:
        letter = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return letter if letter.record is not None or letter.record_base64 is not None else None


def _record(letter: Letter) -> bytes | None:
    if letter.record is not None:
        return letter.record.encode()
    try:
        return base64.b64decode(letter.record_base64 or "", validate=True)
    except binascii.Error:
        return None


_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(Letter)
