"""How values are shown: times in the portal's zone, hostile text made visible, event types as words and shapes."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from flask import Flask

from app.dates import doubled, local
from app.language import code, day, gettext
from app.links import event_json, event_page, term
from store.event import Event
from store.reasons import REASONS

LONG: Final = 240  # characters after which a value in the details is folded
MOST: Final = 65_536  # characters of one value that a page shows; the JSON of the event has it whole


@dataclass(frozen=True, slots=True)
class TypeLook:
    """An event type as people see it: a word, a shape of the icon file, and the class of its colour."""

    word: str
    icon: str
    tone: str


TYPES: Final = {
    "send": TypeLook("In queue", "send", "send"),
    "delivery": TypeLook("Delivered", "circle-check", "delivery"),
    "deferral": TypeLook("Deferred", "clock", "deferral"),
    "bounce": TypeLook("Bounced", "circle-x", "bounce"),
    "reject": TypeLook("Rejected", "shield-ban", "reject"),
    "complaint": TypeLook("Complaint", "message-circle-warning", "complaint"),
    "open": TypeLook("Opened", "mail-open", "other"),
    "click": TypeLook("Clicked", "mouse-pointer-click", "other"),
    "unsubscribe": TypeLook("Unsubscribed", "mail-minus", "other"),
    "autoreply": TypeLook("Auto-reply", "reply", "other"),
}


def type_look(name: str) -> TypeLook:
    """The look of an event type, its word in the reader's language; one that only a source of its own brings has its own name."""
    if name not in TYPES:
        return TypeLook(visible(words(name)), "circle-dashed", "other")
    return _look(name, code())


@lru_cache
def _look(name: str, _language: str) -> TypeLook:
    return replace(TYPES[name], word=gettext(TYPES[name].word))


def reason_words(name: str) -> str:
    """A reason as a few words in the reader's language: `Unknown user`."""
    return gettext(words(name)) if name in REASONS else visible(words(name))


def words(name: str) -> str:
    """The name of a type or a reason as English writes it: `Unknown user`."""
    return name.replace("_", " ").capitalize().replace("Tls ", "TLS ")


def iso_local(milliseconds: int, zone: str) -> str:
    """A time as ISO 8601 in a zone, with milliseconds and offset: `2024-11-01T10:00:00.000+01:00`; UTC ends in Z."""
    text = local(milliseconds, zone).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if zone == "UTC" else text


# What a browser would hide, or let rearrange its surroundings: control characters, lone surrogates, direction marks and overrides.
_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_PICTURES: Final = 0x2400  # U+2400 to U+241F are pictures of the C0 control characters


def visible(text: str) -> str:
    """Text from outside with its invisible characters made visible; tabs and line feeds stay, CRLF counts as one line feed."""
    return _HIDDEN.sub(_pictured, text.replace("\r\n", "\n"))


def _pictured(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:  # noqa: PLR2004 - the C0 control characters
        return chr(_PICTURES + code)
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(match[0]) == "Cs" else f"[U+{code:04X}]"


def plain(value: object) -> str:
    """A field's value as text; true and false as the query language writes them, so that it can be searched for."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(str(each) for each in value)
        case float():
            return f"{value:g}" if abs(value) < 1e6 else str(value)  # noqa: PLR2004 - where %g turns to exponents
        case _:
            return str(value)


def offset(moment: datetime) -> str:
    """The offset of a local time as people write it: `+01:00`."""
    return f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]


def stamp(milliseconds: int, zone: str) -> str:
    """A time in one line, to the second: `1 Nov 09:12:00`, with the year where it is another one."""
    moment = local(milliseconds, zone)
    written = f"{day(moment, 'd MMM' if moment.year == now(zone).year else 'd MMM y')} {moment:%H:%M:%S}"
    return f"{written} {offset(moment)}" if doubled(moment) else written


# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, "CSV Injection"), also after blanks and invisible characters.
_STARTS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20\u2212"
_UNSEEN: Final = r"\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA: Final = re.compile(f"[{_UNSEEN}]*[{_STARTS}]")
# The same behind what another reader takes for the end of a cell: Excel with Dutch settings cuts a file with commas at semicolons, and
# takes a line end inside a text for the end of the row. A run of them is taken at once, so that a long one costs no more than its length.
_OTHER_ENDS: Final = {own: re.compile(rf'([{other}\t\r\n][{other}"{_UNSEEN}]*+)([{_STARTS}]?)') for own, other in ((",", ";"), (";", ","))}


def csv_cell(text: str, separator: str = ",") -> str:
    """A text as a cell that no spreadsheet takes for a formula: an apostrophe before what would begin one.

    That is at the start, also before a control character, and behind what ends a cell for other readers; `separator` is the file's own.
    """
    inner = _OTHER_ENDS[separator].sub(lambda match: f"{match[1]}'{match[2]}" if match[2] else match[1], text)
    return f"'{inner}" if text and (text[0] in "\t\r\n\0" or _FORMULA.match(text)) else inner


def now(zone: str) -> datetime:
    """The time now in a zone."""
    return datetime.now(ZoneInfo(zone))


def init_app(app: Flask, zone: Callable[[], str]) -> None:
    """Give the templates these ways of showing; `zone` says which time zone the request at hand has."""
    app.jinja_env.filters |= {
        "visible": visible,
        "type_look": type_look,
        "reason_words": reason_words,
        "moment": lambda milliseconds: local(milliseconds, zone()),
        "doubled": doubled,
        "offset": offset,
        "cell": cell,
        "stamp": lambda milliseconds: stamp(milliseconds, zone()),
    }
    app.jinja_env.globals |= {
        "zone": zone,
        "LONG": LONG,
        "MOST": MOST,
        "now": lambda: now(zone()),
        "term": term,
        "event_page": event_page,
        "event_json": event_json,
    }


def cell(event: Event, name: str) -> str:
    """A field of an event as one line of text, empty where it has no value."""
    value = getattr(event, name)
    return "" if value is None else plain(value)
