"""SES records to events, a core: records a second beside `json.loads` of the same bytes in the same run.

`scripts/bench ses` prints, for bare records and each wrapping, the rate, and the ratio to the baseline with its spread over the rounds.
"""

import base64
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from indexer.formats.ses import SesFormat
from indexer.records import Block

RECORDS = 20_000
ROUNDS = 7
BLOCK = 2 << 20
START = datetime(2024, 11, 1, tzinfo=UTC)
_SHARES = (("Delivery", 70), ("Send", 20), ("Bounce", 6), ("DeliveryDelay", 1), ("Open", 1), ("Click", 1), ("Complaint", 1))
_DOMAINS = ("gmail.com", "outlook.com", "ziggo.nl", "kpnmail.nl", "icloud.com", "klant.example")
_ANSWERS = (
    ("5.1.1", "smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table", "General"),
    ("5.2.2", "smtp; 552 5.2.2 The email account that you tried to reach is over quota.", "MailboxFull"),
    ("5.0.0", "smtp; 554 5.7.1 Message rejected because of its content", "General"),
)


def records(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Made-up event-publishing records with all headers, about 1.6 kB each."""
    rng = random.Random(seed)  # noqa: S311 - made-up records
    kinds = rng.choices([name for name, _ in _SHARES], [share for _, share in _SHARES], k=count)
    for number, kind in enumerate(kinds):
        to = f"{rng.choice(('jan', 'piet', 'anna', 'noor'))}.{rng.randrange(10**6)}@{rng.choice(_DOMAINS)}"
        sent = START + timedelta(seconds=number, milliseconds=rng.randrange(1000))
        yield {"eventType": kind, "mail": _mail(rng, number, to, sent), **_part(rng, kind, to, sent)}


def _mail(rng: random.Random, number: int, to: str, sent: datetime) -> dict[str, Any]:
    sender, subject = f"post@bedrijf{rng.randrange(40)}.example", f"Uw document {number} staat klaar"
    message_id = f"0107{rng.randbytes(6).hex()}-{rng.randbytes(4).hex()}-{rng.randbytes(8).hex()}-000000"
    headers = {
        "From": f"Bedrijf <{sender}>",
        "To": to,
        "Subject": subject,
        "Date": sent.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Message-ID": f"<{message_id}@eu-central-1.amazonses.com>",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="----=_Part_0_716996660.1476421336341"',
        "X-SES-MESSAGE-TAGS": "campaign=2024-11",
    }
    return {
        "timestamp": _time(sent),
        "source": f"Bedrijf <{sender}>",
        "sourceArn": f"arn:aws:ses:eu-central-1:123456789012:identity/{sender}",
        "sendingAccountId": "123456789012",
        "messageId": message_id,
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {"from": [headers["From"]], "to": [to], "messageId": headers["Message-ID"], "subject": subject},
        "tags": {
            "ses:operation": ["SendRawEmail"],
            "ses:configuration-set": ["main"],
            "ses:source-ip": ["192.0.2.10"],
            "ses:from-domain": [sender.partition("@")[2]],
            "ses:caller-identity": ["mailer"],
            "ses:outgoing-ip": ["198.51.100.9"],
            "ses:outgoing-tls-version": ["TLSv1.3"],
            "campaign": ["2024-11"],
        },
    }


def _part(rng: random.Random, kind: str, to: str, sent: datetime) -> dict[str, Any]:
    took = rng.randrange(300, 90_000)
    moment = _time(sent + timedelta(milliseconds=took))
    host = f"b224-{rng.randrange(90)}.smtp-out.eu-central-1.amazonses.com"
    status, answer, subtype = rng.choice(_ANSWERS)
    person = {"emailAddress": to, "action": "failed", "status": status, "diagnosticCode": answer.format(to=to)}
    queued = f"250 2.0.0 OK {rng.randrange(10**9)} {rng.randbytes(6).hex()} - gsmtp"
    parts: dict[str, dict[str, Any]] = {
        "Send": {"send": {}},
        "Delivery": {
            "delivery": {
                "timestamp": moment,
                "processingTimeMillis": took,
                "recipients": [to],
                "smtpResponse": queued,
                "remoteMtaIp": "192.0.2.25",
                "reportingMTA": host,
            }
        },
        "Bounce": {
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": subtype,
                "bouncedRecipients": [person],
                "timestamp": moment,
                "feedbackId": rng.randbytes(12).hex(),
                "reportingMTA": f"dns; {host}",
            }
        },
        "DeliveryDelay": {
            "deliveryDelay": {"timestamp": moment, "delayType": "General", "delayedRecipients": [person | {"status": "4.4.1"}]}
        },
        "Open": {"open": {"timestamp": moment, "ipAddress": "203.0.113.5", "userAgent": "Mail/1.0"}},
        "Click": {"click": {"timestamp": moment, "ipAddress": "203.0.113.5", "link": "https://portal.example/a"}},
        "Complaint": {
            "complaint": {"timestamp": moment, "feedbackId": rng.randbytes(12).hex(), "complainedRecipients": [{"emailAddress": to}]}
        },
    }
    return parts[kind]


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sns(inner: str) -> str:
    about = {"Type": "Notification", "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc", "TopicArn": "arn:aws:sns:eu-central-1:1:ses"}
    return json.dumps(about | {"Message": inner, "Timestamp": "2024-11-01T10:00:00.000Z", "SignatureVersion": "1", "Signature": "A" * 344})


def _eventbridge(inner: str) -> str:
    return f'{{"version":"0","id":"x","detail-type":"Email Delivered","source":"aws.ses","time":"2024-11-01T10:00:00Z","detail":{inner}}}'


def _firehose(inner: str) -> str:
    return json.dumps({"records": [{"data": base64.b64encode(inner.encode()).decode()}]})


# name -> how each record is wrapped, and what stands between two of them
WRAPPINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "bare": (str, "\n"),
    "glued": (str, ""),
    "sns": (_sns, "\n"),
    "eventbridge": (_eventbridge, "\n"),
    "sns in sqs": (lambda inner: json.dumps({"MessageId": "m", "ReceiptHandle": "r" * 200, "Body": _sns(inner)}), "\n"),
    "firehose": (_firehose, "\n"),
}


def seconds(work: Callable[[], int]) -> float:
    """The processor time of a run that must give `RECORDS` of something."""
    start = time.process_time()
    done = work()
    taken = time.process_time() - start
    if done != RECORDS:
        raise SystemExit(f"{done} instead of {RECORDS}")
    return taken


def _events(form: SesFormat, data: bytes) -> int:
    """Cut and parse as the pipeline does, block by block, and let the events go."""
    done, position = 0, 0
    while position < len(data):
        held = data[position : position + BLOCK]
        size = form.cut(held) if position + len(held) < len(data) else len(held)
        result = form.parse(Block("bench", held[:size], 1, position, 0.0))
        done += len(result.events)
        position += size
    return done


def main() -> None:
    """Measure each wrapping."""
    bare = [json.dumps(each, separators=(",", ":")) for each in records(RECORDS)]
    print(
        f"{platform.platform()}, Python {platform.python_version()}, {RECORDS} records of {sum(map(len, bare)) // RECORDS} bytes, one core"
    )
    form = SesFormat()
    for name, (wrap, glue) in WRAPPINGS.items():
        lines = [wrap(each) for each in bare]
        data = glue.join(lines).encode()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(lambda: _events(form, data)))  # noqa: B023 - called at once
            theirs.append(seconds(lambda: sum(1 for line in lines if json.loads(line))))  # noqa: B023 - likewise
        ratios = [other / mine for mine, other in zip(ours, theirs, strict=True)]
        rate, baseline = RECORDS / statistics.median(ours), RECORDS / statistics.median(theirs)
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:12} {rate:9,.0f} records/s to events; json.loads alone {baseline:9,.0f}; ratio {spread}")


if __name__ == "__main__":
    main()
