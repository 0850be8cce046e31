"""The forms of Postfix log lines: one event, the same id, whatever wrote the line."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postfix_log import MODIFIED, delivery, events, join, line, one, parse, rejected

from indexer.formats.postfix import PostfixFormat
from indexer.formats.postfix.clock import Clock
from indexer.records import Block
from store.event import iso, milliseconds

CHANGES = [datetime(2024, 3, 31), datetime(2024, 10, 27), datetime(2024, 4, 7), datetime(2024, 10, 6)]  # noqa: DTZ001 - days on a calendar
MESSAGE = delivery("2.0.0, status=sent (250 2.0.0 Ok: queued as 9A0B1C2D3E)")
FORMS = {
    "RFC 3164": "Nov 23 11:11:34 mx1 postfix/smtp[27439]: ",
    "RFC 3164 with a fraction": "Nov 23 11:11:34.123456 mx1 postfix/smtp[27439]: ",
    "RFC 3164 with a priority": "<22>Nov 23 11:11:34 mx1 postfix/smtp[27439]: ",
    "BSD with the facility": "Nov 23 11:11:34 <mail.info> mx1 postfix/smtp[27439]: ",
    "Solaris with a message number": "Nov 23 11:11:34 mx1 postfix/smtp[27439]: [ID 197553 mail.info] ",
    "ISO": "2024-11-23T11:11:34.123456+00:00 mx1 postfix/smtp[27439]: ",
    "ISO in another zone": "2024-11-23T12:11:34.123456+01:00 mx1 postfix/smtp[27439]: ",
    "ISO west of Greenwich, no colon": "2024-11-23T06:41:34-0430 mx1 postfix/smtp[27439]: ",
    "ISO with Z": "2024-11-23T11:11:34Z mx1 postfix/smtp[27439]: ",
    "ISO without a zone": "2024-11-23 11:11:34 mx1 postfix/smtp[27439]: ",
    "RFC 5424": "<22>1 2024-11-23T11:11:34.123456+00:00 mx1 postfix/smtp 27439 - - ",
    "RFC 5424 with rsyslog's space": "<22>1 2024-11-23T11:11:34.123456+00:00 mx1 postfix/smtp 27439 - -  ",
    "RFC 5424 without the daemon's name": "<22>1 2024-11-23T11:11:34.123456Z mx1 postfix 27439 - - ",
    "RFC 5424 with a byte order mark": "<22>1 2024-11-23T11:11:34.123456Z mx1 postfix/smtp 27439 - - \ufeff",
    "RFC 5424 with structured data": '<22>1 2024-11-23T11:11:34Z mx1 postfix/smtp 27439 M1 [a@1 x="\\"]" y="z"][b@2] ',
    "BusyBox": "Nov 23 11:11:34 mx1 mail.info postfix/smtp[27439]: ",
    "Kubernetes": "2024-11-23T11:11:35.123456789Z stdout F Nov 23 11:11:34 mx1 postfix/smtp[27439]: ",
    "Kubernetes, ISO": "2024-11-23T11:11:35.123456789+01:00 stderr F 2024-11-23T11:11:34Z mx1 postfix/smtp[27439]: ",
    "docker compose": "mail-1  | Nov 23 11:11:34 mx1 postfix/smtp[27439]: ",
    "another instance": "Nov 23 11:11:34 mx1 postfix-out/smtp[27439]: ",
    "a service with a name of its own": "Nov 23 11:11:34 mx1 postfix/relay/smtp[27439]: ",
    "a name that is not Postfix": "Nov 23 11:11:34 mx1 mailout/smtp[27439]: ",
}


def journal(message: object, **more: object) -> bytes:
    """A line of `journalctl -o json`."""
    entry = {
        "MESSAGE": message,
        "_HOSTNAME": "mx1",
        "SYSLOG_IDENTIFIER": "postfix/smtp",
        "_PID": "27439",
        "__REALTIME_TIMESTAMP": "1732360294999999",
        "PRIORITY": "6",
    }
    return json.dumps(entry | more).encode() + b"\n"


@pytest.mark.parametrize("head", list(FORMS.values()), ids=list(FORMS))
def test_every_form_gives_the_same_event(head: str) -> None:
    """Only the line itself and the fraction of the second differ from one form to another."""
    known = one(MESSAGE)
    event = one(line(MESSAGE, head))
    assert event.id == known.id
    assert event.timestamp // 1000 == known.timestamp // 1000
    assert (event.queue_id, event.recipient, event.mx, event.diagnostic) == (known.queue_id, known.recipient, known.mx, known.diagnostic)
    assert event.raw == head + MESSAGE


@pytest.mark.parametrize("message", [MESSAGE, list(MESSAGE.encode()), [MESSAGE, "again"]], ids=["text", "bytes", "twice"])
def test_the_journal_gives_the_same_event(message: object) -> None:
    """A journal value may be text, a list of bytes, or a list of values."""
    entry = journal(message)
    event = one(entry)
    assert event.id == one(MESSAGE).id
    assert event.timestamp == 1732360294999
    assert event.raw == entry.decode().rstrip()


def test_dockers_own_entries_give_the_same_event() -> None:
    """The json-file driver wraps what the daemon wrote to standard output, one entry a line."""
    entry = json.dumps({"log": FORMS["RFC 3164"] + MESSAGE + "\n", "stream": "stdout", "time": "2024-11-23T11:11:35.1Z"}).encode() + b"\n"
    assert one(entry).id == one(MESSAGE).id
    assert PostfixFormat().recognises(entry)


@pytest.mark.parametrize("priority", ["", "<22>"])
def test_a_day_of_one_digit_may_have_one_space_before_it(priority: str) -> None:
    """RFC 3164 wants two; some programs write one."""
    known = one(line(MESSAGE, "Nov  3 11:11:34 mx1 postfix/smtp[27439]: "))
    assert one(line(MESSAGE, f"{priority}Nov 3 11:11:34 mx1 postfix/smtp[27439]: ")).id == known.id


HOSTLESS = [
    "Nov 23 11:11:34 postfix/smtp[27439]: ",
    "2024-11-23T11:11:34Z postfix/smtp[27439]: ",
    "2024-11-23T11:11:34Z - postfix/smtp[27439]: ",
    "<22>1 2024-11-23T11:11:34Z - postfix/smtp 27439 - - ",
]


@pytest.mark.parametrize("head", HOSTLESS)
def test_a_line_without_a_host_gives_its_event(head: str) -> None:
    """Programs that log for one machine only need not name it."""
    told = [line("4XyZ12abCdz1V0g6: from=<app@example.com>, size=1, nrcpt=1 (queue active)", head), line(MESSAGE, head)]
    event = one(*told)
    assert event.id == one(line(MESSAGE, HOSTLESS[0])).id
    assert (event.reporting_mta, event.sender, event.recipient) == (None, "app@example.com", "jan@example.org")


def test_the_journal_prefers_the_time_of_the_sender() -> None:
    """The journal may have taken the line a second after it was written."""
    assert one(journal(MESSAGE, _SOURCE_REALTIME_TIMESTAMP="1732360293000000")).timestamp == 1732360293000


@pytest.mark.parametrize("entry", [b"{}", b"[1]", b"{", journal(None), journal([]), journal(MESSAGE, __REALTIME_TIMESTAMP="x")])
def test_journal_lines_without_text_or_time_are_passed_over(entry: bytes) -> None:
    """Other programs' entries and broken ones give nothing."""
    assert events(entry) == []


def test_a_time_without_a_zone_is_of_the_zone_that_was_set() -> None:
    """11:11 in Amsterdam is 10:11 UTC in winter."""
    parsed = parse(line(MESSAGE, FORMS["RFC 3164"]), zone="Europe/Amsterdam")
    assert iso(parsed.events[0].timestamp) == "2024-11-23T10:11:34.000Z"


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("Nov 23 11:11:34", "2024-11-23T11:11:34.000Z"),
        ("Nov 26 11:11:34", "2024-11-26T11:11:34.000Z"),  # the host's clock may be ahead
        ("Nov 28 11:11:34", "2023-11-28T11:11:34.000Z"),
        ("Dec 31 23:59:59", "2023-12-31T23:59:59.000Z"),
        ("Jan  1 00:00:00", "2024-01-01T00:00:00.000Z"),
        ("Feb 29 12:00:00", "2024-02-29T12:00:00.000Z"),
    ],
)
def test_a_date_without_a_year_is_the_last_one_before_the_file(date: str, read: str) -> None:
    """The file is of 25 November 2024."""
    assert iso(one(line(MESSAGE, f"{date} mx1 postfix/smtp[1]: ")).timestamp) == read


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(["Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
    moment=st.one_of(
        st.datetimes(datetime(1996, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - a clock on a wall
        st.builds(lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(0, 300)),
    ),
)
def test_a_time_is_that_of_the_zones_clock(zone: str, moment: datetime) -> None:
    """Also in the hours in which clocks are changed, some by half an hour."""
    read = Clock(ZoneInfo(zone), MODIFIED).read(f"{moment:%Y-%m-%dT%H:%M:%S}".encode(), None, None)
    assert read == milliseconds(moment.replace(microsecond=0, tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize("time", ["11:60:00", "24:00:00", "11:99:59"])
def test_a_time_there_is_not_is_rejected(time: str) -> None:
    """Whether its hour was read before or not."""
    (reject,) = rejected(MESSAGE, line(MESSAGE, f"2024-11-23T{time}+00:00 mx1 postfix/smtp[1]: "))
    assert reject.line == 2


def test_the_leap_day_is_found_years_back() -> None:
    """29 February in a file of 2023 is of 2020."""
    block = Block("mail.log", line(MESSAGE, "Feb 29 12:00:00 mx1 postfix/smtp[1]: "), 1, 0, 1_700_000_000.0)
    assert iso(PostfixFormat().parse(block).events[0].timestamp) == "2020-02-29T12:00:00.000Z"


@pytest.mark.parametrize("date", ["Feb 30 12:00:00", "Nux 23 11:11:34", "Nov 00 11:11:34", "2024-13-01T00:00:00Z", "1969-01-01T00:00:00Z"])
def test_a_day_there_is_not_is_rejected(date: str) -> None:
    """With the place of the line, so that it can be mended."""
    broken = line(MESSAGE, f"{date} mx1 postfix/smtp[1]: ")
    (reject,) = rejected(b"kernel: hello\n", broken)
    assert (reject.line, reject.offset, reject.record) == (2, 14, broken.rstrip(b"\n"))


@pytest.mark.parametrize(
    "spoilt",
    [
        line(MESSAGE).replace(b"\n", b"\r\n"),
        b"\0" * 300 + line(MESSAGE),
        line(MESSAGE).replace(b"\n", b"\0\n"),
        line(MESSAGE).rstrip(b"\n"),
        line(f"message repeated 2 times: [ {MESSAGE}]"),
    ],
    ids=["CRLF", "zeros before", "zero after", "no line end", "folded by rsyslog"],
)
def test_what_surrounds_a_message_does_not_change_its_id(spoilt: bytes) -> None:
    """Line ends, zero bytes of a crash and folding are not part of the message."""
    assert one(spoilt).id == one(MESSAGE).id


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    """And the line still gives its event."""
    assert one(line(MESSAGE).replace(b"Ok", b"\xff\xfe")).diagnostic == "250 2.0.0 \ufffd\ufffd: queued as 9A0B1C2D3E"


def test_control_characters_do_not_reach_the_fields() -> None:
    """A terminal escape in an answer is shown as what it is: unfit."""
    assert one(MESSAGE.replace("Ok", "\x1b[2J")).diagnostic == "250 2.0.0 \ufffd[2J: queued as 9A0B1C2D3E"


def test_a_line_of_hostile_length_is_rejected() -> None:
    """Nothing in Postfix writes 70,000 bytes."""
    (reject,) = rejected(delivery(f"5.0.0, status=bounced ({'x' * 70_000})"))
    assert "70" in reject.reason


def test_a_long_answer_is_kept() -> None:
    """10,000 characters fit."""
    assert len(one(delivery(f"5.0.0, status=bounced (host a[192.0.2.9] said: 550 {'x' * 10_000})")).diagnostic or "") == 10_004


@pytest.mark.parametrize(
    ("cut", "fault"),
    [
        (MESSAGE[:41], "relay="),
        (MESSAGE[:90], "status="),
        (MESSAGE.replace("sent", "eaten"), "status=eaten"),
        (MESSAGE[:30], ">, "),
    ],
)
def test_a_delivery_line_that_cannot_be_read_is_rejected(cut: str, fault: str) -> None:
    """The reason names what is missing or unknown."""
    (reject,) = rejected(cut)
    assert fault in reject.reason


def test_a_delivery_line_without_a_readable_head_is_rejected() -> None:
    """It is one of ours, so it must not vanish."""
    (reject,) = rejected(b"?? mx1 postfix/smtp[1]: " + MESSAGE.encode())
    assert "time" in reject.reason


@pytest.mark.parametrize(
    "foreign",
    [
        "Nov 23 11:11:34 mx1 dovecot: imap-login: Login: user=<jan>, method=PLAIN",
        "Nov 23 11:11:34 mx1 kernel: [12.3] eth0: link up",
        "Nov 23 11:11:34 mx1 rspamd[22]: <a1b2c3>; task; rspamd_message_parse: loaded message; id: <x@y>; queue-id: <4XyZ12abCdz1V0g6>",
        "Nov 23 11:11:34 mx1 sendmail[9]: 4AN9: to=<jan@example.org>, delay=00:00:01, mailer=esmtp, dsn=2.0.0, stat=Sent (ok)",
        "Nov 23 11:11:34 mx1 sendmail[9]: 4ANB9Xabc: to=<jan@example.org>, delay=00:00:01, mailer=esmtp, relay=a, dsn=2.0.0, stat=Sent",
        "Nov 23 11:11:34 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]",
        "Nov 23 11:11:34 mx1 postfix/smtp[1]: 4XyZ12abCdz1V0g6: host mx[192.0.2.1] said: 450 later (in reply to RCPT TO command)",
        "Nov 23 11:11:34 mx1 postfix/bounce[1]: 4XyZ12abCdz1V0g6: sender non-delivery notification: 4XyZ12abCdz1V0g7",
        "",
        "no syslog line at all",
        "\u2603",
    ],
)
def test_other_lines_are_passed_over(foreign: str) -> None:
    """Neither events nor rejects; they count as read."""
    parsed = parse(foreign.encode() + b"\n")
    assert (parsed.events, parsed.rejected, parsed.read) == ([], [], 1)


@pytest.mark.parametrize("head", list(FORMS.values()), ids=list(FORMS))
def test_the_format_is_recognised(head: str) -> None:
    """Even when lines of others come first."""
    sample = b"Nov 23 11:11:34 mx1 kernel: hello\n" + line(MESSAGE, head)
    assert PostfixFormat().recognises(sample)


@pytest.mark.parametrize(
    "sample", [b"", b"\0\0", b"Nov 23 11:11:34 mx1 kernel: hi\n", b'{"type": "delivery"}\n', b"From jan@x Mon\nSubject: postfix/smtp\n"]
)
def test_what_is_no_postfix_log_is_not_recognised(sample: bytes) -> None:
    """Other logs, other JSON, mail."""
    assert not PostfixFormat().recognises(sample)


def test_the_journal_is_recognised() -> None:
    """By its entries of Postfix."""
    assert PostfixFormat().recognises(journal("connect from unknown[192.0.2.1]"))


def test_a_block_is_cut_after_its_last_whole_line() -> None:
    """What is not whole yet waits."""
    form = PostfixFormat()
    assert (form.cut(b"a\nb\nc"), form.cut(b"a"), form.cut(b"")) == (4, 0, 0)


def test_two_hosts_with_the_same_queue_id_are_two_messages() -> None:
    """Short queue ids repeat between hosts."""
    log = b"".join(
        line(f"9A0B1C2D3E: from=<{host}@example.com>, size=1, nrcpt=1 (queue active)", f"Nov 23 11:11:34 {host} postfix/qmgr[1]: ")
        for host in ("a", "b")
    ) + b"".join(
        line(delivery("2.0.0, status=sent (250 ok)", queue_id="9A0B1C2D3E"), f"Nov 23 11:11:35 {host} postfix/smtp[2]: ")
        for host in ("a", "b")
    )
    assert {event.reporting_mta: event.sender for event in join([("log", log)]).values()} == {"a": "a@example.com", "b": "b@example.com"}


def test_the_file_date_used_here_is_in_november() -> None:
    """The tests of years rest on it."""
    assert iso(int(MODIFIED * 1000)).startswith("2024-11-25")
