"""Words are cut as Lucene's standard analyser cuts them, and addresses are found whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.words import MAX_WORD, lower, mentions, spaced, words

# What Lucene 10's StandardAnalyzer answers to each of these.
CUT = {
    "Your order and delivery": ["your", "order", "and", "delivery"],
    "mail.example.com 5.1.1 192.0.2.1": ["mail.example.com", "5.1.1", "192.0.2.1"],
    "mx1.example.com": ["mx1", "example.com"],
    "user-unknown user_unknown": ["user", "unknown", "user_unknown"],
    "___ _a_ _": ["_a_"],
    "R&D 1,234.56 o'brien's 50%": ["r", "d", "1,234.56", "o'brien's", "50"],
    "Re:meeting 12:30 http://x/y?z=1": ["re:meeting", "12", "30", "http", "x", "y", "z", "1"],
    "a_.b 1_.2 1.a a.1": ["a_", "b", "1_", "2", "1", "a", "a", "1"],
    "Grüße aus MÜNCHEN": ["grüße", "aus", "münchen"],
    "Привет, мир": ["привет", "мир"],
    "発票 2024年": ["発", "票", "2024", "年"],
    "カタカナ ひら 한글 ไทย": ["カタカナ", "ひ", "ら", "한글", "ไทย"],
    "Party 🎉 👨\u200d👩\u200d👧 🇳🇱 #\ufe0f\u20e3": ["party", "🎉", "👨\u200d👩\u200d👧", "🇳🇱", "#\ufe0f\u20e3"],
    'ש"ש': ['ש"ש'],
    "\uff26\uff35\uff2c \uff11\uff12": ["\uff46\uff55\uff4c", "\uff11\uff12"],
    "e\u0301a": ["e\u0301a"],
    "!? - …": [],
    "": [],
}


@pytest.mark.parametrize("text", CUT, ids=repr)
def test_words_are_those_of_lucene(text: str) -> None:
    """Letters, digits, connectors, scripts without spaces and emoji are cut as UAX 29 and Lucene say."""
    assert words(text) == CUT[text]


@pytest.mark.parametrize(("text", "low"), [("ΟΔΟΣ", "οδοσ"), ("İstanbul", "istanbul"), ("ẞ", "ß"), ("ÅNGSTRÖM", "ångström")])
def test_lower_case_is_taken_a_code_point_at_a_time(text: str, low: str) -> None:
    """As Java's Character.toLowerCase does: no final sigma, no two characters for one."""
    assert lower(text) == low
    assert words(text) == [low]


def test_an_overlong_word_is_cut_at_lucenes_limit() -> None:
    """What is beyond goes on as a new word, and a cut is made at a dot that has no room for what it joins."""
    assert [len(word) for word in words("a" * 600)] == [255, 255, 90]
    assert [len(word) for word in words("é" * 600)] == [255, 255, 90]
    assert words("a" * 254 + ".b") == ["a" * 254, "b"]
    assert [len(word) for word in words("\U0001d400" * 200)] == [127, 73]


@given(st.text(alphabet="aB1_.:,;'- @é"))
@settings(max_examples=200)
def test_both_paths_cut_alike(text: str) -> None:
    """The quick path for ASCII gives what the Unicode path gives, which a character of another script in front of the text calls for."""
    assert words("字 " + text)[1:] == words(text)


@given(st.text())
@settings(max_examples=200)
def test_words_stay_within_bounds(text: str) -> None:
    """Any text gives words that are not empty, not too long, in lower case, and found again when looked for."""
    for word in words(text):
        assert 0 < len(word) <= MAX_WORD
        assert lower(word) == word


@pytest.mark.parametrize("text", ["a" * 10**6, "_" * 10**6, "é" + "_" * 10**6, "é" + "a." * 10**6, "a@" * 10**6, "'" * 10**6 + "@x"])
def test_hostile_text_ends(text: str) -> None:
    """A megabyte of what a careless pattern would chew on for hours is done within the suite's patience."""
    assert max(map(len, words(text)), default=0) <= MAX_WORD
    assert all("@" in address for address in mentions(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("552 5.2.2 Mailbox full for o'brien@x.nl.", ["o'brien@x.nl"]),
        ("<Person@Example.COM>: unknown", ["person@example.com"]),
        ("mailto:jan@x.nl, 'piet@x.nl'; (k@l.nl)", ["jan@x.nl", "piet@x.nl", "k@l.nl"]),
        ("rfc822;jan@x.nl jan@x.nl", ["jan@x.nl"]),
        ("to jan+shop@x.nl", ["jan+shop@x.nl"]),
        ("jan@x.nl's mailbox", ["jan@x.nl"]),
        ("\u201cjürgen@example.org\u201d", ["jürgen@example.org"]),
        ("bounce-1=a=b.c@lists.example", ["bounce-1=a=b.c@lists.example"]),
        ("@x.nl jan@ @ no", []),
    ],
)
def test_an_address_is_mentioned_whole(text: str, found: list[str]) -> None:
    """What surrounds an address comes off, and a part of another address is no mention."""
    assert mentions(text) == found


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="abZ019_.:',;-@ \t\n\x00\x1c\x7fé\U0001f600", max_size=30) | st.text(max_size=30) | st.just("a.b_1,2 " * 60))
def test_spaced_text_has_the_words_between_its_blanks(text: str) -> None:
    """What stands between the blanks, and nothing else that could part words, is what `words` gives."""
    assert [word for word in spaced(text).split(" ") if word] == words(text)
