"""The reject lines of Postfix's daemons."""

import pytest
from postfix_log import events, line, one, rejected

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


CLEAN = "from=<app@example.com> to=<jan@example.org> proto=ESMTP"
INJECTED = "q>; from=<a@victim.example> to=<p@victim.example> proto=SMTP helo=<z"


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <jan@example.org>: Recipient address rejected: User unknown; {clean} helo=<app> sasl_username=<jan>",
        "550 5.1.1 no; {clean} helo=<[192.0.2.9]> sasl_username=<jan@example.org>",
        "550 5.1.1 no; {clean} helo=<a>b>",
        "550 5.1.1 no; {clean} helo=<a> b>",
        "550 5.1.1 no; {clean} helo=<cut off he",
        "550 5.1.1 no; {clean} helo=<{injected}>",
        "550 5.1.1 <jan@example.org>: Recipient address rejected: no; {clean} helo=<{injected}>",
        "504 5.5.2 <{injected}>: Helo command rejected: need fully-qualified hostname; {clean} helo=<{injected}>",
        "504 5.5.2 <a; to=<b>: Helo command rejected: need fully-qualified hostname; {clean} helo=<a; to=<b> sasl_username=<jan>",
        '550 5.1.1 <"; to=<p@victim.example> proto=SMTP helo=<"@example.org>: Recipient address rejected: no; {clean} helo=<a>',
    ],
)
def test_the_envelope_is_read_from_its_own_place(said: str) -> None:
    """What a client calls itself is not the envelope, whatever it looks like and wherever it is repeated."""
    event = one(f"NOQUEUE: reject: RCPT {FROM}: {said.format(clean=CLEAN, injected=INJECTED)}")
    assert (event.sender, event.recipient) == ("app@example.com", "jan@example.org")
    assert event.diagnostic is not None
    assert not event.diagnostic.endswith(">")


def test_an_unquoted_quote_does_not_hide_the_envelope() -> None:
    """Postfix before 3.5 logs addresses as they are."""
    event = one(f'NOQUEUE: reject: RCPT {FROM}: 550 5.1.1 no; from=<a"b@example.com> to=<jan@example.org> proto=ESMTP helo=<a>')
    assert (event.sender, event.recipient) == ('a"b@example.com', "jan@example.org")


def test_a_refused_header_stands_before_any_name() -> None:
    """The client's name does not end the envelope there either."""
    event = one(f"9A0B1C2D3E: reject: header Subject: Hi {FROM}; {CLEAN} helo=<a>b> sasl_username=<jan>: 5.7.1 forbidden")
    assert (event.recipient, event.subject, event.diagnostic) == ("jan@example.org", "Hi", "5.7.1 forbidden")


@pytest.mark.parametrize("head", ["", "NOQUEUE: ", "9A0B1C2D3E: "])
@pytest.mark.parametrize("client", ["", f" {FROM}"])
def test_a_filter_in_front_of_the_queue_may_refuse(head: str, client: str) -> None:
    """The daemon hands on what the proxy answers, with or without a queue id and the client."""
    event = one(f"{head}proxy-reject: END-OF-MESSAGE{client}: 554 5.7.0 Reject, id=1 - spam; {CLEAN} helo=<h>")
    assert (event.type, event.sender, event.recipient, event.smtp_command) == (
        "reject",
        "app@example.com",
        "jan@example.org",
        "end of DATA",
    )
    assert (event.smtp_code, event.status, event.diagnostic, event.reason) == (
        554,
        "5.7.0",
        "554 5.7.0 Reject, id=1 - spam",
        "spam_rejected",
    )
    assert event.queue_id == (head[:10] if head.startswith("9") else None)


def test_another_programs_reject_without_a_queue_id_is_its_own() -> None:
    """Filters log such words too."""
    assert events(line("reject: RCPT from a[192.0.2.9]: 550 no", "Nov 23 11:11:34 mx1 policyd[7]: ")) == []


def test_domains_are_in_lower_case() -> None:
    """Of the sender and of the recipient; what stands before the @ is the recipient's business."""
    event = one(f"NOQUEUE: reject: RCPT {FROM}: 550 no; from=<App@Example.COM> to=<Jan@Example.ORG> proto=ESMTP helo=<a>")
    assert (event.sender, event.recipient) == ("App@example.com", "Jan@example.org")


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
