"""Reading a reply: what is the other server's own, and what makes replies one kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.reply import kind, read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 <jan@example.nl>: User unknown", "550 5.1.1 <piet+x@shop.example.org>: user  unknown"),
        ("Client host [192.0.2.1] blocked", "Client host [2001:db8::19] blocked"),
        ("452 over quota (1048576000 bytes)", "452 over quota (2097152000 bytes)"),
        ("rejected at 2024-06-24T08:58:06", "rejected at 2025-01-01T23:00:59"),
    ],
)
def test_what_differs_between_recipients_and_hours_is_not_in_the_kind(one: str, other: str) -> None:
    """Addresses, long numbers, times and spacing do not make another kind of reply."""
    assert kind(one) == kind(other)


@pytest.mark.parametrize("code", ["550 5.7.26", "550-5.1.1", "(S3140)", "5.7.515", "[TSS04]", "OFR006_102"])
def test_codes_stay(code: str) -> None:
    """The short codes by which providers name their reasons survive."""
    assert code.lower() in kind(f"said {code} no")


@pytest.mark.parametrize(
    ("text", "words", "stage"),
    [
        ("host mx[192.0.2.1] said: 550 5.7.1 No (in reply to RCPT TO command)", "no", "rcpt to"),
        ("host mx[192.0.2.1] refused to talk to me: 421 busy", "host mx[] refused to talk to me: 421 busy", "connect"),
        ("SMTP error from remote mail server after RCPT TO:<a@b.nl>: host mx.b.nl [192.0.2.1]: 550 No", "550 no", "rcpt to"),
        ("mx.b.nl did not like our MAIL FROM: 550 no", "mx.b.nl did not like our mail from: 550 no", "mail from"),
        ("192.0.2.1 does not like recipient. Remote host said: 550 No Giving up on 192.0.2.1.", "550 no", "rcpt to"),
        ("550 Recipient address rejected: Greylisted", "550 greylisted", ""),
        ("550-5.1.1 That account does\n550 5.1.1 not exist", "that account does not exist", ""),
    ],
)
def test_the_servers_own_words_and_the_step_they_answer(text: str, words: str, stage: str) -> None:
    """What Postfix, Exim and qmail write around a reply is taken off; the step is kept."""
    reply = read(kind(text), "", None)
    assert (reply.text.strip(), reply.stage) == (words, stage)


def test_the_status_given_beside_the_text_wins_unless_it_is_generic() -> None:
    """x.0.0 says nothing; the first code in the text that does is taken."""
    assert read("554 5.0.0 (#5.2.2)", "5.0.0", None).status == "5.2.2"
    assert read("554 (#5.2.2)", "5.1.1", None).status == "5.1.1"
    assert read("version 15.7.1.2 here", "", None).status == ""
    assert read("554 refused by mailscanner 5.4.4-1", "5.0.0", None).status == "5.0.0"


def test_the_command_given_beside_the_text_wins() -> None:
    """A parser that knows the command need not leave it in the text."""
    assert read("no (in reply to RCPT TO command)", "", "end of DATA").stage == "data"


@settings(max_examples=100)
@given(st.from_regex(r"[a-z][a-z0-9+_.-]{3,40}", fullmatch=True), st.text(max_size=100))
def test_no_address_is_left_in_the_kind(local: str, around: str) -> None:
    """Whatever stands around it, the part before the @ goes, so that a name cannot pass for words of the server."""
    assert f"<{local}@" not in kind(f"{around} <{local}@example.nl> {around}")
