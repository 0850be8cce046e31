"""The forms a log line comes in, each with the same groups, so that what follows need not know the form.

Groups: date, fraction of the second, zone, owner, host, pid, queue id, word. `owner` is the host, with the name of the Postfix instance if
it is not the first: each has a queue of its own. `word` is the first of what the line tells, where it matters to us.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

ACCEPT_WORDS: Final = (b"client=", b"uid=")  # smtpd(8), qmqpd(8); pickup(8)
REJECT_WORDS: Final = (b"reject: ", b"milter-reject: ", b"proxy-reject: ")
SUBJECT_WORDS: Final = tuple(b"%b: header %b: " % (action, name) for action in (b"info", b"warning") for name in (b"Subject", b"subject"))
TLS_WORDS: Final = tuple(
    b"%b TLS connection %b to " % (trust, made)
    for trust in (b"Anonymous", b"Untrusted", b"Trusted", b"Verified")
    for made in (b"established", b"reused")
)
_WORDS: Final = b"|".join(
    (b"to=<", b"from=<", *ACCEPT_WORDS, b"message-id=", rb"removed(?=\s*+$)", *REJECT_WORDS, *SUBJECT_WORDS, *TLS_WORDS)
)
# Before the message itself: Solaris names a message number, rsyslog folds repeated lines.
_MESSAGE: Final = rb"(?:\[ID \d+ [\w.]+\] )?(?:message repeated \d+ times: \[ )?(?:([0-9A-Za-z]{5,24}): )?(" + _WORDS + rb")?"
# The names of further instances begin with `postfix-` (postmulti(1)); what stands after the slash is the service
_OWNER: Final = rb"((\S+)(?: postfix-[^\s\[\]:/]+(?=/))?)[ /]"
_TAG: Final = rb"[^\s\[\]:]+(?:\[(\d*)\])?: "
_ISO_DATE: Final = rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[0-6]\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?"
# RFC 5424 section 6.3; in a quoted value a bracket may stand
_STRUCTURED: Final = rb'(?:-|(?:\[(?:[^\]"]++|"(?:[^"\\]++|\\.)*+")*+\])++)'
_PRIORITY: Final = rb"(?:<\d{1,3}>)?"

Match: TypeAlias = re.Match[bytes]
Matcher: TypeAlias = Callable[[bytes], Match | None]

# RFC 3164 section 4.1, with the facility that BSD's syslogd -v adds and the fraction of `journalctl -o short-precise`
RFC_3164: Final = re.compile(
    _PRIORITY + rb"([A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:[0-6]\d)(?:\.(\d+))?() (?:<[a-z0-9.]+> )?" + _OWNER + _TAG + _MESSAGE, re.DOTALL
)
# rsyslog's RSYSLOG_FileFormat, syslog-ng's ts_format(iso), `journalctl -o short-iso`
ISO: Final = re.compile(_PRIORITY + _ISO_DATE + b" " + _OWNER + _TAG + _MESSAGE, re.DOTALL)
# RFC 5424 section 6; rsyslog leaves a space before the message and may give `postfix` alone as the name
RFC_5424: Final = re.compile(
    rb"<\d{1,3}>\d{1,2} " + _ISO_DATE + b" " + _OWNER + rb"\S+ (?:-|(\S+)) \S+ " + _STRUCTURED + rb" ?(?:\xef\xbb\xbf)? *" + _MESSAGE,
    re.DOTALL,
)
FORMS: Final = (RFC_3164, ISO, RFC_5424)


class _Entry(msgspec.Struct):
    """What we need of a journal entry (systemd.journal-fields(7)); a value that is not UTF-8 is a list of bytes, a repeated one a list."""

    message: str | list[int | str] | None = msgspec.field(name="MESSAGE", default=None)
    host: str = msgspec.field(name="_HOSTNAME", default="-")
    name: str = msgspec.field(name="SYSLOG_IDENTIFIER", default="-")
    pid: str = msgspec.field(name="SYSLOG_PID", default="")
    process: str = msgspec.field(name="_PID", default="")
    sent: str = msgspec.field(name="_SOURCE_REALTIME_TIMESTAMP", default="")
    received: str = msgspec.field(name="__REALTIME_TIMESTAMP", default="")


_entry: Final = msgspec.json.Decoder(_Entry)


def from_journal(line: bytes) -> bytes | None:
    """A line of `journalctl -o json` as the same line in ISO form; None for what is no such line or has no text."""
    try:
        entry = _entry.decode(line)
        micros = int(entry.sent or entry.received)
        message = _text(entry.message)
        time = msgspec.json.encode(_utc(micros))[1:-1]
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None
    head = f" {entry.host} {entry.name}[{entry.pid or entry.process}]: "
    return time + head.encode("utf-8", "replace") + message


def _utc(micros: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _text(message: str | list[int | str] | None) -> bytes:
    """The bytes of a journal value; the first of several."""
    if isinstance(message, list):
        first = message[0] if message else ""
        return first.encode("utf-8", "replace") if isinstance(first, str) else bytes(each for each in message if isinstance(each, int))
    return (message or "").encode("utf-8", "replace")
