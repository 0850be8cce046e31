"""What each character is to Lucene's StandardTokenizer, as one letter of ASCII.

Its tables are those of Unicode 12.1, where the package `regex` follows the newest. Where they differ was read off a node of Elasticsearch
9.5 (Lucene 10.5), character by character; `tests/test_words_of_the_node.py` holds it against one.
"""

from typing import Final

import regex

# What was no letter, digit, mark or ideograph then: it parts words, and is none.
_UNKNOWN: Final = """
    B8 2E5-2EB 558 55A 55F 58A-58C 5C8-5C9 870-887 889-89F 8B5 8BE-8D2 B53-B55 C3C C5C-C5D CDC-CDD CF3 D04 D81 ECE 170D 1715-171F 180F
    1ABF-1AF0 1B4C 1C89-1C8A 1DFA 208F 209D-209F 2C2F 2C5F 31BB-31BF 4DB6-4DBF 9FF0-9FFF A708-A716 A7C0-A7C1 A7C7-A7F6 A82C AB68-AB69
    AB6C-AB6D 10570-105F3 10780-107BF 10940-10959 10D40-10D6D 10D6F-10D85 10E80-10EAC 10EB0-10EC7 10ECB-10ECF 10ED9-10EFF 10F70-10F85
    10FB0-10FC4 11070-11075 110C2 11147 111CE-111CF 1123F-11241 11380-113D3 113E1-113E2 11460-11461 116D0-116E3 11740-11746 11900-11943
    11950-11959 11AB0-11ABF 11B0A-11BE0 11BF0-11BF9 11DB0-11DF1 11F00-11F42 11F50-11FB0 1246F 12475-1247F 12550-12FF0 1342F 13439-143FA
    16100-16139 16A70-16AC9 16D40-16D6C 16D70-16D79 16EA0-16ED3 16FE2 16FE4-16FF6 1AFF0-1AFFE 1B11F-1B132 1B155 1B168 1CCF0-1CCF9
    1CF00-1CF46 1D127-1D128 1D250-1D252 1D25B-1D25C 1D25F 1D280-1D281 1D6A6 1DF00-1DFFF 1E030-1E08F 1E290-1E2AE 1E4D0-1E5FA 1E6C0-1E7FE
    2A6D7-2A6DF 2B735-2B73F 2B81E 2CEA2-2CEAD 2EBF0-2EE5D 30000-33479
"""
# What was a pictograph then, or was set aside for one, and is none any more.
_PICTURES: Final = """
    2388 2605 2607-2612 2616-2685 2690-2704 270E-2711 2765-2767 1F000-1F0F5 1F10D-1F10F 1F12F 1F16C-1F16F 1F1AD-1F1AE 1F260-1F3F6 1F4FE
    1F546-1F5F9 1F6C6-1F6F2 1F774-1F77F 1F7D5-1F7FF 1F8B0-1F8D8 1FA00-1FBFF
"""
_FORMATS: Final = "600-605 6DD 70F 8E2 110BD 110CD"  # signs before a number, which counted as marks of what stands before them


def _ranges(text: str) -> str:
    """Ranges of code points in hexadecimal as the inside of a character class."""
    ends = ([f"\\U{int(end, 16):08X}" for end in each.split("-")] for each in text.split())
    return "".join("-".join(pair) for pair in ends)


# A letter for each kind, and what is of it; the first that fits counts.
_KINDS: Final = tuple(
    (letter, regex.compile(f"[{members}]", regex.VERSION1))
    for letter, members in (
        ("z", r"\u200D"),  # the joiner of emoji
        ("v", r"\uFE0E"),  # the two selectors of how an emoji looks
        ("V", r"\uFE0F"),
        ("k", r"\u20E3"),  # the box around a keycap
        ("m", r"\p{Emoji_Modifier}"),  # a mark too
        ("t", r"\U000E0020-\U000E007E"),  # what stands in a tag, a mark too, and its end
        ("T", r"\U000E007F"),
        ("#", "#*"),
        ("x", _ranges(_FORMATS)),
        ("S", _ranges("19DA")),
        ("P", _ranges("1FBF0-1FBF9")),
        (",", _ranges("FE10 FE14")),
        (" ", _ranges(_UNKNOWN)),
        ("s", r"[\p{LB=Complex_Context}&&[\p{WB=Extend}\p{WB=Format}]]"),  # a mark of a script without spaces, and all else of it
        ("S", r"\p{LB=Complex_Context}"),
        ("x", r"\p{WB=Extend}\p{WB=Format}"),
        ("p", r"[\p{WB=ALetter}&&[\p{Emoji}\p{Extended_Pictographic}]]"),  # a letter that is a picture too
        ("H", r"\p{WB=Hebrew_Letter}"),
        ("A", r"\p{WB=ALetter}"),
        ("N", r"\p{WB=Numeric}\uFF10-\uFF19"),
        ("K", r"\p{WB=Katakana}"),
        ("_", r"\p{WB=ExtendNumLet}"),
        (".", r"\p{WB=MidNumLet}"),  # between letters and between digits
        ("'", r"\p{WB=Single_Quote}"),
        ('"', r"\p{WB=Double_Quote}"),
        (":", r"\p{WB=MidLetter}"),
        (",", r"\p{WB=MidNum}"),
        ("I", r"\p{Script=Han}\p{Script=Hiragana}"),
        ("R", r"\p{Regional_Indicator}"),
        ("P", rf"\p{{Emoji}}\p{{Extended_Pictographic}}{_ranges(_PICTURES)}"),
    )
)


class _Kinds(dict[int, str]):
    """The kinds of the characters that were met."""

    def __missing__(self, code: int) -> str:
        """Look a character up; what is of no kind parts words."""
        found = next((letter for letter, members in _KINDS if members.match(chr(code))), " ")
        self[code] = found
        return found


_MET: Final = _Kinds()


def kinds(text: str) -> str:
    """The kind of each character of a text, one letter for one."""
    return text.translate(_MET)
