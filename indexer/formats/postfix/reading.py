"""Reads the lines of a block: finds their form, hands what they tell to the queue, and names those that cannot be read."""

import contextlib
import re
from typing import Final

from indexer.bounds import BOUNDS, BoundsError, plain_utf8, text_within
from indexer.formats.headers import bare_message_id
from indexer.formats.postfix.clock import Clock
from indexer.formats.postfix.delivery import Stamp, UnreadableError
from indexer.formats.postfix.queue import Queue
from indexer.formats.postfix.rejects import NO_QUEUE, logged_subject
from indexer.formats.postfix.syslog import ACCEPT_WORDS, REJECT_WORDS, RFC_3164, SUBJECT_WORDS, TLS_WORDS, Match, host_name, read_form
from indexer.records import Block, Parsed, Rejected

MAX_LINE: Final = 65_536  # bytes; Postfix itself writes some 2,000 at most
_SENDER: Final = re.compile(rb"from=<(.*)>, (?:size=\d|status=(?:force-)?(expired))", re.DOTALL)
_HEADER: Final = re.compile(rb"(.*) from (?:\S+\[[^\]]*\]|local); (?:from|to|proto|helo)=", re.DOTALL)
# The first word of a line (`syslog.WORDS`) and the method that takes it from there.
_TELLS: Final = (
    {b"to=<": "_event", b"from=<": "_from", b"message-id=": "_identified", b"removed": "_removed"}
    | dict.fromkeys(REJECT_WORDS, "_event")
    | dict.fromkeys(ACCEPT_WORDS, "_accepted")
    | dict.fromkeys(SUBJECT_WORDS, "_titled")
)
# A line that has all of these, and no head that can be read, is one of ours that was damaged.
_DAMAGED: Final = (b"postfix", b": to=<", b"status=")


class Reader:
    """Reads one block."""

    def __init__(self, block: Block, clock: Clock) -> None:
        self._block: Final = block
        self._clock: Final = clock
        self._queue: Final = Queue(clock)
        self._lines: Final = block.data.split(b"\n")
        self._match = RFC_3164.match
        self._rejected: list[Rejected] = []
        self._measured = (0, block.offset)  # a line's number in the block and its offset, as far as they were worked out

    def read(self) -> Parsed:
        """All events of the block, and what the joiner needs."""
        if not self._lines[-1]:
            self._lines.pop()
        tells = {word: getattr(self, name) for word, name in _TELLS.items()}
        match = self._match
        for number, line in enumerate(self._lines):
            found = match(line)
            if found is None:
                found = self._other_form(number, line)
                match = self._match
            if found is not None and (word := found[8]) is not None:
                if word in tells and (found[7] is not None or (word in REJECT_WORDS and _ours(found))):
                    tells[word](number, line, found)
                elif word in TLS_WORDS:
                    self._connection(found)
        state = self._queue.state(self._block.source, begins=self._block.line == 1)
        return Parsed(self._queue.events, self._rejected, len(self._lines), state)

    def _accepted(self, _number: int, _line: bytes, found: Match) -> None:
        """A line of the daemon that accepts a message."""
        self._queue.accepted(found[4] + b" " + found[7], (found[1], found[3]))

    def _identified(self, _number: int, _line: bytes, found: Match) -> None:
        """A line with the Message-ID."""
        message = self._queue.taken_in(found[4] + b" " + found[7], (found[1], found[3]))
        if message.message_id is None:
            value = found.string[found.end() :].decode("utf-8", "replace")
            self._queue.identified(message, _text(bare_message_id(value) or "", "message_id"))

    def _titled(self, _number: int, _line: bytes, found: Match) -> None:
        """A line of a header check that logs the subject."""
        if subject := _HEADER.match(found.string, found.end()):
            message = self._queue.taken_in(found[4] + b" " + found[7], (found[1], found[3]))
            self._queue.titled(message, _text(logged_subject(subject[1].decode("utf-8", "replace")), "subject"))

    def _removed(self, _number: int, _line: bytes, found: Match) -> None:
        """A line that takes a message out of the queue."""
        self._queue.removed(found[4] + b" " + found[7])

    def _event(self, number: int, line: bytes, found: Match) -> None:
        """A line that gives an event, or ought to."""
        try:
            stamp, queue_id, text = self._stamped(line, found)
            tell = self._queue.delivery if found[8] == b"to=<" else self._queue.reject
            tell(found[4] + b" " + (found[7] or b""), (found[1], found[3]), stamp, queue_id, text)
        except (UnreadableError, ValueError) as error:
            if _ours(found):
                self._reject(number, line, str(error))

    def _from(self, number: int, line: bytes, found: Match) -> None:
        """A line of the queue manager that names the sender; the message may expire with it."""
        told = _SENDER.match(found.string, found.start(8))
        if told is None:
            return
        key, written = found[4] + b" " + found[7], (found[1], found[3])
        message = self._queue.running(key, written)
        if message.sender is None:
            self._queue.sent_by(message, *_sender(told[1]))
        if told[2]:
            try:
                stamp, _, text = self._stamped(line, found)
            except ValueError as error:
                self._reject(number, line, str(error))
            else:
                self._queue.expiry(key, written, stamp, text)

    def _connection(self, found: Match) -> None:
        """A line about an outgoing TLS connection."""
        process = f"{found[5].decode('utf-8', 'replace')} {(found[6] or b'').decode()}"
        self._queue.connection(process, found.string[found.start(8) :].decode("utf-8", "replace"), (found[1], found[3]))

    def _stamped(self, line: bytes, found: Match) -> tuple[Stamp, str, str]:
        """When and where a line was written, its queue id (`NO_QUEUE` without) and its message text. Raises `ValueError`."""
        if len(line) > MAX_LINE:
            raise UnreadableError(f"the line has {len(line)} bytes: more than {MAX_LINE} are no line of Postfix")
        date, fraction, zone, _, host, pid, queue_id, _ = found.groups()
        raw = line.decode("utf-8", "replace").rstrip("\r")
        start = found.start(8 if queue_id is None else 7)
        plain = line.isascii() and found.string is line
        text = (raw[start:] if plain else found.string[start:].decode("utf-8", "replace")).rstrip()
        if found.string[start - 2 : start] == b"[ ":  # "message repeated 2 times: [ ... ]"
            text = text.removesuffix("]")
        if "\0" in text:
            text = text.replace("\0", "")
        time = self._clock.read(date, fraction, zone)
        stamp = Stamp(time, host_name(host), pid.decode() if pid else "", raw, found.string is line and plain_utf8(line))
        return stamp, NO_QUEUE if queue_id is None else queue_id.decode(), text

    def _other_form(self, number: int, line: bytes) -> Match | None:
        """A line that is not in the form of the last one; None where it is in none."""
        found = read_form(line)
        if found is None:
            if all(mark in line for mark in _DAMAGED):
                self._reject(number, line, "a delivery line whose time or host cannot be read")
        elif found.string is line:
            self._match = found.re.match
        return found

    def _reject(self, number: int, line: bytes, reason: str) -> None:
        """Keep a line that could not be read, with its place."""
        before, offset = self._measured
        offset += sum(map(len, self._lines[before:number])) + number - before
        self._measured = (number, offset)
        self._rejected.append(Rejected(self._block.source, self._block.line + number, offset, reason, line))


def looks_like_postfix(sample: bytes) -> bool:
    """Whether a line in the sample was written by Postfix under any name."""
    for line in sample.split(b"\n"):
        found = read_form(line)
        if found is not None and (_ours(found) or (found[8] is not None and found[7] is not None and b", status=" in line)):
            return True
    return False


def _ours(found: Match) -> bool:
    """Whether the line names Postfix as its program; sendmail's lines look much like ours."""
    return b"postfix" in found.string[found.end(5) : found.start(8 if found[7] is None else 7)]


def _text(value: str, name: str) -> str | None:
    """A fact within the bounds of its field; None where it cannot be kept."""
    try:
        return text_within(name, value)
    except BoundsError:
        return None


def _sender(value: bytes) -> tuple[str | None, str | None]:
    """A sender within the bounds of its field and its domain, in lower case; None where they cannot be kept."""
    local, at, domain = value.decode("utf-8", "replace").rpartition("@")
    domain = domain.lower() if at else domain
    sender = _text(f"{local}{at}{domain}", "sender")
    if sender is None or len(domain) > BOUNDS["sender_domain"].limit:
        return None, None
    return sender, domain if at and domain else None


def first_time(sample: bytes, clock: Clock) -> int | None:
    """When the first line with a readable date was written, in ms since 1970 UTC; None where none of the sample has one."""
    for line in sample.split(b"\n"):
        if found := read_form(line):
            with contextlib.suppress(ValueError):
                return clock.read(found[1], found[2], found[3])
    return None
