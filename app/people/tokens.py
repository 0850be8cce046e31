"""The page of tokens: what programs come in with. A token is shown once, when it is made."""

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import params
from app.auth.rights import needs
from app.noting import note
from app.params import BadParameterError
from app.people.whose import absent, whose
from app.services import services
from app.viewer import actor
from app.zone import zone
from store.customers import CannotError, Role, What
from store.customers.roles import Right
from store.errors import AbsentError
from store.said import Said, say

blueprint = Blueprint("tokens", __name__, url_prefix="/configuration/tokens")

_PAGE: Final = "/configuration/tokens"
_OF_CUSTOMER: Final = (Role.READER, Role.EDITOR, Role.ADMIN, Role.INGEST)
_ABSENT: Final = say("There is no such token here. The list of tokens is at /configuration/tokens.")
_DONE: Final = {"revoked": say("The token is revoked: it is refused from now on.")}


@blueprint.get("")
@needs(Right.MANAGE)
def page() -> ResponseReturnValue:
    """The list, and the form that makes one."""
    return _list(done=_DONE.get(request.args.get("done", "")))


@blueprint.post("")
@needs(Right.MANAGE)
def add() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    typed = {name: request.form.get(name, "").strip()[:200] for name in ("label", "role", "expires")}
    if typed["role"] not in roles():
        return _list(wrong=say("Choose a role."), typed=typed)
    try:
        _, end = params.period(None, typed["expires"] or None, None, zone())
        secret, made = services().directory.tokens.add(typed["label"], Role(typed["role"]), whose(), by=actor(), expires=end or 0)
    except (CannotError, BadParameterError) as error:
        return _list(wrong=error.message, typed=typed)
    note(What.TOKEN_ADDED, made.label, typed["role"])
    return _list(made=(made.label, secret), hook=made.role.may(Right.INGEST))


@blueprint.post("/<token>/revoke")
@needs(Right.MANAGE)
def revoke(token: str) -> ResponseReturnValue:
    """End a token; there is no way back."""
    try:
        ended = services().directory.tokens.revoke(token, whose())
    except AbsentError as error:
        raise absent(_ABSENT) from error
    note(What.TOKEN_REVOKED, ended.label)
    return redirect(f"{_PAGE}?done=revoked", 303)


def roles() -> tuple[Role, ...]:
    """The roles that a token can have here."""
    return _OF_CUSTOMER if whose() is not None else (Role.OPERATOR,)


def _list(
    *,
    wrong: Said | None = None,
    typed: dict[str, str] | None = None,
    made: tuple[str, str] | None = None,
    hook: bool = False,
    done: Said | None = None,
) -> Response:
    listed = services().directory.tokens.every(whose())
    shown = {"tokens": listed, "roles": roles(), "wrong": wrong, "typed": typed or {}, "made": made, "done": done, "hook": hook}
    return make_response(render_template("tokens.html", tab="tokens", **shown), 422 if wrong else 200)
