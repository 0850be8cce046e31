"""The forms a log line comes in, each with the same groups, so that what follows need not know the form.

Groups: date, fraction of the second, zone, owner, host, pid, queue id, word. `owner` is the host, with the name of the Postfix instance if
it is not the first: each has a queue of its own. `word` is the first of what the line tells, where it matters to us.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
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
_OWNER: Final = rb"((\S+(?<!:)(?= ))(?: postfix-[^\s\[\]:/]+(?=/))?)[ /]"
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
NO_HOST: Final = b"-"  # as RFC 5424 section 6.2.4 writes that the sender does not know its name

# What containers put before a line: the CRI logging format of Kubernetes, `docker compose logs`
_CONTAINER: Final = re.compile(rb"(?:\S{20,40} std(?:out|err) [FP] |[\w.-]{1,100}\s+\| )")
_DATE: Final = re.compile(rb"(<\d{1,3}>)?(?:([A-Z][a-z]{2}) {1,2}(\d\d?) (\d\d:\d\d:\d\d(?:\.\d+)?)|(\d{4}-\d\d-\d\d[T ]\S+)) ")
_FACILITY: Final = re.compile(rb"(\S+ )?(?:mail|daemon|user|local\d)\.[a-z]{3,7} (?=\S+: )")  # of BusyBox's syslogd
_NAME: Final = re.compile(rb"[^\s\[\]:]+(?:\[\d*\])?: ")


class _Entry(msgspec.Struct):
    """What we need of a journal entry (systemd.journal-fields(7)); a value that is not UTF-8 is a list of bytes, a repeated one a list."""

    message: str | list[int | str] | None = msgspec.field(name="MESSAGE", default=None)
    host: str = msgspec.field(name="_HOSTNAME", default="-")
    name: str = msgspec.field(name="SYSLOG_IDENTIFIER", default="-")
    pid: str = msgspec.field(name="SYSLOG_PID", default="")
    process: str = msgspec.field(name="_PID", default="")
    log: str = ""  # of Docker's json-file driver, whose entries have nothing else of ours
    sent: str = msgspec.field(name="_SOURCE_REALTIME_TIMESTAMP", default="")
    received: str = msgspec.field(name="__REALTIME_TIMESTAMP", default="")


_entry: Final = msgspec.json.Decoder(_Entry)


def read_form(line: bytes) -> Match | None:
    """The head of a line in any of the forms; zero bytes, which a crash leaves in a log, are passed over."""
    if b"\0" in line:
        line = line.replace(b"\0", b"")
    plain = _from_json(line) if line[:1] == b"{" else line
    return None if plain is None else _in_form(plain) or _in_form(_usual(plain))


def _in_form(line: bytes) -> Match | None:
    return next((found for form in FORMS if (found := form.match(line))), None)


def _usual(line: bytes) -> bytes:
    """A line in one of the forms but for small things, in that form: a container's prefix, a facility, a lone digit, no host."""
    line = line[container.end() :] if (container := _CONTAINER.match(line)) else line
    date = _DATE.match(line)
    if date is None:
        return line
    priority, month, day, time, iso = date.groups()
    rest = line[date.end() :]
    if facility := _FACILITY.match(rest):
        rest = (facility[1] or b"") + rest[facility.end() :]
    host = NO_HOST + b" " if _NAME.match(rest) else b""
    return (priority or b"") + (iso or b"%b %b %b" % (month, day.rjust(2), time)) + b" " + host + rest


def _from_json(line: bytes) -> bytes | None:
    """A line of `journalctl -o json` as the same line in ISO form, one of Docker's as it was; None where there is no text."""
    try:
        entry = _entry.decode(line)
        if entry.log:
            return entry.log.rstrip("\n").encode("utf-8", "replace")
        micros = int(entry.sent or entry.received)
        message = _text(entry.message)
        time = msgspec.json.encode(_utc(micros))[1:-1]
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None
    head = f" {entry.host} {entry.name}[{entry.pid or entry.process}]: "
    return time + head.encode("utf-8", "replace") + message


@lru_cache(maxsize=1024)
def host_name(owner: bytes) -> str:
    """The host of an owner; "" where the line names none."""
    host = owner.partition(b" ")[0]
    return "" if host == NO_HOST else host.decode("utf-8", "replace")


def _utc(micros: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _text(message: str | list[int | str] | None) -> bytes:
    """The bytes of a journal value; the first of several."""
    if isinstance(message, list):
        first = message[0] if message else ""
        return first.encode("utf-8", "replace") if isinstance(first, str) else bytes(each for each in message if isinstance(each, int))
    return (message or "").encode("utf-8", "replace")
