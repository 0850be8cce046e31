"""Amazon SES: event publishing and feedback notifications, bare or in the wrappings in which AWS hands them on."""

import re
from collections.abc import Sequence
from typing import Final

from indexer.formats.ndjson import Unjoined
from indexer.formats.ses.envelopes import Found, records_in
from indexer.formats.ses.lenient import BadRecordError
from indexer.formats.ses.outcomes import events_of
from indexer.formats.ses.shapes import Outer
from indexer.formats.ses.stream import whole
from indexer.records import Block, Parsed, Rejected
from store.event import Event

_SAMPLE_RECORDS: Final = 5
_FAULTS_TOLD: Final = 5  # of one record with many unreadable recipients
# For a first record that is longer than the sample; the quotes are bare, so that records quoted inside others do not count
_MARK: Final = re.compile(rb'"(?:eventType|notificationType|TopicArn)"\s*:\s*"(?:[A-Z][A-Za-z ]+"|arn:aws)')


class SesFormat:
    """SES records in, events out; see `indexer.records.Format`."""

    name = "ses"

    def recognises(self, sample: bytes) -> bool:
        """Whether one of the first records is from SES or is a message of SNS about its topic."""
        for seen, (_, found) in enumerate(records_in(sample)):
            if found.fault is None:
                return True
            if seen == _SAMPLE_RECORDS:
                break
        start = sample.lstrip(b"\xef\xbb\xbf \t\r\n[")[:1]
        return start == b"{" and whole(sample) == 0 and _MARK.search(sample) is not None

    def cut(self, data: bytes) -> int:
        """How many leading bytes are whole JSON texts, however they are printed and put together."""
        return whole(data)

    def parse(self, block: Block) -> Parsed:
        """The events of a block. An SQS or Firehose batch counts as the records that it carries."""
        parsed = Parsed()
        lines = _Lines(block)
        for offset, found in records_in(block.data):
            parsed.read += 1
            faults: Sequence[str] = () if found.fault is None else (found.fault,)
            if found.record is not None:
                events, faults = _told(found.record, found)
                parsed.events += events
            if faults:
                parsed.rejected.append(lines.rejected(offset, found, "; ".join(faults[:_FAULTS_TOLD])))
        return parsed

    def joiner(self) -> Unjoined:
        """Nothing to join: a record is whole."""
        return Unjoined()


def _told(record: Outer, found: Found) -> tuple[list[Event], Sequence[str]]:
    try:
        return events_of(record, found.text, found.sent)
    except BadRecordError as error:
        return [], (str(error),)


class _Lines:
    """Counts lines up to the rejected records, which come in order."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._line, self._offset = block.line, 0

    def rejected(self, offset: int, found: Found, reason: str) -> Rejected:
        """What of this block could not be read; the record is the innermost that was reached."""
        self._line += self._block.data.count(b"\n", self._offset, offset)
        self._offset = offset
        place = f"{found.place}: " if found.place else ""
        return Rejected(self._block.source, self._line, self._block.offset + offset, place + reason, found.text.strip())
