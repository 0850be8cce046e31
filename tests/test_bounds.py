"""Whatever stands in a record, the events that any format makes of it are within all bounds: no later step looks again."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postfix_log import HEAD
from ses_records import PARTS, record, sns

from indexer.bounds import bounded
from indexer.formats import by_name
from indexer.records import Block, Format
from store.event import Event

HARMLESS: Final = "jan"
# What fits nowhere or nearly: characters that disturb, and how many harmless ones a field may have, and a few more or less
HOSTILE: Final = st.one_of(
    st.text(st.sampled_from("a.-@\0\x07\x1b\x7f\t\n\u00e9\u200b\ud7ff\ufffd"), max_size=8),
    st.sampled_from((32, 45, 64, 128, 255, 320, 998, 4_096, 16_384)).flatmap(lambda limit: st.integers(limit - 9, limit + 9)),
)


def ses(text: str, kind: str) -> bytes:
    """An SES record of this kind, with the text in every place where anything may stand."""
    written = json.dumps(record(kind)).replace("jan@klant.example", f"{HARMLESS}@{HARMLESS}.example")
    return written.replace(HARMLESS, json.dumps(text)[1:-1]).encode()


def ses_answer(text: str, kind: str) -> bytes:
    """One whose answer, tags, host and subject are odd; and wrapped, as bare ones and these go different ways."""
    part = {"smtpResponse": text, "reportingMTA": text, "remoteMtaIp": text, "processingTimeMillis": 1e300}
    tags = {"ses:outgoing-tls-version": [text], text: [text] * 101}
    headers = {"subject": text, "messageId": text}
    changed = record(kind, part, mail={"tags": tags, "commonHeaders": headers, "messageId": text or "x"})
    return json.dumps(sns(json.dumps(changed))).encode()


MESSAGES: Final = (
    "4XyZ12abCdz1V0g6: from=<{0}@{0}.example>, size=1, nrcpt=1 (queue active)\n"
    "4XyZ12abCdz1V0g6: message-id=<{0}>\n"
    "4XyZ12abCdz1V0g6: info: header Subject: {0} from local; from=<a@b.nl>\n"
    "Trusted TLS connection established to {0}[192.0.2.1]:25: TLSv1.3{0} with cipher x\n"
    "4XyZ12abCdz1V0g6: to=<{0}@{0}.example>, orig_to=<{0}>, relay={0}[192.0.2.1]:25, delay=0.5, delays=0/0/0/0, tls={0}, dsn=4.0.0,"
    " status=deferred (host {0}[192.0.2.2] said: 450 {0} (in reply to {0} command))\n"
    "4XyZ12abCdz1V0g6: to=<jan@example.org>, relay={0}[192.0.2.1]:25, delay=9{0}, dsn=1.1{0}, status=sent ({0})\n"
    "4XyZ12abCdz1V0g6: from=<{0}>, status=expired, returned to sender\n"
    "NOQUEUE: reject: RCPT from {0}[192.0.2.9]: 550 5.7.1 {0}; from=<{0}> to=<{0}> proto=ESMTP helo=<{0}>\n"
)


def postfix(text: str, _kind: str) -> bytes:
    """A log in which the text stands wherever a line may hold what comes from outside."""
    one_line = text.replace("\n", " ")
    return "".join(HEAD + message for message in MESSAGES.format(one_line).splitlines(keepends=True)).encode("utf-8", "replace")


def postfix_host(text: str, _kind: str) -> bytes:
    """A log of a host with an odd name, and digits where only digits may stand."""
    head = HEAD.replace("mx1", text.replace("\n", "") or "mx1")
    digits = "1" * max(1, len(text))
    line = f"4XyZ12abCdz1V0g6: to=<a@b.nl>, relay=b[192.0.2.1]:25, delay={digits}, tls=x, dsn={digits}, status=sent (250 ok)\n"
    return (head + line).encode("utf-8", "replace")


def journal(text: str, kind: str) -> bytes:
    """The same log as the journal prints it, in which any character can stand."""
    lines = postfix(text, kind).decode().splitlines()
    about = {"_HOSTNAME": text or "mx1", "SYSLOG_IDENTIFIER": "postfix/smtp", "SYSLOG_PID": "1", "__REALTIME_TIMESTAMP": "1732500000000000"}
    return "".join(json.dumps(about | {"MESSAGE": line.removeprefix(HEAD)}) + "\n" for line in lines).encode()


def ndjson(text: str, _kind: str) -> bytes:
    """Our own records, one odd field each."""
    event = {"timestamp": "2024-11-01T09:00:00Z", "type": "delivery", "recipient": "jan@klant.example"}
    names = ("id", "source", "sender", "recipient", "subject", "message_id", "queue_id", "mx", "diagnostic", "tls", "raw", "reporting_mta")
    odd = [event | {name: text} for name in names] + [event | {"tags": [text] * 101}, event | {"delay": 1e300}]
    return "".join(json.dumps(each) + "\n" for each in odd).encode()


WRITERS: Final[tuple[tuple[str, Callable[[str, str], bytes]], ...]] = (
    ("ses", ses),
    ("ses", ses_answer),
    ("postfix", postfix),
    ("postfix", postfix_host),
    ("postfix", journal),
    ("ndjson", ndjson),
)


def events(form: Format, data: bytes) -> list[Event]:
    """All that a run would write, with the data in one block, and in two cut at its middle line."""
    lines = data.splitlines(keepends=True)
    given: list[Event] = []
    for cuts in ((0, len(lines)), (0, len(lines) // 2, len(lines))):
        joiner = form.joiner()
        for low, high in pairwise(cuts):
            given += joiner.add(form.parse(Block("x", b"".join(lines[low:high]), 1, 0, 1_732_500_000.0)))
        given += joiner.close()
    return given


@pytest.mark.parametrize(("name", "write"), WRITERS, ids=lambda value: getattr(value, "__name__", value))
@settings(max_examples=60, deadline=None)
@given(odd=HOSTILE, kind=st.sampled_from(sorted(PARTS)))
def test_events_of_hostile_records_are_within_bounds(name: str, write: Callable[[str, str], bytes], odd: str | int, kind: str) -> None:
    """No format gives out an event that its bounds would change or refuse."""
    text = odd if isinstance(odd, str) else "a" * odd
    for event in events(by_name(name), write(text, kind)):
        assert bounded(event) == event


@pytest.mark.parametrize(("name", "write"), WRITERS, ids=lambda value: getattr(value, "__name__", value))
def test_the_same_records_with_plain_text_are_read(name: str, write: Callable[[str, str], bytes]) -> None:
    """What the test above writes does give events."""
    assert events(by_name(name), write(HARMLESS, "Bounce"))
