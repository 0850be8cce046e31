"""Which events are about a person, and how their address is found in what others' events hold."""

import json

import pytest

from store.addresses import BadAddressError
from store.erasure import Person
from store.event import Event
from store.events import Verdict

JAN = Person("Jan.de-Wit@X.nl")
BASE = {"id": "1", "timestamp": 0, "type": "delivery", "source": "ses", "sender": "info@shop.example", "recipient": "eva@y.nl"}


def event(**fields: object) -> Event:
    """An event between others, with these values."""
    return Event(**{**BASE, **fields})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"recipient": "jan.de-wit@x.nl"}, "recipient"),
        ({"recipient": "JAN.DE-WIT@X.NL", "sender": "jan.de-wit@x.nl"}, "recipient"),
        ({"original_recipient": "Jan.De-Wit@x.nl"}, "original_recipient"),
        ({"sender": "jan.de-wit@x.nl"}, "sender"),
        ({"recipient": "Jan de Wit <jan.de-wit@x.nl>"}, "recipient"),
        ({"recipient": "bounces+jan.de-wit=x.nl@shop.example"}, "recipient"),
        ({"id": "jan.de-wit@x.nl/2026"}, "id"),
    ],
)
def test_an_event_of_the_person_goes(fields: dict[str, str], why: str) -> None:
    """As recipient, original recipient or sender, in any letter case; or where its id, which cannot change, has the address."""
    assert JAN.judge(event(**fields)) == Verdict(None, why)


@pytest.mark.parametrize(
    "address",
    [
        "an.de-wit@x.nl",
        "xjan.de-wit@x.nl",
        "jan.de-wit+shop@x.nl",
        "piet.jan.de-wit@x.nl",
        "piet+jan.de-wit@x.nl",
        "jan.de-wit@x.nl.example",
        "jan.de-wit@x.nlx",
        "jan.de-wit@x-nl",
        "jan.de_wit@x.nl",
        "jan.de-wit@y.x.nl",
        "o'jan.de-wit@x.nl",
    ],
)
def test_another_address_is_left(address: str) -> None:
    """However much of it is alike."""
    assert JAN.judge(event(recipient=address, subject=address, raw=f'{{"to": "{address}"}}')) is None


@pytest.mark.parametrize(
    "written",
    [
        "jan.de-wit@x.nl",
        "<jan.de-wit@x.nl>",
        "'Jan.De-Wit@X.nl'",
        "mailto:jan.de-wit@x.nl",
        "to=<jan.de-wit@x.nl>, orig_to=...",
        "write to jan.de-wit@x.nl.",
        "https://x.example/?email=jan.de-wit%40x.nl&a=1",
        "https://x.example/?email=jan%2Ede%2dwit%40x%2Enl",
        "jan.de-wit=40x.nl",
        "a&lt;jan.de-wit&#64;x.nl&gt;",
        json.dumps({"to": ["jan.de-wit@x.nl", "other@x.nl"]}),
        json.dumps({"Message": json.dumps({"to": "<jan.de-wit@x.nl>\nnext"})}),
        '"jan.de-wit\\u0040x.nl"',
        '"\\"\\\\u003cjan.de-wit\\\\u0040x.nl\\\\u003e"',
        "%3Cjan.de-wit@x.nl%3E",
        "Subject: hi\\njan.de-wit@x.nl\\r\\n",
        "...jan.de-wit@x.nl",
    ],
)
@pytest.mark.parametrize("field", ["raw", "subject", "diagnostic", "message_id", "smtp_command", "tags"])
def test_the_address_is_taken_out_of_others_events(field: str, written: str) -> None:
    """As logs, JSON, links and mail write it; what stands around it stays."""
    before = event(**{field: (written, "kept") if field == "tags" else written})
    verdict = JAN.judge(before)
    assert verdict is not None
    assert verdict.event is not None
    text = str(getattr(verdict.event, field)).lower()
    assert "[erased]" in text
    assert "wit" not in text
    assert (verdict.why, verdict.event.recipient, verdict.event.id) == ("text", "eva@y.nl", "1")
    assert JAN.judge(verdict.event) is None


def test_letters_beyond_ascii_are_found_as_they_are_and_escaped() -> None:
    """In JSON and in links too."""
    person = Person("zoë@bücher.example")
    for text in ("ZOË@Bücher.example", json.dumps("zoë@bücher.example"), "?to=zo%C3%AB%40b%c3%bccher.example"):
        assert person.without(text).count("[erased]") == 1


@pytest.mark.parametrize("text", ["", "jan", "@x.nl", "jan@", "jan de wit@x.nl", "jan@x.nl\x00", "<>", "a" * 320 + "@x.nl"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """Half an address must not erase others' events."""
    with pytest.raises(BadAddressError, match="Name one in full"):
        Person(text)


def test_a_long_text_takes_no_time() -> None:
    """The look through a text is linear in its length."""
    text = "jan.de-wit@x.n " * 200_000
    assert JAN.without(text) == text
