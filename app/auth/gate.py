"""Lets a request in or turns it away, before any view is asked."""

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from app.auth import demanded
from app.auth.identify import HOOKS
from app.auth.me import PAGE
from app.auth.returning import sign_in_address
from app.auth.rights import needed
from app.errors import RefusedError
from app.language import for_programs
from app.viewer import Identify, known, let_in
from store.said import say


def init_app(app: Flask, identify: Identify) -> None:
    """Ask who makes each request, and whether they may."""
    app.extensions["portal-identify"] = identify
    app.before_request(_admit)
    app.jinja_env.globals["viewer"] = known


def _admit() -> ResponseReturnValue | None:
    """None lets it in; strangers are shown where to sign in."""
    view = current_app.view_functions.get(request.endpoint or "")
    right = None if view is None and request.endpoint else needed(view or _nothing, request.method)
    if right is None:
        return None
    found = current_app.extensions["portal-identify"]()
    let_in(found)
    if found is None:
        return _turned_away()
    if view is not None and not found.role.may(right):  # who is let in is told that there is nothing, whatever they may
        raise RefusedError(
            403, "forbidden", say("Your role, %(role)s, may not do this. Ask an administrator of your organisation.", role=str(found.role))
        )
    if demanded.withheld(found, request.endpoint or ""):
        return _to_second_step()
    return None


def _to_second_step() -> ResponseReturnValue:
    """To the page where it is set up; who cannot be led there is told."""
    if for_programs() or request.method not in {"GET", "HEAD"}:
        raise RefusedError(403, "second_step_needed", demanded.ANSWER)
    if "HX-Request" in request.headers:
        return "", 403, {"HX-Redirect": PAGE}
    return redirect(PAGE, 303)


def _turned_away() -> ResponseReturnValue:
    if request.path.startswith(HOOKS):
        raise RefusedError(
            401,
            "unauthorized",
            say("The token at the end of this address is unknown, revoked or over. Make one with the role ingest: `portal tokens add`."),
        )
    if for_programs():
        raise RefusedError(
            401, "unauthorized", say("Sign in first. A program shows a token: Authorization: Bearer TOKEN. `portal tokens add` makes one.")
        )
    if request.method not in {"GET", "HEAD"}:  # leading on would lose what was typed
        raise RefusedError(
            401, "signed_out", say("You are signed out, so nothing was changed. Sign in again in another tab, and send this again.")
        )
    if "HX-Request" in request.headers:  # the page around the part that was asked for has to change
        return "", 401, {"HX-Redirect": sign_in_address(request.headers.get("HX-Current-URL", ""))}
    return redirect(sign_in_address(request.full_path), 303)


def _nothing() -> None:
    """What is asked for where there is no view: strangers are not told so."""
