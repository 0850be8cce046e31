"""The reasons: own replies of every class, the traps, and the rules as data."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store.reasons
from store.phrases import Phrase
from store.reasons import CODES, MAX_TEXT, REASONS, REFUSALS, RULES, Rule, classify, explain
from store.reply import Reply, kind, read

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
TABLES = tomllib.loads((ROOT / "store" / "reasons.toml").read_text(encoding="utf-8"))

OWN = tomllib.loads((ROOT / "tests" / "data" / "replies.toml").read_text(encoding="utf-8"))
REPLIES: dict[str, list[str]] = OWN["classes"]
BLOCKS = sorted(set(REASONS) - {"unknown_user", "unknown_domain", "undetermined"})


def digits(text: str) -> int | None:
    """The three digits at the start of a reply."""
    found = re.match(r"([245][0-9]{2})[ -]", text)
    return int(found[1]) if found else None


def of_classes(names: list[str]) -> Iterator[tuple[str, str]]:
    """Each own reply of these classes with its class."""
    return ((name, text) for name in names for text in REPLIES[name])


@pytest.mark.parametrize(("reason", "text"), list(of_classes(list(REPLIES))))
def test_a_reply_gets_the_class_a_reader_would_give_it(reason: str, text: str) -> None:
    """What servers really say, with made-up names, lands in the right class without any code beside it."""
    assert classify(text, None, digits(text)) == reason


def test_every_class_has_replies_of_its_own() -> None:
    """No class is left to its code alone: each is tried on at least five replies."""
    assert set(REPLIES) == set(REASONS)
    assert min(len(texts) for texts in REPLIES.values()) >= 5


@pytest.mark.parametrize("text", OWN["valid_but_blocked"])
def test_a_valid_recipient_behind_a_block_is_never_unknown(text: str) -> None:
    """People lose contacts when a block is read as a wrong address."""
    assert classify(text, None, digits(text)) != "unknown_user"


@pytest.mark.parametrize(("reason", "text"), list(of_classes(BLOCKS)))
def test_a_block_stays_a_block_under_the_code_of_an_unknown_user(reason: str, text: str) -> None:
    """Servers send 5.1.1 with anything; what they say in words weighs more."""
    assert classify(text, "5.1.1", digits(text)) in {reason} | (set(REASONS) - {"unknown_user", "unknown_domain"})


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", "unknown_user"),
        ("550 5.1.10 not found", "5.1.10", "unknown_user"),
        ("550 5.7.515 Access denied", "5.7.515", "auth_failed"),
        ("550 5.7.1", "5.7.1", "undetermined"),
        ("550 5.7.1 Your IP is blacklisted, user", "5.1.1", "reputation_blocked"),
        ("550 5.7.620 Access denied", "5.7.620", "reputation_blocked"),
        ("450 4.4.1", "4.4.1", "network_error"),
        ("550 5.1.1 jan@example.nl 5.7.1 Access denied", "5.1.1", "policy_rejected"),
    ],
)
def test_the_known_traps(text: str, status: str, reason: str) -> None:
    """Microsoft's own codes, 7.1 that says nothing, and a block under an address code."""
    assert classify(text, status, 550) == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", "unknown_user"),
        ("4.2.2", "mailbox_full"),
        ("5.4.4", "unknown_domain"),
        ("4.4.4", "network_error"),
        ("5.7.649", "reputation_blocked"),
    ],
)
def test_a_code_alone_names_the_class(status: str, reason: str) -> None:
    """Where the text says nothing the enhanced code decides, a single one or one of a range."""
    assert classify("", status, None) == reason


def test_the_code_inside_the_text_is_better_than_a_generic_one() -> None:
    """x.0.0 gives way to the first code in the text that says more; a code that says something does not."""
    assert classify("550 (#5.2.2)", "5.0.0", 550) == "mailbox_full"
    assert classify("550 (#5.2.2)", "5.3.4", 550) == "too_large"


def test_the_providers_own_class_comes_last() -> None:
    """A hint counts only where neither text nor code says anything, and only if it is a class of ours."""
    assert classify("failed", None, None, "mailbox_full") == "mailbox_full"
    assert classify("user unknown", None, None, "mailbox_full") == "unknown_user"
    assert classify("failed", "5.3.4", None, "mailbox_full") == "too_large"
    assert classify("failed", None, None, "Transient") == "undetermined"


@pytest.mark.parametrize(
    ("command", "reason"),
    [("MAIL FROM", "sender_rejected"), ("EHLO", "reputation_blocked"), ("STARTTLS", "tls_failed"), ("RCPT TO", "policy_rejected")],
)
def test_a_bare_refusal_is_judged_by_the_command_it_answers(command: str, reason: str) -> None:
    """Before MAIL FROM only our server was known, at MAIL FROM our sender as well."""
    assert classify("550 5.7.1 Denied", "5.7.1", 550, command=command) == reason
    assert classify(f"550 5.7.1 Denied (in reply to {command} command)", "5.7.1", 550) == reason


def test_a_server_that_refuses_the_session_distrusts_our_server() -> None:
    """Postfix's own words for it may be given as the command."""
    assert classify("554 Rejected", "5.0.0", 554, command="refused to talk to me") == "reputation_blocked"


def test_nothing_to_go_on_is_undetermined() -> None:
    """No text, no code, no guess."""
    assert classify(None, None, None) == "undetermined"


def test_what_stands_past_the_bound_is_not_read() -> None:
    """A hostile reply of any length costs no more than its first characters."""
    assert classify("x " * MAX_TEXT + "user unknown", None, None) == "undetermined"


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300),
    st.none() | st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True) | st.text(max_size=8),
    st.none() | st.integers(),
)
def test_any_text_gets_one_of_the_classes_and_always_the_same(text: str, status: str | None, code: int | None) -> None:
    """Classifying never raises and depends on nothing but what it is given."""
    reason = classify(text, status, code)
    store.reasons._by_text.cache_clear()
    store.reasons._by_kind.cache_clear()
    assert reason in REASONS
    assert classify(text, status, code) == reason


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([text for texts in REPLIES.values() for text in texts]), min_size=1, max_size=4),
    st.sampled_from([" ", "\n", "; "]),
)
def test_replies_run_together_still_get_a_class(texts: list[str], glue: str) -> None:
    """Logs join the lines of several attempts; the outcome is one of the classes and never an error."""
    assert classify(glue.join(texts), "5.0.0", 550) in REASONS


def first(reply: Reply, code: int) -> Rule | None:
    """The rule or refusal that knows a reply first."""
    return RULES.first(reply, code) or REFUSALS.first(reply, code)


EVERY_RULE = [*zip(TABLES["rule"], RULES.ordered, strict=True), *zip(TABLES["refusal"], REFUSALS.ordered, strict=True)]
each_rule = pytest.mark.parametrize(("table", "rule"), EVERY_RULE, ids=[f"{rule.reason}: {rule.example[:40]}" for _, rule in EVERY_RULE])


@each_rule
def test_the_example_of_a_rule_is_known_to_it_first(table: dict[str, str], rule: Rule) -> None:
    """Every rule is reachable, and its example shows what it is for."""
    assert first(read(kind(table["example"]), "", None), digits(table["example"]) or 0) is rule


@each_rule
def test_no_phrase_is_dead(table: dict[str, list[str]], rule: Rule) -> None:
    """Each phrase of a rule leads to that rule, and not always to an earlier one."""
    status, stage = max(rule.status, default=""), max(rule.stages, default="")
    code = max(rule.codes, default=0)

    def reaches(phrase: Phrase) -> bool:
        return any(first(Reply(sample, status, stage), code) is rule for sample in phrase.samples())

    assert [source for source, phrase in zip(table.get("says", ()), rule.says, strict=True) if not reaches(phrase)] == []


def test_rules_and_codes_name_classes_of_ours() -> None:
    """Nothing in the data points to a class that readers are not told about, and every word list is used."""
    assert {rule.reason for _, rule in EVERY_RULE} | set(CODES.values()) <= set(REASONS)
    said = json.dumps([TABLES["rule"], TABLES["refusal"]])
    assert [name for name in TABLES["words"] if f"{{{name}}}" not in said] == []


@pytest.mark.parametrize("reason", [*REASONS, "complaint"])
def test_every_class_is_explained_in_both_languages(reason: str) -> None:
    """A sentence, a next step and whose problem it is, in English and in Dutch."""
    english, dutch = explain(reason), explain(reason, "nl")
    assert english is not None
    assert dutch is not None
    assert english != dutch
    for words in (english, dutch):
        assert words.sentence.endswith(".")
        assert words.next_step.endswith((".", "?"))
        assert words.whose


def test_what_is_no_class_has_no_explanation() -> None:
    """The page shows nothing rather than something made up; a language we lack reads as English."""
    assert explain("nonsense") is None
    assert explain("mailbox_full", "fr") == explain("mailbox_full", "en")


def corpus_rows() -> Iterator[tuple[set[str], str | None, str | None, int | None]]:
    """What the corpora accept as the class, and the text, status and code."""
    accepted: dict[str, set[str]] = {}
    for line in (CORPUS / "sisimai" / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        expect = row["expect"]
        accepted.setdefault(Path(row["file"]).name, set()).update(row["accept"])
        if expect["reason_class"] in REASONS:
            yield set(row["accept"]), expect["diagnostic"], expect["status"], int(expect["smtp_code"] or 0) or None
    for line in (CORPUS / "postfix-lab" / "expected.messages.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for recipient in row["recipients"] if row.get("reason_class") else ():
            if recipient["last_event"] != "sent":
                accept = {row["reason_class"]} | accepted.get(row["reason_source"], set())
                yield accept, recipient["last_response"], recipient["last_status"], int(recipient["last_smtp_code"] or 0) or None


# The corpus is other people's and no part of the project: a clone elsewhere has none, and our own fixtures hold the same rules.
@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not beside the project")
def test_real_bounces_are_classified() -> None:
    """At least nine of ten bounce texts of the corpora get an accepted class, and a wrong `unknown_user` is rare."""
    outcomes = [(classify(text, status, code), accept) for accept, text, status, code in corpus_rows()]
    right = sum(reason in accept for reason, accept in outcomes)
    assert len(outcomes) > 500
    assert right / len(outcomes) >= 0.90
    wrongly_unknown = [accept for reason, accept in outcomes if reason == "unknown_user" and reason not in accept]
    assert len(wrongly_unknown) / len(outcomes) < 0.02
