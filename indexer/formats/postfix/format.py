"""The Postfix format: recognises a log, cuts it into whole lines and reads a block of them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from indexer.formats.postfix.clock import Clock
from indexer.formats.postfix.joiner import PostfixJoiner
from indexer.formats.postfix.reading import Reader, first_time, looks_like_postfix
from indexer.records import Block, Joiner, Parsed


@dataclass(frozen=True, slots=True)
class PostfixFormat:
    """Logs of Postfix in RFC 3164, ISO, RFC 5424 or journald JSON lines, among lines of other programs.

    `zone` (an IANA name) is that of lines that name none.
    """

    zone: str = "UTC"
    name: str = "postfix"

    def recognises(self, sample: bytes) -> bool:
        """Whether one of the lines is of Postfix."""
        return looks_like_postfix(sample)

    def started(self, sample: bytes, modified: float) -> int | None:
        """When the first line of a log was written; see `indexer.records.Dated`."""
        return first_time(sample, Clock(ZoneInfo(self.zone), modified))

    def cut(self, data: bytes) -> int:
        """Everything up to the last line end."""
        return data.rfind(b"\n") + 1

    def parse(self, block: Block) -> Parsed:
        """The events of a block; what earlier blocks know of its messages the joiner adds."""
        return Reader(block, Clock(ZoneInfo(self.zone), block.modified)).read()

    def joiner(self) -> Joiner:
        """A joiner for one run."""
        return PostfixJoiner()
