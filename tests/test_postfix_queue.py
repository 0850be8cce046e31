"""The state machine: which lines belong to one message, and what that makes of its events."""

import pytest
from postfix_log import delivery, events, join, line, one

from store.outcome import HOP

LONG = "4XyZ12abCdz1V0g6"
SENT = "2.0.0, status=sent (250 2.0.0 Ok)"
LATER = "4.2.2, status=deferred (host mx.example.org[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))"
EXPIRED = f"{LONG}: from=<app@example.com>, status=expired, returned to sender"


def begin(queue_id: str = LONG, sender: str = "app@example.com", message_id: str = "m1@example.com") -> tuple[str, ...]:
    """The lines of a message up to the queue manager."""
    return (
        f"{queue_id}: client=app[192.0.2.9]",
        f"{queue_id}: message-id=<{message_id}>",
        f"{queue_id}: from=<{sender}>, size=395, nrcpt=1 (queue active)",
    )


def test_the_facts_of_a_message_stand_on_its_events() -> None:
    """Sender and Message-ID come from other daemons' lines."""
    event = one(*begin(), delivery(SENT))
    assert (event.sender, event.sender_domain, event.message_id) == ("app@example.com", "example.com", "m1@example.com")


def test_a_bounce_message_has_an_empty_sender() -> None:
    """`from=<>` is known to be nobody, not unknown."""
    event = one(f"{LONG}: message-id=<b1@mx1>", f"{LONG}: from=<>, size=1, nrcpt=1 (queue active)", delivery(SENT))
    assert (event.sender, event.sender_domain, event.message_id) == ("", None, "b1@mx1")


def test_mail_of_the_machine_itself_begins_with_pickup() -> None:
    """`uid=` takes the place of `client=`."""
    assert one(f"{LONG}: uid=0 from=<root>", *begin()[1:], delivery(SENT)).sender == "app@example.com"


@pytest.mark.parametrize(
    "written", ["message-id=<m1@example.com>", "message-id=m1@example.com", "message-id=<m1@example.com> (added by postmaster@example.net)"]
)
def test_a_message_id_loses_its_brackets(written: str) -> None:
    """However the sending program wrote it."""
    assert one(f"{LONG}: {written}", delivery(SENT)).message_id == "m1@example.com"


def test_an_empty_message_id_is_none() -> None:
    """And the message is not waited for any longer."""
    assert one(f"{LONG}: message-id=<>", delivery(SENT)).message_id is None


def test_a_subject_that_header_checks_log_is_kept() -> None:
    """INFO and WARN rules are how sites log subjects."""
    info = f"{LONG}: info: header Subject: Invoice from May from app[192.0.2.9]; from=<app@example.com> to=<jan@example.org> proto=SMTP"
    first, intake, active = begin()
    assert one(first, info, intake, active, delivery(SENT)).subject == "Invoice from May"


@pytest.mark.parametrize(
    ("logged", "subject"),
    [
        ("=?UTF-8?Q?caf=C3=A9?=", "caf\u00e9"),
        ("=?UTF-8?Q?caf=C3=A9?=? =?UTF-8?Q?_noir?=", "caf\u00e9 noir"),
        ("=?UTF-8?Q?caf=C3", "=?UTF-8?Q?caf=C3"),
        ("=?nonsense?Q?caf?=", "=?nonsense?Q?caf?="),
        ("What? Now?", "What? Now?"),
    ],
)
def test_an_encoded_subject_is_readable(logged: str, subject: str) -> None:
    """As it would be in the mail; what is broken or cut stays as it is."""
    first, intake, active = begin()
    info = f"{LONG}: info: header Subject: {logged} from app[192.0.2.9]; from=<app@example.com> to=<jan@example.org> proto=SMTP"
    assert one(first, info, intake, active, delivery(SENT)).subject == subject


def test_domains_are_in_lower_case_and_the_id_is_the_lines() -> None:
    """Sender, recipient and the address before forwarding; what stands before the @ is as it was."""
    told = delivery(SENT, to="Jan@Dest.EXAMPLE>, orig_to=<Info@Dest.EXAMPLE")
    event = one(*begin(sender="App@Example.COM"), told)
    assert (event.sender, event.recipient, event.original_recipient) == ("App@example.com", "Jan@dest.example", "Info@dest.example")
    assert event.sender_domain == "example.com"
    assert event.id == one(told).id


def test_a_short_queue_id_is_used_again() -> None:
    """After `removed` the id belongs to the next message."""
    first, second = events(
        *begin("9A0B1C2D3E", "one@example.com", "m1"),
        delivery(SENT, "9A0B1C2D3E"),
        "9A0B1C2D3E: removed",
        *begin("9A0B1C2D3E", "two@example.com", "m2"),
        delivery("2.0.0, status=sent (again)", "9A0B1C2D3E"),
    )
    assert [(event.sender, event.message_id) for event in (first, second)] == [("one@example.com", "m1"), ("two@example.com", "m2")]


def test_a_queue_id_is_used_again_although_its_removal_is_missing() -> None:
    """A new client, or cleanup at work again after the queue manager, begins a new message."""
    first, second = events(
        *begin("9A0B1C2D3E", "one@example.com", "m1"),
        delivery(SENT, "9A0B1C2D3E"),
        *begin("9A0B1C2D3E", "two@example.com", "m2")[1:],
        delivery("2.0.0, status=sent (again)", "9A0B1C2D3E"),
    )
    assert (first.message_id, second.message_id) == ("m1", "m2")


def test_a_line_whose_message_began_before_the_log_gives_its_event() -> None:
    """The sender is told again at the next attempt, and completes it."""
    first, second = events(delivery(LATER), begin()[2], delivery(SENT))
    assert (first.type, first.sender, second.sender) == ("deferral", "app@example.com", "app@example.com")


def test_an_expired_message_bounces_for_each_recipient_that_waits() -> None:
    """The line names nobody: those whose last event was a deferral are meant."""
    told = events(
        *begin(),
        delivery(LATER, to="a@example.org"),
        delivery(LATER, to="b@example.org"),
        delivery(SENT, to="c@example.org"),
        delivery(SENT, to="b@example.org"),
        delivery("5.1.1, status=bounced (no)", to="d@example.org"),
        EXPIRED,
    )
    (bounce,) = [event for event in told if event.expired]
    assert (bounce.type, bounce.recipient, bounce.permanence) == ("bounce", "a@example.org", "permanent")
    assert (bounce.status, bounce.smtp_code, bounce.mx, bounce.reason) == ("4.2.2", 452, "mx.example.org", "mailbox_full")
    assert (bounce.sender, bounce.message_id) == ("app@example.com", "m1@example.com")
    assert bounce.raw is not None
    assert "status=expired" in bounce.raw


def test_the_bounces_of_one_expiry_have_ids_of_their_own() -> None:
    """One line, several recipients."""
    told = events(*begin(), delivery(LATER, to="a@example.org"), delivery(LATER, to="b@example.org"), EXPIRED)
    assert len({event.id for event in told if event.expired}) == 2


def test_an_expiry_whose_deferral_gives_no_cause_is_expired() -> None:
    """Otherwise the cause is the one of the last deferral, and the flag tells the rest."""
    told = events(*begin(), delivery("4.0.0, status=deferred (host mx[192.0.2.1] said: 451 hm)"), EXPIRED)
    assert [event.reason for event in told if event.expired] == ["expired"]


def test_an_expiry_by_hand_is_one_too() -> None:
    """`postsuper -f`."""
    assert [event.type for event in events(*begin(), delivery(LATER), EXPIRED.replace("=expired", "=force-expired"))] == [
        "deferral",
        "bounce",
    ]


def test_a_delivery_to_this_host_is_tagged_as_a_hop() -> None:
    """The server that took it gave out an id of this very log."""
    hop, last = events(
        *begin(), *begin("9A0B1C2D3E"), delivery("2.0.0, status=sent (250 2.0.0 Ok: queued as 9A0B1C2D3E)"), delivery(SENT, "9A0B1C2D3E")
    )
    assert (hop.type, hop.tags, last.tags) == ("delivery", (HOP,), ())


def test_an_id_of_another_host_is_no_hop() -> None:
    """Nor one that nobody here gave out."""
    elsewhere = line("9A0B1C2D3E: client=app[192.0.2.9]", "2024-11-23T11:11:34+00:00 mx2 postfix/smtpd[1]: ")
    message = delivery("2.0.0, status=sent (250 2.0.0 Ok: queued as 9A0B1C2D3E)")
    assert one(elsewhere, message).tags == ()


INSTANCES = [f"2024-11-23T11:11:34+00:00 mx1 {name}/smtp[1]: " for name in ("postfix", "postfix-in", "postfix-out")]


def test_each_instance_on_a_host_has_ids_of_its_own() -> None:
    """Two queues may give out the same short id at the same time."""
    told = [
        line(each, head) for number, head in enumerate(INSTANCES) for each in begin("9A0B1C2D3E", f"s{number}@example.com", f"m{number}")
    ]
    sent = [line(delivery(SENT, "9A0B1C2D3E", f"{number}@example.org"), head) for number, head in enumerate(INSTANCES)]
    for blocks in ([*told, *sent], [*told, *reversed(sent)]):
        read = join(("mail.log", block) for block in blocks).values()
        assert {(event.recipient, event.sender, event.message_id) for event in read} == {
            (f"{number}@example.org", f"s{number}@example.com", f"m{number}") for number in range(3)
        }


@pytest.mark.parametrize(("one_side", "other"), [(1, 2), (0, 1), (1, 0), (2, 2)])
def test_a_delivery_to_another_instance_is_a_hop(one_side: int, other: int) -> None:
    """A filter between two instances is still this host."""
    taken = line("9A0B1C2D3E: client=app[192.0.2.9]", INSTANCES[other])
    handed = line(delivery("2.0.0, status=sent (250 2.0.0 Ok: queued as 9A0B1C2D3E)"), INSTANCES[one_side])
    for blocks in ([taken, handed], [taken + handed]):
        assert [event.tags for event in join(("mail.log", block) for block in blocks).values()] == [(HOP,)]


def test_a_followed_alias_is_a_send() -> None:
    """local(8) delivered nothing; the message goes on to others under a new id."""
    event = one(*begin(), delivery("2.0.0, status=sent (forwarded as 9A0B1C2D3E)", relay="local"))
    assert (event.type, event.tags, event.mx) == ("send", (), None)


def test_an_older_file_that_is_read_later_completes_what_a_newer_one_told() -> None:
    """The id stays; the sender is known in the end, and who expired."""
    older = line(begin()[0]) + line(begin()[1]) + line(begin()[2]) + line(delivery(LATER))
    newer = line(f"{LONG}: from=<app@example.com>, status=expired, returned to sender", "2024-11-24T11:11:34+00:00 mx1 postfix/qmgr[1]: ")
    newer = line(delivery(LATER, to="b@example.org"), "2024-11-24T11:11:33+00:00 mx1 postfix/smtp[2]: ") + newer
    newer += line(f"{LONG}: removed", "2024-11-24T11:11:34+00:00 mx1 postfix/qmgr[1]: ")
    in_order = join([("mail.log.1", older), ("mail.log", newer)])
    assert join([("mail.log", newer), ("mail.log.1", older)]) == in_order
    assert {event.message_id for event in in_order.values()} == {"m1@example.com"}
    assert sum(event.type == "bounce" for event in in_order.values()) == 2


def test_a_message_of_another_time_is_not_taken_for_the_same() -> None:
    """A short id of last month, in another file, is another message."""
    older = b"".join(line(each, "2024-10-01T11:11:34+00:00 mx1 postfix/qmgr[1]: ") for each in begin())
    assert join([("mail.log.1", older), ("mail.log", line(delivery(SENT)))]).popitem()[1].sender is None
