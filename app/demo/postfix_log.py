"""The sample mail as Postfix logs it: client, message-id, queue manager, each attempt, removal (postfix-logwatch and man pages)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.demo.plan import Message, Step, worded
from app.demo.sample import Answer, sample

# Long queue ids (man 5 postconf, enable_long_queue_ids): seconds and microseconds in base 52, z, the inode in base 51.
_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
_LAST = frozenset({"delivery", "expired"})


def lines(message: Message, until: int) -> Iterator[tuple[int, str]]:
    """The log lines of a message's life up to `until`, each with its time (both in ms since 1970)."""
    if message.start > until:
        return
    start = message.start
    client = f"app.{message.customer.domain}[198.51.100.60]"
    answer = sample().answer.get(message.steps[0].what)
    if answer and answer.kind == "reject":
        yield _refusal(message, answer, client)
        return
    queue = queue_id(message)
    yield _line(start, "submission/smtpd", message, f"{queue}: client={client}, sasl_method=PLAIN, sasl_username=app")
    yield _line(start + 4, "cleanup", message, f"{queue}: message-id=<{_digest(message)[:20]}@{message.customer.domain}>")
    # header_checks with "/^Subject:/ INFO" is how subjects come into a Postfix log (man 5 header_checks).
    header = f"header Subject: {message.subject} from {client}; from=<{message.sender}> to=<{message.recipient}> proto=ESMTP helo=<app>"
    yield _line(start + 6, "cleanup", message, f"{queue}: info: {header}")
    yield _line(start + 9, "qmgr", message, f"{queue}: from=<{message.sender}>, size={message.size}, nrcpt=1 (queue active)")
    for step in message.steps:
        if step.at > until:
            return
        yield from _step(step, queue, message)


def queue_id(message: Message) -> str:
    """The long queue id of a message that came in at its start."""
    inode = 1_000_000 + int(_digest(message)[:5], 16)
    seconds, milliseconds = divmod(message.start, 1000)
    microseconds = milliseconds * 1000 + int(_digest(message)[5:8], 16) % 1000
    return _based(seconds, _DIGITS).rjust(6, "0") + _based(microseconds, _DIGITS).rjust(4, "0") + "z" + _based(inode, _DIGITS[:-1])


def _refusal(message: Message, answer: Answer, client: str) -> tuple[int, str]:
    """What smtpd says of a message that it did not take: there is no queue id."""
    about = f"from=<{message.sender}> to=<{message.recipient}> proto=ESMTP helo=<app>"
    said = f"NOQUEUE: reject: RCPT from {client}: {answer.code} {answer.status} {worded(answer, message)}; {about}"
    return _line(message.steps[0].at, "submission/smtpd", message, said)


def _step(step: Step, queue: str, message: Message) -> Iterator[tuple[int, str]]:
    if step.what == "expired":
        yield _line(step.at, "qmgr", message, f"{queue}: from=<{message.sender}>, status=expired, returned to sender")
    else:
        answer = sample().answer.get(step.what)
        relay = "none" if answer and answer.command == "connect" else f"{message.provider.mx}[{message.provider.ip}]:25"
        delay = (step.at - message.start) / 1000
        told = f"to=<{message.recipient}>, relay={relay}, delay={delay:.3g}, delays={max(delay - 0.5, 0):.3g}/0.01/0.2/0.29"
        yield _line(step.at, "smtp", message, f"{queue}: {told}, {_outcome(answer, message)}")
    if step.what in _LAST or (step.what in sample().answer and sample().answer[step.what].kind == "bounce"):
        yield _line(step.at + 2, "qmgr", message, f"{queue}: removed")


def _outcome(answer: Answer | None, message: Message) -> str:
    if answer is None:
        return f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {_digest(message)[20:32].upper()})"
    status = "bounced" if answer.kind == "bounce" else "deferred"
    if answer.command == "connect":
        return f"dsn={answer.status}, status={status} ({worded(answer, message)})"
    said = f"host {message.provider.mx}[{message.provider.ip}] said: {answer.code} {answer.status} {worded(answer, message)}"
    return f"dsn={answer.status}, status={status} ({said} (in reply to {answer.command} command))"


def _line(at: int, daemon: str, message: Message, text: str) -> tuple[int, str]:
    """One line as rsyslog writes it with RSYSLOG_FileFormat: an ISO time with its zone."""
    sending = sample().sending
    moment = datetime.fromtimestamp(at // 1000, ZoneInfo(sending.zone)).replace(microsecond=at % 1000 * 1000)
    process = 2000 + int(_digest(message)[8:11], 16)
    return at, f"{moment.isoformat(timespec='microseconds')} {sending.host.partition('.')[0]} postfix/{daemon}[{process}]: {text}"


def _digest(message: Message) -> str:
    return hashlib.sha256(message.key.encode()).hexdigest()


def _based(number: int, digits: str) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text or digits[0]
