"""The tabs of the Configuration section: each leads to a page, and who may not see that page does not see its tab."""

from typing import Final

from flask import Blueprint, Flask, current_app, redirect
from flask.typing import ResponseReturnValue

from app.auth.rights import for_everyone_inside
from app.errors import RefusedError
from app.language import gettext
from app.viewer import known
from store.customers.roles import Right
from store.said import say

blueprint = Blueprint("configuration", __name__)

# Name and path of a page, its words, the right it takes, and its view, which another part may not have brought.
_TABS: Final = (
    ("users", "Users", Right.MANAGE, "users.page"),
    ("tokens", "Tokens", Right.MANAGE, "tokens.page"),
    ("audit", "Audit trail", Right.MANAGE, "audit.page"),
    ("customers", "Customers", Right.OPERATE, "customers.page"),
    ("me", "You", Right.READ, "me.page"),
)
NAMES: Final = tuple(words for _, words, _, _ in _TABS)  # for the catalogue of messages


@blueprint.get("/configuration")
@for_everyone_inside
def start() -> ResponseReturnValue:
    """The first page that one may see."""
    first = next(iter(tabs()), None)
    if first is None:
        raise RefusedError(404, "not_found", say("There is nothing here that your role may configure."))
    return redirect(f"/configuration/{first[0]}", 303)


def tabs() -> list[tuple[str, str]]:
    """Name and words of each page that the viewer may see."""
    who = known()
    return [
        (name, gettext(words))
        for name, words, right, view in _TABS
        if who is not None and who.role.may(right) and view in current_app.view_functions
    ]


def init_app(app: Flask) -> None:
    """Give the templates the tabs."""
    app.jinja_env.globals["configuration_tabs"] = tabs
