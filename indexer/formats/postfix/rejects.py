"""One reject line of smtpd(8), postscreen(8), cleanup(8) or a milter as an event."""

import re
from itertools import islice
from typing import Final, NamedTuple

from indexer.bounds import bounded, canonical_ip, domains_lowered
from indexer.formats.headers import readable
from indexer.formats.postfix.delivery import BARE_ADDRESS, SOURCE, Stamp, UnreadableError
from indexer.formats.postfix.replies import leading_codes
from store.event import Event
from store.reasons import classify

NO_QUEUE: Final = "NOQUEUE"
_HEAD: Final = r"(?:milter-|proxy-)?reject: "
_CLIENT: Final = r"(?:\S*?\[([^\]]*)\](?::\d+)?|local)"
# As in a delivery line, or as Postfix before 3.5 logs it: a quote may stand alone there
_ADDRESS: Final = rf"({BARE_ADDRESS}|[^<>]*)"
# smtpd parts these with spaces, postscreen with commas
_ENVELOPE: Final = rf"; (?=from=|to=|proto=|helo=)(?:from=<{_ADDRESS}>,? ?)?(?:to=<{_ADDRESS}>,? ?)?(?:proto=[^\s,]+,? ?)?"
_MORE: Final = r"(?: [a-z_]+=<[^<>]*>){0,3}"  # `sasl_username=<jan>`
# `RCPT from host[192.0.2.1]: 550 5.1.1 <x>: Recipient address rejected: ...; from=<a> to=<b> proto=ESMTP helo=<c>`
_SESSION: Final = re.compile(rf"{_HEAD}([A-Za-z-]+(?: FROM| TO)?)(?: from {_CLIENT})?: (.*)$", re.DOTALL)
_ECHO: Final = re.compile(rf"(?:\d{{3}}[ -])?(?:[245]\.\d{{1,3}}\.\d{{1,3}} )?<{BARE_ADDRESS}>: ")
_SESSION_END: Final = re.compile(rf"{_ENVELOPE}(?:helo=<(.*?)(?:>{_MORE}(?:[ ,][^<>]*)?)?|[ ,][^<>]*)?$", re.DOTALL)
_MAX_ENDS: Final = 16  # more are hostile
# `header Subject: ... from host[192.0.2.1]; from=<a> to=<b> proto=ESMTP helo=<c>: 5.7.1 the text of the rule`
_CONTENT: Final = re.compile(
    rf"{_HEAD}((?:mime-|nested-)?header|body|content) (.*?) from {_CLIENT}{_ENVELOPE}(?:helo=<.{{0,1000}}?>{_MORE})?(?:: (.*))?$", re.DOTALL
)
_SUBJECT: Final = re.compile(r"subject: (.*)$", re.IGNORECASE | re.DOTALL)
# What smtpd calls its state, in the words of delivery lines.
_COMMANDS: Final = {"RCPT": "RCPT TO", "MAIL": "MAIL FROM", "END-OF-MESSAGE": "end of DATA"}
_PERMANENCE: Final = {"4": "temporary", "5": "permanent"}


class _Reject(NamedTuple):
    """What a reject line says; `command` is the one that was answered."""

    command: str
    client: str | None
    sender: str | None
    recipient: str | None
    answer: str
    subject: str | None = None


def read_reject(text: str, queue_id: str, stamp: Stamp, message_id: str | None) -> Event:
    """The event of a message `QUEUEID: reject: ...` or `NOQUEUE: reject: ...`, or without either. Raises `UnreadableError`."""
    start = len(queue_id) + 2 if text.startswith(f"{queue_id}: ") else 0
    reject = _session(text, start) or _content(text, start)
    if reject is None:
        raise UnreadableError("a reject line without the client or the answer: was it cut?")
    code, status = leading_codes(reject.answer)
    event = Event(
        id=stamp.event_id(text),
        timestamp=stamp.time,
        type="reject",
        source=SOURCE,
        sender=domains_lowered(reject.sender) if reject.sender else reject.sender,
        recipient=domains_lowered(reject.recipient) if reject.recipient else None,
        subject=reject.subject,
        message_id=message_id or None,
        queue_id=None if queue_id == NO_QUEUE else queue_id,
        remote_ip=canonical_ip(reject.client) if reject.client else None,
        reporting_mta=stamp.host or None,
        smtp_code=code,
        status=status,
        smtp_command=reject.command,
        diagnostic=reject.answer or None,
        reason=classify(reject.answer, status, code, None, reject.command),
        permanence=_PERMANENCE.get(str(code or status or "")[:1], "unknown"),
        raw=stamp.raw,
    )
    return bounded(event)


def logged_subject(text: str) -> str:
    """A subject as cleanup(8) logs it, readable: the line end between two encoded words has become a question mark."""
    return readable(text.replace("?=? =?", "?= =?"))


def _session(text: str, start: int) -> _Reject | None:
    """A reject during the session, or None."""
    found = _SESSION.match(text, start)
    if found is None:
        return None
    stage, client, answer = found.groups()
    command = _COMMANDS.get(stage, stage)
    end = _envelope(answer)
    if end is None:
        return _Reject(command, client, None, None, answer)
    return _Reject(command, client, end[1], end[2], answer[: end.start()])


def _envelope(answer: str) -> re.Match[str] | None:
    """Where the answer ends and the envelope begins.

    Both may hold what the client said (smtpd_check.c, log_whatsup): an address or a name that is repeated in the answer, and the name at
    the end, each of which may look like an envelope. Addresses come quoted. A name that was refused stands in both places, whole.
    """
    echo = _ECHO.match(answer)
    first = None
    for start in islice(re.finditer("; (?:from|to|proto|helo)=", answer), _MAX_ENDS):
        end = _SESSION_END.match(answer, start.start()) if echo is None or start.start() >= echo.end() else None
        if end is not None and end[3] and f"<{end[3]}>: Helo command rejected: " in answer[: start.start()]:
            return end
        first = first or end
    return first


def _content(text: str, start: int) -> _Reject | None:
    """A reject because of the message itself, or None."""
    found = _CONTENT.match(text, start)
    if found is None:
        return None
    where, content, client, sender, recipient, answer = found.groups()
    subject = _SUBJECT.match(content) if where == "header" else None
    return _Reject(
        _COMMANDS["END-OF-MESSAGE"],
        client,
        sender,
        recipient,
        answer or f"{where} {content}",
        logged_subject(subject[1]) if subject else None,
    )
