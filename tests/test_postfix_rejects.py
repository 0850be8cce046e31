"""The reject lines of Postfix's daemons."""

import pytest
from postfix_log import events, one, rejected

ENVELOPE = "from=<app@example.com> to=<jan@example.org> proto=ESMTP helo=<app.example.com>"
FROM = "from a[192.0.2.9]"


def test_a_recipient_that_smtpd_refuses() -> None:
    """The client's address, the envelope, the answer and its codes."""
    event = one(f"NOQUEUE: reject: RCPT {FROM}: 550 5.1.1 <jan@example.org>: User unknown in virtual mailbox table; {ENVELOPE}")
    assert (event.type, event.queue_id, event.remote_ip) == ("reject", None, "192.0.2.9")
    assert (event.sender, event.recipient, event.sender_domain) == ("app@example.com", "jan@example.org", "example.com")
    assert (event.smtp_code, event.status, event.smtp_command, event.permanence) == (550, "5.1.1", "RCPT TO", "permanent")
    assert event.diagnostic == "550 5.1.1 <jan@example.org>: User unknown in virtual mailbox table"
    assert event.reason == "unknown_user"


POSTSCREEN = "; from=<app@example.com>, to=<jan@example.org>, proto=ESMTP, helo=<a>"
JAN = "jan@example.org"


@pytest.mark.parametrize(
    ("message", "codes", "command", "recipient", "permanence"),
    [
        (f"NOQUEUE: reject: RCPT {FROM}: 450 4.2.0 Grey; {ENVELOPE}", (450, "4.2.0"), "RCPT TO", JAN, "temporary"),
        (f"NOQUEUE: milter-reject: RCPT {FROM}: 451 4.7.1 Later; {ENVELOPE}", (451, "4.7.1"), "RCPT TO", JAN, "temporary"),
        (f"9A0B1C2D3E: milter-reject: END-OF-MESSAGE {FROM}: 5.7.1 Spam; {ENVELOPE}", (None, "5.7.1"), "end of DATA", JAN, "permanent"),
        (f"9A0B1C2D3E: reject: body Buy now {FROM}; {ENVELOPE}: 5.7.1 spam", (None, "5.7.1"), "end of DATA", JAN, "permanent"),
        (f"9A0B1C2D3E: proxy-reject: END-OF-MESSAGE {FROM}: 554 5.7.0 No; {ENVELOPE}", (554, "5.7.0"), "end of DATA", JAN, "permanent"),
        (f"NOQUEUE: reject: DATA {FROM}: 503 5.5.0 <DATA>: rejected; {ENVELOPE}", (503, "5.5.0"), "DATA", JAN, "permanent"),
        (f"NOQUEUE: reject: MAIL {FROM}: 552 5.3.4 Too big; proto=ESMTP helo=<a>", (552, "5.3.4"), "MAIL FROM", None, "permanent"),
        (f"NOQUEUE: reject: CONNECT {FROM}: 554 5.7.1 <a[192.0.2.9]>: no; proto=SMTP", (554, "5.7.1"), "CONNECT", None, "permanent"),
        ("NOQUEUE: reject: CONNECT from [192.0.2.9]:4711: too many connections", (None, None), "CONNECT", None, "unknown"),
        (
            f"NOQUEUE: reject: RCPT from [192.0.2.9]:4711: 550 5.7.1 no; client [192.0.2.9]{POSTSCREEN}",
            (550, "5.7.1"),
            "RCPT TO",
            JAN,
            "permanent",
        ),
    ],
)
def test_every_daemon_that_refuses_is_understood(
    message: str, codes: tuple[int | None, str | None], command: str, recipient: str | None, permanence: str
) -> None:
    """smtpd, milters, cleanup, proxies and postscreen each write in their own way."""
    event = one(message)
    assert (event.smtp_code, event.status) == codes
    assert (event.smtp_command, event.recipient, event.permanence) == (command, recipient, permanence)
    assert event.remote_ip == "192.0.2.9"
    assert "from=<" not in (event.diagnostic or "")


def test_a_block_list_is_named_in_the_answer() -> None:
    """Semicolons inside the answer do not end it."""
    event = one(
        f"NOQUEUE: reject: RCPT from a[192.0.2.9]: 554 5.7.1 Unavailable; Client host [192.0.2.9] blocked using bl.example; {ENVELOPE}"
    )
    assert (event.diagnostic or "").endswith("blocked using bl.example")
    assert event.reason == "reputation_blocked"


def test_a_header_that_is_refused_tells_the_subject() -> None:
    """The rule's text is the answer."""
    event = one(f"9A0B1C2D3E: reject: header Subject: Free money from a[192.0.2.9]; {ENVELOPE}: 5.7.1 forbidden subject")
    assert (event.subject, event.diagnostic, event.queue_id) == ("Free money", "5.7.1 forbidden subject", "9A0B1C2D3E")


def test_a_reject_of_an_accepted_message_gets_its_message_id() -> None:
    """The line with it comes after the recipients."""
    event = one(
        "9A0B1C2D3E: client=a[192.0.2.9]",
        f"9A0B1C2D3E: reject: RCPT from a[192.0.2.9]: 550 5.1.1 <jan@example.org>: no; {ENVELOPE}",
        "9A0B1C2D3E: message-id=<m1@example.com>",
        "9A0B1C2D3E: from=<other@example.net>, size=1, nrcpt=1 (queue active)",
    )
    assert (event.message_id, event.sender) == ("m1@example.com", "app@example.com")


def test_the_empty_sender_is_kept_apart_from_an_unknown_one() -> None:
    """A bounce that is refused has a sender: the empty one."""
    event = one("NOQUEUE: reject: RCPT from a[192.0.2.9]: 550 5.1.1 no; from=<> to=<jan@example.org> proto=ESMTP helo=<a>")
    assert (event.sender, event.sender_domain) == ("", None)


@pytest.mark.parametrize(
    "action", ["reject_warning", "warn", "hold", "discard", "redirect", "filter", "milter-hold", "milter-discard", "prepend"]
)
def test_what_is_not_refused_is_no_reject(action: str) -> None:
    """Other actions of access tables let the mail in, or make it vanish without an answer."""
    assert events(f"9A0B1C2D3E: {action}: RCPT from a[192.0.2.9]: 550 5.1.1 text; {ENVELOPE}") == []


def test_a_reject_line_that_was_cut_is_rejected() -> None:
    """Without the client nothing can be said."""
    (reject,) = rejected("NOQUEUE: reject: RCPT fro")
    assert "cut" in reject.reason
