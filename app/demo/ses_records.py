"""The sample mail as Amazon SES tells it: event records, raw or in SNS notices (SES developer guide, "Contents of event data")."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from app.demo.plan import Message, Step, worded
from app.demo.sample import Answer, sample
from store.event import iso

# SES has its own few classes beside the answer of the other server.
_BOUNCES = {
    "unknown_user": ("Permanent", "General"),
    "mailbox_full": ("Transient", "MailboxFull"),
    "too_large": ("Transient", "MessageTooLarge"),
    "suppressed": ("Permanent", "OnAccountSuppressionList"),
}
_DELAYS = {"mailbox_full": "MailboxFull", "network_error": "TransientCommunicationFailure", "system_error": "RecipientServerError"}


def records(message: Message, until: int) -> Iterator[tuple[int, str]]:
    """The records of a message's life up to `until`, each with its time (both in ms since 1970)."""
    if message.start > until:
        return
    yield _record(message, message.start, {"eventType": "Send", "send": {}})
    for step in message.steps:
        if step.at > until:
            return
        yield _record(message, step.at, _told(step, message))


def _told(step: Step, message: Message) -> dict[str, Any]:
    match step.what:
        case "delivery":
            return _delivery(step, message)
        case "open":
            return {"eventType": "Open", "open": {"timestamp": iso(step.at), "ipAddress": "198.51.100.7", "userAgent": "Mozilla/5.0"}}
        case "click":
            link = f"https://portal.{message.customer.domain}/"
            clicked = {"timestamp": iso(step.at), "ipAddress": "198.51.100.7", "userAgent": "Mozilla/5.0", "link": link}
            return {"eventType": "Click", "click": clicked}
        case "complaint":
            return _complaint(step, message)
        case "expired":
            return _bounce(step, message, _last_answer(message), expired=True)
    answer = sample().answer[step.what]
    return _delay(step, message, answer) if answer.kind == "deferral" else _bounce(step, message, answer)


def _delivery(step: Step, message: Message) -> dict[str, Any]:
    told = {
        "timestamp": iso(step.at),
        "processingTimeMillis": step.at - message.start,
        "recipients": [message.recipient],
        "smtpResponse": f"250 2.0.0 OK {message.start // 1000} {_digest(message)[:12]}",
        "remoteMtaIp": message.provider.ip,
        "reportingMTA": "a8-50.smtp-out.eu-west-1.example",
    }
    return {"eventType": "Delivery", "delivery": told}


def _bounce(step: Step, message: Message, answer: Answer, *, expired: bool = False) -> dict[str, Any]:
    kind, detail = _BOUNCES.get(answer.reason, ("Permanent" if answer.status[0] == "5" else "Transient", "General"))
    status = "4.4.7" if expired else answer.status
    text = (
        f"smtp; 550 4.4.7 Message expired: unable to deliver in 2880 minutes.<{_said(answer, message)}>"
        if expired
        else _diagnostic(answer, message)
    )
    told = {
        "bounceType": "Transient" if expired else kind,
        "bounceSubType": "General" if expired else detail,
        "bouncedRecipients": [{"emailAddress": message.recipient, "action": "failed", "status": status, "diagnosticCode": text}],
        "timestamp": iso(step.at),
        "feedbackId": _feedback(message, step),
        "reportingMTA": "dns; a8-50.smtp-out.eu-west-1.example",
    }
    return {"eventType": "Bounce", "bounce": told}


def _delay(step: Step, message: Message, answer: Answer) -> dict[str, Any]:
    recipient = {"emailAddress": message.recipient, "status": answer.status, "diagnosticCode": _diagnostic(answer, message)}
    told = {
        "timestamp": iso(step.at),
        "delayType": _DELAYS.get(answer.reason, "Undetermined"),
        "expirationTime": iso(message.start + 2880 * 60_000),
        "delayedRecipients": [recipient],
        "reportingMTA": "a8-50.smtp-out.eu-west-1.example",
    }
    return {"eventType": "DeliveryDelay", "deliveryDelay": told}


def _complaint(step: Step, message: Message) -> dict[str, Any]:
    told = {
        "complainedRecipients": [{"emailAddress": message.recipient}],
        "timestamp": iso(step.at),
        "feedbackId": _feedback(message, step),
        "complaintFeedbackType": "abuse",
        "userAgent": "Feedback-Reporter/1.0",
    }
    return {"eventType": "Complaint", "complaint": told}


def _record(message: Message, at: int, told: dict[str, Any]) -> tuple[int, str]:
    text = json.dumps(told | {"mail": _mail(message)}, ensure_ascii=False)
    if message.customer.route == "ses":
        return at, text
    notice = {
        "Type": "Notification",
        "MessageId": _uuid(text),
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:mail-events",
        "Subject": "Amazon SES Email Event Notification",
        "Message": text,
        "Timestamp": iso(at + 400),
        "SignatureVersion": "1",
        "Signature": "c2FtcGxl",
        "SigningCertURL": "https://sns.eu-west-1.example/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.example/?Action=Unsubscribe",
    }
    return at, json.dumps(notice, ensure_ascii=False)


def _mail(message: Message) -> dict[str, Any]:
    return {
        "timestamp": iso(message.start),
        "source": message.sender,
        "sourceArn": f"arn:aws:ses:eu-west-1:123456789012:identity/{message.customer.domain}",
        "sendingAccountId": "123456789012",
        "messageId": _message_id(message),
        "destination": [message.recipient],
        "headersTruncated": False,
        "commonHeaders": {
            "from": [message.sender],
            "to": [message.recipient],
            "messageId": f"<{_digest(message)[:20]}@{message.customer.domain}>",
            "subject": message.subject,
        },
        "tags": {"ses:configuration-set": ["portal"], "ses:from-domain": [message.customer.domain]},
    }


def _last_answer(message: Message) -> Answer:
    """What the other server said last, before the message was given up."""
    return next(sample().answer[step.what] for step in reversed(message.steps) if step.what in sample().answer)


def _diagnostic(answer: Answer, message: Message) -> str:
    return f"smtp; {_said(answer, message)}"


def _said(answer: Answer, message: Message) -> str:
    text = worded(answer, message)
    return text if answer.code is None else f"{answer.code} {answer.status} {text}"


def _message_id(message: Message) -> str:
    return f"0102{message.start:012x}-{_uuid(message.key)}-000000"


def _feedback(message: Message, step: Step) -> str:
    return f"0102{step.at:012x}-{_uuid(message.key + step.what)}-000000"


def _uuid(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _digest(message: Message) -> str:
    return hashlib.sha256(message.key.encode()).hexdigest()
