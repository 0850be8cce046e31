"""Our own sample mail for the pages and the API: 200 events over 20 days, and a few that try to break a page."""

from datetime import UTC, datetime
from typing import Final

from store.event import Event, event_id, milliseconds

START: Final = milliseconds(datetime(2026, 10, 20, 6, tzinfo=UTC))
_STEP: Final = 8_640_000  # ms: ten events a day
_PEOPLE: Final = ("anna@school.example", "bram@bedrijf.example", "Carla@Zorg.example", "dirk@school.example")
_OUTCOMES: Final = ("delivery", "delivery", "bounce", "deferral", "send")

JAN: Final = "jan.jansen@gemeente.example"


def mail(number: int) -> Event:
    """The event of this number: people, outcomes and subjects take turns."""
    outcome = _OUTCOMES[number % len(_OUTCOMES)]
    recipient = _PEOPLE[number % len(_PEOPLE)]
    failed = outcome in ("bounce", "deferral")
    return Event(
        id=event_id("sample", str(number)),
        timestamp=START + number * _STEP,
        type=outcome,
        source="ndjson",
        sender="noreply@shop.example" if number % 3 else "info@bank.example",
        recipient=recipient,
        subject=f"Factuur {number}" if number % 7 else None,
        message_id=f"m{number}@shop.example",
        mx=f"mx{number % 3}.example",
        smtp_code={"bounce": 552, "deferral": 451, "delivery": 250}.get(outcome),
        status={"bounce": "5.2.2", "deferral": "4.7.1", "delivery": "2.0.0"}.get(outcome),
        diagnostic="552 5.2.2 Mailbox is over quota" if outcome == "bounce" else "451 4.7.1 Greylisted" if failed else None,
        reason={"bounce": "mailbox_full", "deferral": "greylisted"}.get(outcome),
        delay=number / 4 if outcome == "delivery" else None,
        raw=f'{{"sample": {number}}}',
    )


BOUNCED: Final = Event(
    id=event_id("sample", "jan"),
    timestamp=START + 201 * _STEP,
    type="bounce",
    source="postfix",
    sender="noreply@shop.example",
    recipient=JAN,
    subject="Uw afspraak",
    message_id="afspraak@shop.example",
    queue_id="4XaB12",
    mx="mx.gemeente.example",
    remote_ip="198.51.100.7",
    smtp_code=550,
    status="5.1.1",
    diagnostic=f"550 5.1.1 <{JAN}>: Recipient address rejected: User unknown in virtual mailbox table",
    reason="unknown_user",
    permanence="permanent",
    delay=0.8,
    raw=f"Nov 7 20:24:00 mail postfix/smtp[7]: 4XaB12: to=<{JAN}>, status=bounced",
)
HOSTILE: Final = Event(
    id='x/"<b>?#%\u00e9',
    timestamp=START + 202 * _STEP,
    type="<i>odd</i>",
    source="ndjson",
    sender='"><img src=x onerror=alert(1)>@evil.example',
    recipient="\u202egpj.exe@evil.example",
    subject="=HYPERLINK(1)<script>alert(1)</script>\0\r\nX-Evil: 1 \U0001f4e6" + "A" * 16_000,
    message_id='a"b\\c',
    smtp_code=550,
    diagnostic="<script>alert(2)</script>\u202e " * 4_000,
    reason="no_such_reason",
    tags=("@tag", "<b>"),
    raw="{" + "z" * 100_000 + "}",
)
COMPLAINT: Final = Event(id="complaint-1", timestamp=START + 203 * _STEP, type="complaint", source="arf", sender="noreply@shop.example")
MAIL: Final = (*(mail(number) for number in range(200)), BOUNCED, HOSTILE, COMPLAINT)
