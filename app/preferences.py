"""What a reader has chosen for this browser: theme, language and columns of the list, each in a cookie, set by a plain form."""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue

from app import columns, language
from app.auth.rights import for_everyone_inside, for_strangers
from app.params import BadParameterError

blueprint = Blueprint("preferences", __name__)

THEMES: Final = ("light", "dark")  # none of them is the system's own
_THEME: Final = "theme"
_CHOICES: Final = {_THEME: THEMES, language.COOKIE: tuple(language.NAMES)}
_COLUMNS: Final = "columns"
_YEAR: Final = 31_536_000


@blueprint.post("/preferences")
@for_strangers
def choose() -> ResponseReturnValue:
    """Keep what was chosen and go back to the page that it was chosen on; anything but a known choice is forgotten."""
    answer = redirect(_page_before(), 303)
    for name, choices in _CHOICES.items():
        chosen = request.form.get(name)
        if chosen in choices:
            answer.set_cookie(name, chosen, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
        elif chosen is not None:
            answer.delete_cookie(name, samesite="Lax", secure=request.is_secure)
    return answer


@blueprint.post("/preferences/columns")
@for_everyone_inside
def choose_columns() -> ResponseReturnValue:
    """Keep which columns the list shows, and go back to it with them in its address; the usual ones are kept by forgetting all others."""
    wanted = columns.arranged(request.form.getlist("column"), request.form.getlist("width"), request.form.get("act", ""))
    before = urlsplit(_page_before())
    others = [pair for pair in parse_qsl(before.query) if pair[0] != _COLUMNS]
    answer = redirect(before._replace(query=urlencode(others + ([(_COLUMNS, wanted)] if wanted else []))).geturl(), 303)
    if wanted:
        answer.set_cookie(_COLUMNS, wanted, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    else:
        answer.delete_cookie(_COLUMNS, samesite="Lax", secure=request.is_secure)
    return answer


def kept_columns() -> str | None:
    """The columns that this browser's reader has chosen, as the address has them; None where there are none that can be used."""
    text = request.cookies.get(_COLUMNS)
    try:
        return text if text and columns.chosen(text) else None
    except BadParameterError:
        return None


def theme() -> str:
    """The theme of this browser; empty is the system's own."""
    chosen = request.cookies.get(_THEME, "")
    return chosen if chosen in THEMES else ""


def next_theme() -> str:
    """What the button chooses: from the system's own to dark, to light, and back."""
    return {"": "dark", "dark": "light"}.get(theme(), "system")


def init_app(app: Flask) -> None:
    """Give the templates the theme."""
    app.jinja_env.globals |= {"theme": theme, "next_theme": next_theme}


def _page_before() -> str:
    """The page that the form was on, as its browser says; never one of another site."""
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host:
        return "/events"
    return before._replace(scheme=request.scheme, fragment="").geturl()
