"""What each SES event becomes: its type, recipients, answer, reason and the fields around them."""

import pytest
from ses_records import JSON, SENT, only, parsed, record

from indexer.formats.ses import SesFormat
from store.event import Event, event_id, public


def one(kind: str, part: JSON | None = None, mail: JSON | None = None, top: JSON | None = None) -> Event:
    """The only event of a record."""
    return only(record(kind, part, mail, top))


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("Send", "send"),
        ("Delivery", "delivery"),
        ("Bounce", "bounce"),
        ("Complaint", "complaint"),
        ("Reject", "reject"),
        ("Open", "open"),
        ("Click", "click"),
        ("Rendering Failure", "reject"),
        ("DeliveryDelay", "deferral"),
        ("Subscription", "unsubscribe"),
    ],
)
def test_each_event_type_becomes_ours(kind: str, type_: str) -> None:
    """Every type of the developer guide has a type here, with the message, the sender and the recipient."""
    event = one(kind)
    assert (event.type, event.source, event.queue_id) == (type_, "ses", "0107-ses-id-000000")
    assert (event.sender, event.sender_domain) == ("post@bedrijf.example", "bedrijf.example")
    assert (event.recipient, event.recipient_domain) == ("jan@klant.example", "klant.example")
    assert (event.subject, event.message_id) == ("Uw document", "abc@bedrijf.example")


@pytest.mark.parametrize("name", ["RenderingFailure", "rendering failure", "RENDERING_FAILURE"])
def test_the_type_may_be_spelt_as_the_apis_do(name: str) -> None:
    """Spaces, underscores and case of an event type do not matter."""
    assert one("Rendering Failure", top={"eventType": name}).type == "reject"


def test_a_delivery_has_the_answer_the_delay_the_server_and_the_tls_version() -> None:
    """A delivery carries all that SES says of the remote server."""
    event = one("Delivery")
    assert public(event) | {"raw": ""} == {
        "id": "645861d7a17adff2b16e4294438e28ab",
        "timestamp": "2024-11-03T10:00:02.500Z",
        "type": "delivery",
        "source": "ses",
        "sender": "post@bedrijf.example",
        "sender_domain": "bedrijf.example",
        "recipient": "jan@klant.example",
        "recipient_domain": "klant.example",
        "subject": "Uw document",
        "message_id": "abc@bedrijf.example",
        "queue_id": "0107-ses-id-000000",
        "remote_ip": "192.0.2.25",
        "reporting_mta": "b224-12.smtp-out.eu-central-1.amazonses.com",
        "smtp_code": 250,
        "status": "2.0.0",
        "diagnostic": "250 2.0.0 Ok: queued as 4XB2",
        "delay": 2.4,
        "tls": "TLSv1.3",
        "tags": ("campaign=2024-11",),
        "raw": "",
    }


def test_a_bounce_has_code_status_reason_and_permanence() -> None:
    """A hard bounce says what the server answered, without the type before it, and why."""
    event = one("Bounce")
    assert (event.smtp_code, event.status, event.reason, event.permanence) == (550, "5.1.1", "unknown_user", "permanent")
    assert event.diagnostic == "550 5.1.1 <jan@klant.example>: user unknown"
    assert (event.delay, event.reporting_mta) == (3.0, "b224-12.smtp-out.eu-central-1.amazonses.com")


def test_a_bounce_of_several_recipients_is_an_event_each_and_a_delayed_one_is_a_deferral() -> None:
    """`action: delayed` among bounced recipients is no bounce."""
    people = [
        {"emailAddress": "jan@klant.example", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 user unknown"},
        {"emailAddress": "piet@klant.example", "action": "delayed", "status": "4.4.1"},
        {"emailAddress": "kees@klant.example", "action": "relayed", "status": "2.0.0"},
    ]
    result = parsed(record("Bounce", {"bouncedRecipients": people}))
    assert [(event.recipient, event.type, event.permanence) for event in result.events] == [
        ("jan@klant.example", "bounce", "permanent"),
        ("piet@klant.example", "deferral", "temporary"),
        ("kees@klant.example", "delivery", None),
    ]
    assert len({event.id for event in result.events}) == 3


@pytest.mark.parametrize(
    "subtype", ["Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList", "EmailValidationSuppressed", "UnsubscribedRecipient"]
)
def test_a_suppressed_address_was_never_sent_to(subtype: str) -> None:
    """Suppression is a reject, whatever SES calls it."""
    event = one("Bounce", {"bounceSubType": subtype})
    assert (event.type, event.reason, event.permanence) == ("reject", "suppressed", "permanent")


def test_a_suppression_told_only_in_the_text_is_a_reject_too() -> None:
    """SES's own sentence about its list counts as much as the sub type."""
    text = "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address."
    event = one("Bounce", {"bouncedRecipients": [{"emailAddress": "jan@klant.example", "diagnosticCode": text}]})
    assert (event.type, event.reason) == ("reject", "suppressed")


def test_a_suppressed_complaint_is_a_reject() -> None:
    """`complaintSubType: OnAccountSuppressionList` tells of a mail that was never sent."""
    event = one("Complaint", {"complaintSubType": "OnAccountSuppressionList"})
    assert (event.type, event.reason) == ("reject", "suppressed")


@pytest.mark.parametrize(
    ("bounce_type", "status", "permanence"),
    [
        ("Permanent", None, "permanent"),
        ("Transient", None, "temporary"),
        ("Undetermined", "5.1.1", "unknown"),
        (None, "4.2.2", "temporary"),
    ],
)
def test_permanence_follows_the_outcome(bounce_type: str | None, status: str | None, permanence: str) -> None:
    """The bounce type decides; where there is none, the class of the status."""
    people = [{"emailAddress": "jan@klant.example", "status": status}]
    assert one("Bounce", {"bounceType": bounce_type, "bouncedRecipients": people}).permanence == permanence


@pytest.mark.parametrize(
    ("subtype", "reason"),
    [
        ("NoEmail", "unknown_user"),
        ("MailboxFull", "mailbox_full"),
        ("MessageTooLarge", "too_large"),
        ("ContentRejected", "content_rejected"),
        ("AttachmentRejected", "content_rejected"),
        ("Undetermined", "undetermined"),
        ("SomethingNew", "undetermined"),
    ],
)
def test_the_sub_type_gives_the_reason_where_the_answer_is_missing(subtype: str, reason: str) -> None:
    """SES's own class is the last resort, and an unknown one is no harm."""
    event = one("Bounce", {"bounceSubType": subtype, "bouncedRecipients": [{"emailAddress": "jan@klant.example"}]})
    assert event.reason == reason


@pytest.mark.parametrize(
    "part",
    [
        {"bounceType": "Transient", "bounceSubType": "CustomTimeoutExceeded"},
        {
            "bouncedRecipients": [
                {"emailAddress": "jan@klant.example", "status": "4.4.7", "diagnosticCode": "smtp; 550 4.4.7 Message expired"}
            ]
        },
    ],
)
def test_a_message_given_up_after_its_time_is_expired(part: dict[str, object]) -> None:
    """The sender's own limit and X.4.7 both mean that time ran out; it is still a bounce."""
    event = one("Bounce", part)
    assert (event.type, event.expired) == ("bounce", True)


def test_a_vacation_answer_is_no_bounce() -> None:
    """A transient bounce whose text is an automatic reply is an autoreply."""
    people = [{"emailAddress": "jan@klant.example", "diagnosticCode": "Automatic reply: I am out of the office"}]
    assert one("Bounce", {"bounceType": "Transient", "bouncedRecipients": people}).type == "autoreply"


@pytest.mark.parametrize(
    ("delay_type", "reason"),
    [("MailboxFull", "mailbox_full"), ("TransientCommunicationFailure", "network_error"), ("General", "undetermined")],
)
def test_a_delay_is_a_deferral_with_its_reason(delay_type: str, reason: str) -> None:
    """`delayType` gives the reason where the server said nothing."""
    event = one("DeliveryDelay", {"delayType": delay_type, "delayedRecipients": [{"emailAddress": "jan@klant.example"}]})
    assert (event.type, event.reason, event.permanence, event.delay) == ("deferral", reason, "temporary", 600.0)


@pytest.mark.parametrize("kind", ["Open", "Click", "Complaint", "Subscription"])
def test_of_several_recipients_it_is_not_certain_who_acted(kind: str) -> None:
    """An open, a click, a complaint or an unsubscribe that names several gives an event each, none of them certain."""
    people = ["jan@klant.example", "piet@klant.example"]
    part = {"complainedRecipients": [{"emailAddress": each} for each in people]} if kind == "Complaint" else {}
    result = parsed(record(kind, part, {"destination": people}))
    assert [(event.recipient, event.recipient_certain) for event in result.events] == [(each, False) for each in people]


def test_a_send_to_several_is_a_certain_event_each() -> None:
    """A send happened to every recipient."""
    result = parsed(record("Send", mail={"destination": ["jan@klant.example", "Piet <piet@KLANT.example>", "jan@klant.example"]}))
    assert [(event.recipient, event.recipient_certain) for event in result.events] == [
        ("jan@klant.example", None),
        ("piet@klant.example", None),
    ]


def test_a_complaint_may_name_nobody() -> None:
    """The reporter may have blotted out all addresses; the complaint counts all the same."""
    event = one("Complaint", {"complainedRecipients": []}, {"destination": []})
    assert (event.type, event.recipient, event.diagnostic) == ("complaint", None, "abuse")


def test_subscribing_is_not_unsubscribing() -> None:
    """A subscription event in which every topic is taken is of a type of its own."""
    topics = [{"topicName": "tips", "subscriptionStatus": "OptIn"}]
    event = one("Subscription", {"newTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": topics}})
    assert event.type == "subscribe"


def test_the_address_before_forwarding_is_kept() -> None:
    """A delivery status mail names the final recipient; the mail went to another."""
    event = one("Bounce", mail={"destination": ["info@klant.example"]})
    assert (event.recipient, event.original_recipient) == ("jan@klant.example", "info@klant.example")


def test_an_event_without_a_time_of_its_own_takes_the_mail_s() -> None:
    """Sends, rejects and rendering failures have no time but the mail's."""
    assert public(one("Reject"))["timestamp"] == SENT


def test_clocks_that_disagree_give_no_delay() -> None:
    """A bounce dated before its mail has no delay rather than a negative one."""
    assert one("Bounce", {"timestamp": "2024-11-03T09:59:59.000Z"}).delay is None


def test_the_id_is_made_of_what_the_event_is() -> None:
    """The recipe: type, message id, recipient, time in ms, and what tells two such events apart."""
    assert one("Delivery").id == event_id("ses", "delivery", "0107-ses-id-000000", "jan@klant.example", "1730628002500", "")
    assert one("Bounce").id == event_id("ses", "bounce", "0107-ses-id-000000", "jan@klant.example", "1730628003000", "feedback-1")
    assert one("DeliveryDelay").id == event_id("ses", "deferral", "0107-ses-id-000000", "jan@klant.example", "1730628600000", "MailboxFull")
    assert one("Click").id == event_id(
        "ses", "click", "0107-ses-id-000000", "jan@klant.example", "1730635260000", "https://portal.example/a?b=1"
    )


def test_the_format_joins_nothing() -> None:
    """The joiner hands on what was parsed."""
    joiner = SesFormat().joiner()
    result = parsed(record("Send"))
    assert list(joiner.add(result)) == result.events
    assert list(joiner.close()) == []
