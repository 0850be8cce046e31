"""The small pieces of HTML that a page has by the hundred: an icon, a text from outside, a time, a type of event.

They are functions and no macros of the templates because of what a list costs: a macro takes some ten times as long as what it writes.
What is put into the patterns is escaped by them.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from flask import Flask
from markupsafe import Markup

from app.dates import doubled, local
from app.language import day
from app.shown import TypeLook, now, offset, type_look, visible

_ICON: Final = Markup('<svg class="%s" aria-hidden="true"><use href="%s#%s"/></svg>')
_TEXT: Final = Markup("<bdi>%s</bdi>")
_WHEN: Final = Markup('<time datetime="%s"><span class="day">%s</span> <span class="clock">%s</span>%s</time>')
_SHIFT: Final = Markup(' <span class="shift">%s</span>')
_TYPE: Final = Markup('<span class="type is-%s">%s<span class="word">%s</span></span>')
_ICONS: Final = 256  # of which there are some eighty, most with one class
_LOOKS: Final = 64  # ten types in two languages, and those that only a source of its own brings


def text(value: str) -> Markup:
    """A text from outside: what is invisible in it is shown, and its direction does not reach what stands beside it."""
    return _TEXT % visible(value)


def when(milliseconds: int, zone: str) -> Markup:
    """A time in a zone, with the year where it is another one, and its offset where the clock shows it twice."""
    moment = local(milliseconds, zone)
    its_day = day(moment, "EEE d MMM" if moment.year == now(zone).year else "EEE d MMM y")
    shift = _SHIFT % offset(moment) if doubled(moment) else ""
    return _WHEN % (moment.isoformat(timespec="milliseconds"), its_day, f"{moment:%H:%M:%S}", shift)


def init_app(app: Flask, zone: Callable[[], str]) -> None:
    """Give the templates these pieces; `zone` says which time zone the request at hand has."""
    asset: Callable[[str], str] = app.jinja_env.globals["asset"]  # type: ignore[assignment]  # Jinja knows its globals as objects
    shapes = asset("vendor/icons.svg")

    @lru_cache(_ICONS)
    def icon(name: str, more: str = "") -> Markup:
        """A shape of the icon file, with a class of its own if need be."""
        return _ICON % (f"icon {more}".rstrip(), shapes, name)

    def kind(name: str) -> Markup:
        """A type of event: its shape and its word."""
        return shown_type(type_look(name))

    @lru_cache(_LOOKS)
    def shown_type(look: TypeLook) -> Markup:
        return _TYPE % (look.tone, icon(look.icon), look.word)

    app.jinja_env.globals |= {"icon": icon, "text": text, "when": lambda milliseconds: when(milliseconds, zone()), "type": kind}
