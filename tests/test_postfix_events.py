"""What a Postfix line tells, field by field."""

import pytest
from postfix_log import delivery, events, line, one, rejected

QUEUE_ID = "4XyZ12abCdz1V0g6"
NO_USER = (
    "5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 <jan@example.org>: User unknown (in reply to RCPT TO command))"
)


def test_a_bounce_says_who_answered_what_to_which_command() -> None:
    """Prefix and suffix of the log line become fields, the answer stays whole."""
    event = one(delivery(NO_USER))
    assert event.type == "bounce"
    assert (event.mx, event.remote_ip, event.reporting_mta) == ("mx.example.org", "192.0.2.1", "mx1")
    assert (event.smtp_code, event.status, event.smtp_command) == (550, "5.1.1", "RCPT TO")
    assert event.diagnostic == "550 5.1.1 <jan@example.org>: User unknown"
    assert (event.reason, event.permanence, event.delay, event.queue_id) == ("unknown_user", "permanent", 0.5, QUEUE_ID)
    assert (event.recipient, event.recipient_domain, event.sender, event.message_id) == ("jan@example.org", "example.org", None, None)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("2.0.0, status=sent (250 2.0.0 Ok)", "delivery"),
        ("2.0.0, status=sent (delivered to maildir)", "delivery"),
        ("2.0.0, status=sent (delivered via dovecot service)", "delivery"),
        ("4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)", "deferral"),
        ("4.7.1, status=SOFTBOUNCE (host mx.example.org[192.0.2.1] said: 550 5.7.1 no (in reply to MAIL FROM command))", "deferral"),
        ('5.0.0, status=bounced (unknown user: "jan")', "bounce"),
        ("2.0.0, status=sent (forwarded as 9A0B1C2D3E)", "send"),
    ],
)
def test_the_outcome_is_the_status_word(outcome: str, kind: str) -> None:
    """Not the code: a server's 550 may be deferred, and an alias delivers nothing itself."""
    assert one(delivery(outcome)).type == kind


@pytest.mark.parametrize("word", ["deliverable", "undeliverable"])
def test_a_probe_is_no_event(word: str) -> None:
    """verify(8) asks whether an address would do; nobody was sent anything."""
    assert events(delivery(f"2.1.5, status={word} (250 ok)")) == []


def test_discarded_mail_is_tagged() -> None:
    """discard(8) says `sent`, to no relay."""
    event = one(delivery("2.0.0, status=sent (spamtrap)", relay="none"))
    assert (event.type, event.tags, event.mx) == ("delivery", ("discarded",), None)


NAMED_MX = ("mx", "192.0.2.1")
SAME = "the text itself"


@pytest.mark.parametrize(
    ("text", "diagnostic", "told", "server"),
    [
        (
            "host mx2[2001:db8::1] said: 450 4.2.0 Grey (in reply to RCPT TO command)",
            "450 4.2.0 Grey",
            (450, "RCPT TO"),
            ("mx2", "2001:db8::1"),
        ),
        ("host mx[192.0.2.1]:587 said: 451 later (in reply to end of DATA command)", "451 later", (451, "end of DATA"), NAMED_MX),
        ("host mx[192.0.2.1] refused to talk to me: 421 too busy", "421 too busy", (421, None), NAMED_MX),
        ("delivery temporarily suspended: host mx[192.0.2.1] refused to talk to me: 554 go", "554 go", (554, None), NAMED_MX),
        ("SASL authentication failed; server mx[192.0.2.1] said: 535 5.7.8 no", "535 5.7.8 no", (535, None), NAMED_MX),
        ("host mx[private/lmtp] said: 452 4.2.2 full (in reply to RCPT TO command)", "452 4.2.2 full", (452, "RCPT TO"), ("mx", None)),
        ("connect to mx[192.0.2.1]:25: Connection refused", SAME, (None, None), NAMED_MX),
        ("delivery temporarily suspended: connect to mx[192.0.2.1]:25: No route to host", SAME, (None, None), NAMED_MX),
        ("lost connection with mx[192.0.2.1] while receiving the initial server greeting", SAME, (None, None), NAMED_MX),
        ("TLS is required, but was not offered by host mx[192.0.2.1]", SAME, (None, None), NAMED_MX),
        ("mail for example.org loops back to myself", SAME, (None, None), (None, None)),
        ("", None, (None, None), (None, None)),
    ],
)
def test_the_text_of_a_deferral_is_taken_apart(
    text: str, diagnostic: str | None, told: tuple[int | None, str | None], server: tuple[str | None, str | None]
) -> None:
    """Where there is no relay, the server is the one the text names."""
    event = one(delivery(f"4.0.0, status=deferred ({text})", relay="none"))
    assert event.diagnostic == (text if diagnostic == SAME else diagnostic)
    assert (event.smtp_code, event.smtp_command) == told
    assert (event.mx, event.remote_ip) == server
    assert event.permanence == "temporary"


def test_an_answer_of_several_lines_stays_whole() -> None:
    """Postfix puts the lines side by side, with their codes."""
    said = "550-5.1.1 The account does not exist. 550 5.1.1 See https://example.org/ (in reply to RCPT TO command)"
    event = one(delivery(f"5.1.1, status=bounced (host mx[192.0.2.1] said: {said})"))
    assert (event.smtp_code, event.diagnostic) == (550, said.removesuffix(" (in reply to RCPT TO command)"))


@pytest.mark.parametrize(
    ("dsn", "said", "status"),
    [
        ("5.0.0", "550 no mailbox here (#5.1.1 - chkusr)", "5.1.1"),
        ("5.0.0", "550 Message size exceeds 5.3.4.", "5.3.4"),
        ("5.0.0", "550 listed by 5.1.1.9", "5.0.0"),
        ("5.0.0", "554 refused by MailScanner 5.4.4-1", "5.0.0"),
        ("5.0.0", "550 4.2.2 over quota", "5.0.0"),
        ("4.0.0", "450 Exim 4.92.3 is busy", "4.0.0"),
        ("5.7.1", "550 5.1.1 unknown", "5.7.1"),
        ("5.0.0", "550 5.0.0 no", "5.0.0"),
    ],
)
def test_a_telling_code_in_the_text_is_preferred_to_a_generic_one(dsn: str, said: str, status: str) -> None:
    """Of the same class only, and not a part of an address or a version."""
    word = "bounced" if dsn[0] == "5" else "deferred"
    assert one(delivery(f"{dsn}, status={word} (host mx[192.0.2.1] said: {said} (in reply to RCPT TO command))")).status == status


@pytest.mark.parametrize("end", [len(NO_USER) - cut for cut in (1, 2, 5, 12, 20, 30, 40, 60, 90)])
def test_a_line_that_was_cut_in_its_text_still_gives_its_event(end: int) -> None:
    """Syslog may cut at 1,024 or 8,192 bytes."""
    event = one(delivery(NO_USER[:end]))
    assert (event.type, event.status, event.recipient) == ("bounce", "5.1.1", "jan@example.org")
    assert "(in reply" not in (event.diagnostic or "")
    assert event.smtp_command in {None, "RCPT TO"}


@pytest.mark.parametrize(
    "address",
    [
        '"john doe"@example.org',
        '"a>b, relay=x"@example.org',
        '"q\\"u>o"@example.org',
        "josé@bücher.example",
        "o'brien@example.org",
        'o"brien@example.org',
        "a+b=c@example.org",
        "jan",
    ],
)
def test_addresses_of_every_kind_are_read_whole(address: str) -> None:
    """Quoted local parts, SMTPUTF8, and the unquoted form of before Postfix 3.5."""
    event = one(delivery("2.0.0, status=sent (250 ok)", to=address))
    assert (event.recipient, event.mx) == (address, "mx.example.org")


def test_an_address_can_not_forge_the_rest_of_the_line() -> None:
    """What stands inside quotes is the address's own."""
    forged = '"x>, relay=good[192.0.2.7]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 "@example.org'
    event = one(delivery("5.1.1, status=bounced (host mx[192.0.2.1] said: 550 5.1.1 no)", to=forged))
    assert (event.type, event.recipient, event.remote_ip) == ("bounce", forged, "192.0.2.1")


def test_the_address_before_aliases_is_kept() -> None:
    """`orig_to` is what the sender wrote."""
    message = delivery("2.0.0, status=sent (250 ok)").replace(", relay", ", orig_to=<info@example.com>, relay")
    assert one(message).original_recipient == "info@example.com"


def test_a_reused_connection_is_no_obstacle() -> None:
    """`conn_use` comes and goes."""
    assert one(delivery("2.0.0, status=sent (250 ok)").replace(", delay=", ", conn_use=3, delay=")).delay == 0.5


@pytest.mark.parametrize("level", ["may", "encrypt", "encrypt/(requiretls)", "none"])
def test_postfix_3_11_names_the_tls_level(level: str) -> None:
    """Between the delays and the dsn."""
    event = one(delivery("2.0.0, status=sent (250 ok)").replace(", dsn=", f", tls={level}, dsn="))
    assert (event.tls, event.status) == (level, "2.0.0")


def test_a_field_of_a_postfix_to_come_is_no_obstacle() -> None:
    """Unknown fields are passed over."""
    assert one(delivery("2.0.0, status=sent (250 ok)").replace(", dsn=", ", quic=yes, dsn=")).status == "2.0.0"


def test_a_line_of_an_old_postfix_is_read() -> None:
    """Before 2.3 there was neither `delays` nor `dsn`."""
    event = one("9A0B1C2D3E: to=<jan@example.org>, relay=none, delay=12, status=bounced (Host not found)")
    assert (event.type, event.delay, event.status) == ("bounce", 12.0, None)


def test_an_address_too_long_to_keep_is_rejected() -> None:
    """An address is an identity: it is not shortened."""
    (reject,) = rejected(delivery("2.0.0, status=sent (250 ok)", to=f"{'x' * 400}@example.org"))
    assert "recipient" in reject.reason


TLS = "TLS connection established to mx.example.org[192.0.2.1]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"


def test_the_tls_line_of_the_same_process_gives_the_version() -> None:
    """For every recipient of the message that comes next."""
    first, second, third = events(
        f"Untrusted {TLS}",
        delivery("2.0.0, status=sent (250 ok)"),
        delivery("2.0.0, status=sent (250 ok)", to="piet@example.org"),
        delivery("2.0.0, status=sent (250 ok)", queue_id="4XyZ12abCdz1V0g7"),
    )
    assert (first.tls, second.tls, third.tls) == ("TLSv1.3", "TLSv1.3", None)


def test_the_tls_line_of_another_process_or_server_says_nothing() -> None:
    """A process may try one server and deliver to the next."""
    other = line(f"Verified {TLS}", "2024-11-23T11:11:34+00:00 mx1 postfix/smtp[9]: ")
    assert one(other, delivery("2.0.0, status=sent (250 ok)")).tls is None
    assert one(f"Verified {TLS}", delivery("2.0.0, status=sent (250 ok)", relay="mx2[192.0.2.2]:25")).tls is None
