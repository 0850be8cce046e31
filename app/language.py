"""The reader's language: chosen by a cookie, else by the browser; and how texts, numbers and dates are written in it.

Programs (API, command line) are answered in English: what they read must not change with a header or a cookie.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from typing import Final

import flask_babel
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request
from markupsafe import Markup

from app.viewer import known
from store.said import Said

COOKIE: Final = "language"
NAMES: Final = {"en": "English", "nl": "Nederlands"}  # as their speakers call them
_KEPT: Final = "language_kept"  # in `g`
_ENGLISH: Final = Locale("en")
_PROGRAMS: Final = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")


def for_programs() -> bool:
    """Whether this address answers programs, in JSON and in English; the route decides, not the client's headers."""
    return request.path.startswith(_PROGRAMS)


def code() -> str:
    """The language of this request (`en` or `nl`)."""
    return locale().language


def locale() -> Locale:
    """The language of this request as Babel knows it; English where there is none."""
    return _catalog()[0] if has_request_context() else _ENGLISH


def gettext(text: str, /, **values: object) -> str:
    """A text in the language of this request, with its values."""
    translated = _translated(text) if has_request_context() else text
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int) -> str:
    """The text for one or for many in the language of this request, with %(number)s as it is written there."""
    chosen = _chosen(one, many, number) if has_request_context() else one if number == 1 else many
    return chosen % {"number": decimal(number)}


def said(text: str) -> str:
    """A text in the language of this request: one with its values where it came with a pattern, as errors do."""
    if not isinstance(text, Said):
        return gettext(text)
    return gettext(text.pattern, **{name: _value(value) for name, value in text.values.items()})


def decimal(number: float) -> str:
    """A number with the separators of the language: 1,234 or 1.234."""
    return str(format_decimal(number, locale=locale()))


def country(code: str) -> str:
    """The name of a country by its ISO 3166 code; the code where it has none."""
    return str(locale().territories.get(code, code))


def dated(moment: datetime, pattern: str) -> str:
    """An aware time by a pattern of Unicode's LDML, such as `EEE d MMM`; it stays in its own time zone."""
    return str(format_datetime(moment, pattern, locale=locale()))


def day(moment: datetime, pattern: str) -> str:
    """The same for a pattern of its day alone, which many rows of a list share."""
    return _day(moment.date(), pattern, locale().language)


@contextmanager
def in_language(name: str) -> Iterator[None]:
    """Write in a language, whatever that of the request; in that of the request for one that there is not."""
    if name not in NAMES or not has_request_context():
        yield
        return
    before = g.pop(_KEPT, None)
    with flask_babel.force_locale(name):
        try:
            yield
        finally:
            setattr(g, _KEPT, before)


def init_app(app: Flask) -> None:
    """Choose a language for each request, and give the templates what they say it with."""
    flask_babel.Babel(app, locale_selector=_selected)
    app.jinja_env.install_gettext_callables(gettext=_translated, ngettext=_chosen, newstyle=True)  # type: ignore[attr-defined]  # of i18n
    app.jinja_env.globals["_"] = _in_page  # in place of Jinja's own, which takes four calls for each of some two hundred texts of a page
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.filters |= {"decimal": decimal, "dated": dated, "said": said}
    app.jinja_env.globals |= {"language": code, "languages": NAMES}


@lru_cache(1024)
def _day(date: date, pattern: str, language: str) -> str:
    return str(format_date(date, pattern, locale=language))


def _catalog() -> tuple[Locale, NullTranslations]:
    """The language of this request and its texts, found once: a page has some two hundred, and flask_babel looks for them each time."""
    found: tuple[Locale, NullTranslations] | None = g.get(_KEPT)
    if found is None:
        found = flask_babel.get_locale() or _ENGLISH, flask_babel.get_translations()
        setattr(g, _KEPT, found)
    return found


def _translated(text: str) -> str:
    return _catalog()[1].gettext(text)


def _in_page(text: str, /, **values: object) -> Markup:
    """A text as a page has it, with its values escaped; like Jinja's own it has two percent signs for one."""
    return Markup(_translated(text)) % values if values or "%" in text else Markup(_translated(text))  # noqa: S704 - texts are our own


def _chosen(one: str, many: str, number: int) -> str:
    return _catalog()[1].ngettext(one, many, number)


def _selected() -> str:
    """The language of the cookie, else of one's customer, else the first of the browser's that there is, else English."""
    if for_programs():
        return "en"
    chosen = request.cookies.get(COOKIE)
    usual = chosen if chosen in NAMES else _of_customer()
    return usual or request.accept_languages.best_match(NAMES) or "en"


def _of_customer() -> str:
    """The language that the customer of the one who asks has chosen for its users; empty where it has chosen none."""
    who = known()
    if who is None or who.identity is None or who.identity.user.customer is None or who.customer is None:
        return ""
    return who.customer.language if who.customer.language in NAMES else ""


def _value(value: object) -> object:
    """A value of a pattern: numbers as the language writes them, and what is itself a text in that language."""
    match value:
        case bool():
            return value
        case int():
            return decimal(value)
        case Said():
            return said(value)
        case Mapping():
            return {name: _value(each) for name, each in value.items()}
        case _:
            return value
