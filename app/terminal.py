"""What goes to a terminal: hostile text made harmless, and a query with a caret under its fault."""

import unicodedata

from store.errors import Fault

# Characters that do something instead of showing something: control (Cc: escape sequences, line ends), format (Cf: right-to-left
# overrides and other invisible ones), surrogates (Cs, which cannot be encoded) and the line and paragraph separators (Zl, Zp).
_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def harmless(text: str) -> str:
    """The text with every character that could steer a terminal shown as its escape (`x1b[2J` after a backslash)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def pointed(query: str, fault: Fault) -> str:
    """The fault in three or four lines: what is wrong, the query, carets under the faulty part, and what to type instead."""
    start, end = fault.start, max(fault.end, fault.start + 1)
    before, faulty = harmless(query[:start]), harmless(query[start:end])
    lines = [fault.message, f"  {before}{faulty}{harmless(query[end:])}", f"  {' ' * _width(before)}{'^' * max(_width(faulty), 1)}"]
    if fault.fix is not None:
        lines.append(f"Try: {harmless(fault.fix)}")
    return "\n".join(lines)


def fitted(text: str, width: int) -> str:
    """The text, harmless, cut or padded to `width` columns; what was cut shows as an ellipsis."""
    shown = harmless(text)
    if _width(shown) <= width:
        return shown + " " * (width - _width(shown))
    kept, used = [], 0
    for character in shown:
        if used + _width(character) > width - 1:
            break
        kept.append(character)
        used += _width(character)
    return "".join(kept) + "…" + " " * (width - 1 - used)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 event`, `1,000 events`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shown(character: str) -> str:
    if unicodedata.category(character) in _ACTIVE:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two, combining ones none (Unicode Annex 11)."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
