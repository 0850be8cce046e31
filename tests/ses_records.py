"""SES records for the tests, written here: each builder gives a small valid record, to which a test does one odd thing."""

import base64
import json
from typing import Any

from indexer.formats.ses import SesFormat
from indexer.records import Block, Parsed
from store.event import Event

JSON = dict[str, Any]
SENT = "2024-11-03T10:00:00.000Z"
PARTS: dict[str, JSON] = {
    "Send": {"send": {}},
    "Delivery": {
        "delivery": {
            "timestamp": "2024-11-03T10:00:02.500Z",
            "processingTimeMillis": 2400,
            "recipients": ["jan@klant.example"],
            "smtpResponse": "250 2.0.0 Ok: queued as 4XB2",
            "reportingMTA": "b224-12.smtp-out.eu-central-1.amazonses.com",
            "remoteMtaIp": "192.0.2.25",
        }
    },
    "Bounce": {
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": "jan@klant.example",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 <jan@klant.example>: user unknown",
                }
            ],
            "timestamp": "2024-11-03T10:00:03.000Z",
            "feedbackId": "feedback-1",
            "reportingMTA": "dns; b224-12.smtp-out.eu-central-1.amazonses.com",
        }
    },
    "Complaint": {
        "complaint": {
            "complainedRecipients": [{"emailAddress": "jan@klant.example"}],
            "timestamp": "2024-11-03T11:00:00.000Z",
            "feedbackId": "feedback-2",
            "complaintFeedbackType": "abuse",
            "complaintSubType": None,
        }
    },
    "Reject": {"reject": {"reason": "Bad content"}},
    "Open": {"open": {"ipAddress": "198.51.100.7", "timestamp": "2024-11-03T12:00:00.000Z", "userAgent": "Mail/1.0"}},
    "Click": {"click": {"link": "https://portal.example/a?b=1", "timestamp": "2024-11-03T12:01:00.000Z", "ipAddress": "198.51.100.7"}},
    "Rendering Failure": {"failure": {"templateName": "Welcome", "errorMessage": "Attribute 'name' is not present in the rendering data."}},
    "DeliveryDelay": {
        "deliveryDelay": {
            "timestamp": "2024-11-03T10:10:00.000Z",
            "delayType": "MailboxFull",
            "expirationTime": "2024-11-03T22:00:00.000Z",
            "delayedRecipients": [{"emailAddress": "jan@klant.example", "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 over quota"}],
        }
    },
    "Subscription": {
        "subscription": {
            "contactList": "Nieuwsbrief",
            "timestamp": "2024-11-03T13:00:00.000Z",
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {
                "unsubscribeAll": True,
                "topicSubscriptionStatus": [{"topicName": "tips", "subscriptionStatus": "OptOut"}],
            },
        }
    },
}


def record(kind: str, part: JSON | None = None, mail: JSON | None = None, top: JSON | None = None) -> JSON:
    """A record of this event type; `part` and `mail` change fields of its two objects, `top` the outermost."""
    name, usual = next(iter(PARTS[kind].items()))
    whole_mail = {
        "timestamp": SENT,
        "messageId": "0107-ses-id-000000",
        "source": "Afzender <post@bedrijf.example>",
        "destination": ["jan@klant.example"],
        "headersTruncated": False,
        "headers": [{"name": "Subject", "value": "Uw document"}, {"name": "Message-ID", "value": "<abc@bedrijf.example>"}],
        "commonHeaders": {"from": ["post@bedrijf.example"], "messageId": "<abc@bedrijf.example>", "subject": "Uw document"},
        "tags": {"ses:configuration-set": ["main"], "ses:outgoing-tls-version": ["TLSv1.3"], "campaign": ["2024-11"]},
    }
    return {"eventType": kind, "mail": whole_mail | (mail or {}), name: usual | (part or {})} | (top or {})


def sns(inner: JSON | str) -> JSON:
    """An SNS notification around a record."""
    message = inner if isinstance(inner, str) else json.dumps(inner)
    return {"Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu:1:mail", "Message": message, "Timestamp": SENT}


def eventbridge(inner: JSON) -> JSON:
    """An EventBridge event around a record."""
    return {"version": "0", "id": "e-1", "detail-type": "Email", "source": "aws.ses", "time": "2024-11-03T10:00:05Z", "detail": inner}


def sqs(*inner: JSON) -> JSON:
    """The answer to an SQS ReceiveMessage."""
    return {"Messages": [{"MessageId": f"m-{n}", "ReceiptHandle": "r", "Body": json.dumps(each)} for n, each in enumerate(inner)]}


def firehose(*inner: JSON) -> JSON:
    """A request to a Firehose HTTP endpoint."""
    datas = [base64.b64encode(json.dumps(each).encode()).decode() for each in inner]
    return {"requestId": "r-1", "timestamp": 1730628000000, "records": [{"data": data} for data in datas]}


WRAPPINGS = {
    "bare": lambda inner: inner,
    "sns": sns,
    "sns with the message as an object": lambda inner: sns("") | {"Message": inner},
    "eventbridge": eventbridge,
    "sqs received": sqs,
    "sqs one message": lambda inner: {"MessageId": "m", "body": json.dumps(inner)},
    "sqs carrying sns": lambda inner: sqs(sns(inner)),
    "sqs carrying eventbridge": lambda inner: sqs(eventbridge(inner)),
    "sns carrying eventbridge": lambda inner: sns(eventbridge(inner)),
    "lambda from sqs": lambda inner: {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": json.dumps(sns(inner))}]},
    "lambda from sns": lambda inner: {"Records": [{"EventSource": "aws:sns", "Sns": sns(inner)}]},
    "lambda from kinesis": lambda inner: {"Records": [{"kinesis": {"data": firehose(inner)["records"][0]["data"]}}]},
    "firehose request": firehose,
    "firehose request carrying sns": lambda inner: firehose(sns(inner)),
    "firehose transformation": lambda inner: {"invocationId": "i", "records": [{"recordId": "1", **firehose(inner)["records"][0]}]},
    "firehose error output": lambda inner: {"errorCode": "x", "rawData": firehose(inner)["records"][0]["data"]},
    "gateway with base64": lambda inner: {"isBase64Encoded": True, "body": base64.b64encode(json.dumps(inner).encode()).decode()},
    "array": lambda inner: [inner],
    "string": json.dumps,
}


def parsed(*content: JSON | bytes) -> Parsed:
    """What the format makes of records, one a line."""
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in content]
    return SesFormat().parse(Block("test", b"\n".join(lines), 1, 0, 0.0))


def only(content: JSON) -> Event:
    """The only event of a record in which nothing is refused."""
    result = parsed(content)
    assert [each.reason for each in result.rejected] == []
    (event,) = result.events
    return event
