"""Single values of SES records: addresses, header texts, times, and the codes inside an answer."""

import pytest
from ses_records import JSON, only, record

from store.event import Event


def one(kind: str, part: JSON | None = None, mail: JSON | None = None, top: JSON | None = None) -> Event:
    """The only event of a record."""
    return only(record(kind, part, mail, top))


@pytest.mark.parametrize(
    ("written", "address", "domain"),
    [
        ("Jan.Jansen@Klant.Example", "Jan.Jansen@klant.example", "klant.example"),
        ("Jan <jan@klant.example>", "jan@klant.example", "klant.example"),
        ('"Jansen, Jan" <jan@klant.example>', "jan@klant.example", "klant.example"),
        ("<jan@klant.example>", "jan@klant.example", "klant.example"),
        ("rfc822; jan@klant.example", "jan@klant.example", "klant.example"),
        ("=?utf-8?q?J=C3=A9?= <jan@klant.example>", "jan@klant.example", "klant.example"),
        ('"jan jansen"@klant.example', '"jan jansen"@klant.example', "klant.example"),
        ("jörg@bücher.example", "jörg@bücher.example", "bücher.example"),
    ],
)
def test_addresses_come_bare_with_their_domain_in_lower_case(written: str, address: str, domain: str) -> None:
    """Names and types around an address go; the local part keeps its case."""
    event = one("Send", mail={"destination": [written]})
    assert (event.recipient, event.recipient_domain) == (address, domain)


def test_the_sender_comes_from_the_headers_where_there_is_no_source() -> None:
    """Feedback notifications may lack `source`."""
    headers = {"from": ["Post <post@bedrijf.example>"]}
    assert one("Send", mail={"source": None, "commonHeaders": headers}).sender == "post@bedrijf.example"
    assert one("Send", mail={"source": None, "commonHeaders": headers | {"returnPath": "b@bounce.example"}}).sender == "b@bounce.example"
    assert one("Send", mail={"source": "", "commonHeaders": None}).sender is None


@pytest.mark.parametrize(
    ("mail", "subject", "message_id"),
    [
        ({"commonHeaders": None}, "Uw document", "abc@bedrijf.example"),
        ({"commonHeaders": {"subject": "S", "messageId": " custom-id"}}, "S", "custom-id"),
        ({"commonHeaders": {"subject": "=?utf-8?q?caf=C3=A9?="}, "headers": None}, "café", None),
        ({"commonHeaders": {"subject": "=?x-unknown?q?caf?="}, "headers": None}, "=?x-unknown?q?caf?=", None),
        ({"commonHeaders": None, "headers": "none"}, None, None),
        ({"commonHeaders": {"subject": "S", "messageId": "0107-m1"}, "messageId": "0107-m1"}, "S", "abc@bedrijf.example"),
        ({"commonHeaders": {"subject": "S", "messageId": "0107-m1"}, "messageId": "0107-m1", "headers": []}, "S", "0107-m1"),
        ({"commonHeaders": {"subject": "One\r\n two", "messageId": "<a@b> (added by c)"}}, "One two", "a@b"),
    ],
)
def test_subject_and_message_id_come_from_either_header_list(mail: dict[str, object], subject: str | None, message_id: str | None) -> None:
    """The picked-out headers first, then the full ones; encoded words are read."""
    event = one("Send", mail=mail)
    assert (event.subject, event.message_id) == (subject, message_id)


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        ("smtp; 550 5.7.1 refused", "5.0.0", (550, "5.7.1")),
        ("smtp; 550 user unknown", "5.0.0", (550, "5.0.0")),
        ("smtp;421-4.7.0 try later", None, (421, "4.7.0")),
        ("smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS>", None, (550, "4.4.7")),
        ("550 #5.1.0 Address rejected", None, (550, "5.1.0")),
        ("X-Postfix; host mx.a.example[192.0.2.9] said: 554 5.7.1 no (in reply to RCPT TO command)", None, (554, "5.7.1")),
        ("connection to 5.1.2.3 failed", None, (None, None)),
        ("Postfix 2.5.1 says 550 no", None, (None, None)),
        ("554 refused by MailScanner 5.4.4-1", None, (554, None)),
        ("no codes", "5.1.1 (bad destination)", (None, "5.1.1")),
        ("no codes", "nonsense", (None, None)),
    ],
)
def test_codes_are_read_from_the_answer(text: str, status: str | None, expected: tuple[int | None, str | None]) -> None:
    """The status in the text is preferred to a generic one; addresses are no codes."""
    event = one("Bounce", {"bouncedRecipients": [{"emailAddress": "jan@klant.example", "status": status, "diagnosticCode": text}]})
    assert (event.smtp_code, event.status) == expected


def test_the_server_and_the_command_stand_in_a_postfix_answer() -> None:
    """A bounce that came back later quotes the log of the server behind."""
    text = "X-Postfix; host MX.a.example[192.0.2.9] said: 554 5.7.1 no (in reply to RCPT TO command)"
    event = one("Bounce", {"bouncedRecipients": [{"emailAddress": "jan@klant.example", "diagnosticCode": text}]})
    assert (event.mx, event.remote_ip, event.smtp_command) == ("mx.a.example", "192.0.2.9", "RCPT TO")


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("2024-11-03T10:00:00Z", 1730628000000),
        ("2024-11-03T10:00:00.5Z", 1730628000500),
        ("2024-11-03T13:00:00.84107+03:00", 1730628000841),
        ("2024-11-03T10:00:00 +0000", 1730628000000),
        ("2024-11-03T10:00:00.000", 1730628000000),
    ],
)
def test_times_are_read_in_every_form_that_ses_and_its_imitators_write(written: str, milliseconds: int) -> None:
    """Fractions of any length, offsets, and no zone at all."""
    assert one("Delivery", {"timestamp": written}).timestamp == milliseconds


def test_an_address_that_is_none_is_left_out() -> None:
    """A blotted-out server address is no address."""
    assert one("Bounce", {"remoteMtaIp": "xxx.xx.xx"}).remote_ip is None
