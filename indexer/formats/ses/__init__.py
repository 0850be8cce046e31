"""Amazon SES: event publishing and feedback notifications, bare or in the wrappings in which AWS hands them on."""

import re
from typing import Final

from indexer.bounds import BoundsError
from indexer.formats.ndjson import Unjoined
from indexer.formats.ses.envelopes import Found, records_in
from indexer.formats.ses.lenient import BadRecordError
from indexer.formats.ses.outcomes import events_of
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
        events: list[Event] = []
        rejected: list[Rejected] = []
        lines = _Lines(block)
        read = 0
        for offset, found in records_in(block.data):
            read += 1
            if found.record is not None:
                try:
                    told, faults = events_of(found.record, found.text, found.sent)
                    events += told
                except (BadRecordError, BoundsError) as error:
                    faults = [str(error)]
            else:
                faults = [found.fault] if found.fault else []
            if faults:
                rejected.append(lines.rejected(offset, found, "; ".join(faults[:_FAULTS_TOLD])))
        return Parsed(events, rejected, read)

    def joiner(self) -> Unjoined:
        """Nothing to join: a record is whole."""
        return Unjoined()


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
        return Rejected(self._block.source, self._line, self._block.offset + offset, place + reason, found.written)
