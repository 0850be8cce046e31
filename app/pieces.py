"""The small pieces of HTML that a page has by the hundred: an icon, a text from outside, a time, a type of event.

They are functions and no macros of the templates because of what a list costs: a macro takes some ten times as long as what it writes.
Rows take them as filters, whose call costs less than that of a function.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from flask import Flask
from markupsafe import Markup, escape

from app.dates import doubled, local
from app.language import day
from app.shown import TypeLook, now, offset, type_look, visible

_ICON: Final = Markup('<svg class="%s" aria-hidden="true"><use href="%s#%s"/></svg>')
_TYPE: Final = Markup('<span class="type is-%s">%s<span class="word">%s</span></span>')
_ICONS: Final = 256  # of which there are some eighty, most with one class
_LOOKS: Final = 64  # ten types in two languages, and those that only a source of its own brings


def text(value: str) -> Markup:
    """A text from outside: what is invisible in it is shown, and its direction does not reach what stands beside it."""
    return Markup(f"<bdi>{escape(visible(value))}</bdi>")  # noqa: S704 - escaped here, which a pattern would take three times as long for


def when(milliseconds: int, zone: str) -> Markup:
    """A time in a zone, with the year where it is another one, and its offset where the clock shows it twice."""
    moment = local(milliseconds, zone)
    its_day = day(moment, "EEE d MMM" if moment.year == now(zone).year else "EEE d MMM y")
    shift = f' <span class="shift">{offset(moment)}</span>' if doubled(moment) else ""
    clock = f'<span class="day">{escape(its_day)}</span> <span class="clock">{moment:%H:%M:%S}</span>{shift}'
    return Markup(f'<time datetime="{moment.isoformat(timespec="milliseconds")}">{clock}</time>')  # noqa: S704 - all of it is our own


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

    pieces = {"icon": icon, "text": text, "when": lambda milliseconds: when(milliseconds, zone()), "type": kind}
    app.jinja_env.globals |= pieces
    app.jinja_env.filters |= pieces
