"""The language of phrases: what each sign means, what it refuses, and that it is never slow to a hostile text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.phrases import PhraseError, phrase

LISTS = {"is": ["is ", "was ", ""], "full": ["full", "over quota"]}


@pytest.mark.parametrize(
    ("source", "text", "fits"),
    [
        ("user unknown", "550 user unknown here", True),
        ("user unknown", "superuser unknown", False),
        ("block", "550 blocked", True),
        (r"full\b", "mailbox fully", False),
        ("mailbox (is |)full", "the mailbox full", True),
        ("mailbox {is}{full}", "mailbox was over quota", True),
        ("mailbox ({full}|closed)", "mailbox closed", True),
        ("spf ... fail", "spf: check for example.nl failed", True),
        ("spf ... fail", "spf was fine. then it failed", False),
        ("spf ... fail", "spf " + "x" * 80 + " fail", False),
        ("[tss##]", "421 [tss04] later", True),
        (r"aup\#in", "see aup#in-1310", True),
        (r"\(bl\)", "mail (bl) refused", True),
    ],
)
def test_a_phrase_fits_what_its_signs_say(source: str, text: str, fits: bool) -> None:  # noqa: FBT001  # a column of the table
    """Words from their start, alternatives, lists, gaps within a sentence, digits, word ends and literal signs."""
    assert phrase(source, LISTS).found_in(text) is fits


@pytest.mark.parametrize("source", ["", "(a|b", "a)b", "...", "x", "(aa|)", "{nobody} here", "a\\"])
def test_a_phrase_that_cannot_be_read_is_refused(source: str) -> None:
    """A mistake in the data shows at start, with the phrase in the message, and not as a rule that never holds."""
    with pytest.raises(PhraseError):
        phrase(source, LISTS)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["mailbox ", "(is |)", "{full}", " ... ", "#", r"\b", "quota"]), min_size=1, max_size=5))
def test_the_stems_and_samples_keep_their_promise(pieces: list[str]) -> None:
    """Every sample is found by its phrase and holds one of the stems, on which the index of the rules rests."""
    try:
        read = phrase("mailbox" + "".join(pieces), LISTS)
    except PhraseError:
        return
    for sample in read.samples():
        assert not read.found_in(sample) or any(stem in sample for stem in read.stems)


def test_a_sample_shows_each_alternative() -> None:
    """One for each alternative, the other parts at their first."""
    assert set(phrase("(a|b) mail (is |)full", LISTS).samples()) == {"a mail is full", "b mail is full", "a mail full"}
