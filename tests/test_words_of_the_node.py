# ruff: noqa: RUF001 - letters that look alike are what this is about
"""Words are cut and lower-cased as the real node does it, over generated lines of every kind of writing."""

import random
import unicodedata
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from store.words import lower, words

ALPHABETS = {
    "ascii": "".join(map(chr, range(32, 127))),
    "joiners": "aB1_.:,;'- @\"",
    "control": "".join(map(chr, range(32))) + "ab1 \x7f\x85\xa0",
    "latin": "abcéèüñßøåæœÉÜİıŁłžČŒĲ '\u2019\u02bc·.-_1e\u0301o\u0308",
    "greek and cyrillic": "ΑΒΓΣαβγσςΌόϐΩ Привет ЖЩЁёїґ.'1",
    "chinese and japanese": "日本語のメールカタカナーひらがな漢字發票。、・ヽ々〆〇1a１２ａＡｱｲｳ",
    "korean": "한글조선말가각\u1100\u1161\u11a8 1a",
    "thai": "ไทยภาษาสวัสดีครับ๑๒๓ก็เຮືອမြန်မာខ្មែរ 1a.",
    "hebrew": "שלוםעאבג\"'״׳.,1a ",
    "arabic": "السلام عليكم٠١٢٣٫٬ـ،؛\u064b\u0651\u0600 1a.'",
    "indic": "नमस्तेदुनिया१२३ক্ষதமிழ்తెలుగు\u200d\u200c 1a.",
    "emoji": "🎉👨👩👧🇳🇱🇩🇪🏳🌈👍🏽🏻#*0123\ufe0f\u20e3❤☎™©®ℹ‼⁉a1_ \u200d\u200d\ufe0e\U000e0067\U000e007f",
    "format": "a1._\u00ad\u200b\u200c\u200d\u2060\ufeff\u202a\u202e\u2028\u2029é字\u0300\u20dd\u0488‿⁀",
    "mathematical": "𝐀𝒃𝟎𝟏𐐀𐑀𠀀𪚥①②Ⅷ½²ªºµ ",
}  # fmt: skip
LONG = ("a", "é", "日", "カ", "ไ", "1", "𝐀", "한", "_", "ש", "👨\u200d", "a.", "1,", "é'", "ab_", "_\u0301", "\u200d")
MARK = "qqzzsentinelqq"
LINES = 150  # of each kind


@pytest.fixture(scope="module")
def node(elastic_url: str) -> Iterator[Elasticsearch]:
    """A client of the node."""
    with Elasticsearch(elastic_url) as client:
        yield client


def seeded(seed: int | str) -> random.Random:
    """Dice that fall alike in every run."""
    return random.Random(seed)  # noqa: S311 - for variety, not for secrets


def parted(items: list[str], size: int) -> list[list[str]]:
    """The items in lists of a size."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def cut_by(node: Elasticsearch, lines: list[str]) -> list[list[str]]:
    """The words of lines as the node cuts them, asked for at once: a line of its own between two lines tells them apart."""
    text = f"\n{MARK}\n".join(lines)
    found: list[list[str]] = [[]]
    for token in node.indices.analyze(analyzer="standard", text=text)["tokens"]:
        if token["token"] == MARK:
            found.append([])
        else:
            found[-1].append(token["token"])
    return found


def different(node: Elasticsearch, lines: list[str], at_once: int) -> list[tuple[str, list[str], list[str]]]:
    """The lines that are cut otherwise, with both answers."""
    answers = [cut for some in parted(lines, at_once) for cut in cut_by(node, some)]
    return [(line, words(line), cut) for line, cut in zip(lines, answers, strict=True) if words(line) != cut]


@pytest.mark.parametrize("kind", ALPHABETS)
def test_a_line_is_cut_as_the_node_cuts_it(node: Elasticsearch, kind: str) -> None:
    """Random lines of one kind of writing."""
    dice = seeded(kind)
    lines = ["".join(dice.choices(ALPHABETS[kind], k=dice.randint(1, 40))) for _ in range(LINES)]
    assert different(node, lines, 100) == []


def test_mixed_writing_is_cut_as_the_node_cuts_it(node: Elasticsearch) -> None:
    """Characters of every kind beside each other."""
    dice = seeded(2)
    lines = ["".join(dice.choice(dice.choice(list(ALPHABETS.values()))) for _ in range(dice.randint(1, 40))) for _ in range(4 * LINES)]
    assert different(node, lines, 100) == []


def test_any_characters_are_cut_as_the_node_cuts_them(node: Elasticsearch) -> None:
    """Characters of all of Unicode, the unassigned too."""
    dice = seeded(3)

    def character() -> str:
        code = dice.randrange(dice.choice((0x80, 0x800, 0x3000, 0x10000, 0x20000, 0x110000)))
        return "?" if unicodedata.category(chr(code)) == "Cs" else chr(code)

    lines = ["".join(character() for _ in range(dice.randint(1, 30))) for _ in range(8 * LINES)]
    assert different(node, lines, 100) == []


def test_overlong_words_are_cut_as_the_node_cuts_them(node: Elasticsearch) -> None:
    """At 255 UTF-16 units, wherever that falls."""
    dice = seeded(4)
    ends = ("", ".b", " c", "_", "'x", "é", "1", "a" * 300)
    lines = [dice.choice(LONG) * dice.randint(100, 700) + dice.choice(ends) for _ in range(LINES)]
    assert different(node, lines, 5) == []


def test_lower_case_is_that_of_the_node(node: Elasticsearch) -> None:
    """Every letter of every script, one by one."""
    index = f"test-lower-{random.SystemRandom().randrange(16**8):08x}"
    mapping = {"properties": {"value": {"type": "keyword", "normalizer": "lowercase"}}}
    node.indices.create(index=index, mappings=mapping, settings={"number_of_replicas": 0})
    try:
        letters = [chr(code) for code in range(1, 0x1F000) if unicodedata.category(chr(code)) != "Cs"]
        for some in parted(letters, 8000):
            text = "".join(some)
            assert node.indices.analyze(index=index, field="value", text=text)["tokens"][0]["token"] == lower(text)
    finally:
        node.indices.delete(index=index)
