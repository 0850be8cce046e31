"""One module a format; `detect` tells which one a source is in."""

from collections.abc import Callable
from typing import Final

from indexer.deadletter import DeadLetterFormat
from indexer.errors import UnknownFormatError
from indexer.formats.ndjson import NdjsonFormat
from indexer.formats.postfix import PostfixFormat
from indexer.formats.ses import SesFormat
from indexer.formats.ses.stream import whole
from indexer.records import Format

_BEFORE_JSON: Final = b"\xef\xbb\xbf \t\r\n"
_SHOWN: Final = 60  # bytes of unknown content that the error repeats

# The name people give to `--format` -> how it is made for a time zone, and what it looks like. In the order in which they are tried.
_FORMATS: Final[dict[str, tuple[Callable[[str], Format], str]]] = {
    "ses": (lambda _: SesFormat(), "Amazon SES events as JSON, in any wrapping"),
    "ndjson": (lambda _: NdjsonFormat(), "our own JSON lines with timestamp and type"),
    "postfix": (PostfixFormat, "lines of a Postfix mail.log or journald JSON"),
}
DEAD_LETTER: Final = "dead-letter"
NAMES: Final = (*_FORMATS, DEAD_LETTER)

# Content that people feed in by mistake: where its mark stands, the mark, and what to do instead.
_FOREIGN: Final = (
    (0, b"PK\x03\x04", "a zip archive: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (257, b"ustar", "a tar archive: unpack it first"),
    (0, b"\xff\xfe", "UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8"),
    (0, b"\xfe\xff", "UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8"),
    (0, b"PAR1", "a Parquet file: export it as JSON lines"),
    (0, b"LPKSHHRH", "a binary systemd journal: export it with journalctl -o json"),
)


def detect(sample: bytes, *, zone: str = "UTC") -> Format:
    """The format of the content that begins with `sample` (64 KiB, or all there is); `zone` is where logs without one were written.

    Raises `UnknownFormatError`, which says what was seen, what is read and how to name the format.
    """
    for form in _all(zone):
        if form.recognises(sample):
            return form
    foreign = next((advice for at, mark, advice in _FOREIGN if sample[at : at + len(mark)] == mark), None)
    seen = f"it is {foreign}" if foreign else f"it begins with {_printable(sample[:_SHOWN])}"
    raise UnknownFormatError(f"the format is not recognised: {seen}. {_supported()}")


def unfinished(sample: bytes) -> bool:
    """Whether the content begins with a JSON text that goes on after `sample`, so that more of it may tell the format."""
    return sample.lstrip(_BEFORE_JSON)[:1] in {b"{", b"["} and whole(sample) == 0


def by_name(name: str, *, zone: str = "UTC") -> Format:
    """The format called `name`, one of `NAMES`; raises `UnknownFormatError` for any other."""
    for form, known in zip(_all(zone), (DEAD_LETTER, *_FORMATS), strict=True):
        if known == name:
            return form
    raise UnknownFormatError(f"there is no format {name!r}. {_supported()}")


def _all(zone: str) -> list[Format]:
    """Every format, in the order in which they are tried: a dead letter quotes records of the others."""
    readers = [make(zone) for make, _ in _FORMATS.values()]
    return [DeadLetterFormat(tuple(readers)), *readers]


def _supported() -> str:
    known = "; ".join(f"{name} ({looks})" for name, (_, looks) in _FORMATS.items())
    return f"Read are: {known}; {DEAD_LETTER} (what an earlier run rejected). Name it with --format if the content is one of these."


def _printable(sample: bytes) -> str:
    return ascii(sample.decode("utf-8", "replace"))
