"""The forms about one's authenticator app: setting it up, recovery codes, switching it off."""

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth import demanded, proof
from app.auth.me import PAGE, shown
from app.auth.qr_code import qr_code
from app.auth.rights import for_everyone_inside
from app.noting import note_person
from app.services import services
from store.customers import CannotError, User, What
from store.customers.codes import address
from store.customers.passwords import matches
from store.said import Said, say

blueprint = Blueprint("second-step", __name__, url_prefix=PAGE)

_WRONG = say("This is not the code of the new app. See that the clock of your telephone is right, and type the next code.")
_NEITHER = say("This is neither your password nor a code of your app.")
_DEMANDED = say("A second step is demanded here, so the app stays. Set up another one in its place.")


@blueprint.post("/app")
@for_everyone_inside
def begin() -> ResponseReturnValue:
    """Show what an app has to read; nothing counts before a code of it has come back."""
    who = proof.person()
    if (why := proof.lacking()) is not None:
        return shown(wrong={"app": why})
    return _to_read(services().directory.second_step.begin(who.user.id))


@blueprint.post("/app/confirm")
@for_everyone_inside
def confirm() -> ResponseReturnValue:
    """Have the new app count, and show its recovery codes. All other sessions end."""
    who, directory = proof.person(), services().directory
    if directory.second_step.begun(who.user) is None:  # the form of a while ago, or sent twice
        return redirect(PAGE, 303)
    try:
        made = directory.second_step.confirm(who.user, request.form.get("code", ""))
    except CannotError as error:
        return _to_read(who.user, error.message)
    if made is None:
        return _to_read(who.user, _WRONG)
    directory.sessions.end_all(who.user.id, but=who.session.id)
    directory.sessions.prove(who.session)
    note_person(who.user, What.SECOND_STEP_ON)
    return _codes(made)


@blueprint.post("/recovery")
@for_everyone_inside
def renew() -> ResponseReturnValue:
    """Make new recovery codes, and show them this once."""
    who = proof.person()
    if not who.user.secret:
        return redirect(PAGE, 303)
    if (why := proof.lacking()) is not None:
        return shown(wrong={"recovery": why})
    note_person(who.user, What.SECOND_STEP_ON, "new recovery codes")
    return _codes(services().directory.second_step.renew(who.user.id))


@blueprint.post("/app/off")
@for_everyone_inside
def switch_off() -> ResponseReturnValue:
    """Do without the app from now on, for who knows the password or has a code. All other sessions end."""
    who, directory = proof.person(), services().directory
    if demanded.of(who.user):
        return shown(wrong={"off": _DEMANDED})
    typed = request.form.get("proof", "")
    if not matches(typed, who.user.password) and not directory.second_step.take(who.user, typed):
        note_person(who.user, What.SIGN_IN_FAILED, "asked again")
        return shown(wrong={"off": _NEITHER})
    directory.second_step.end(who.user.id)
    directory.sessions.end_all(who.user.id, but=who.session.id)
    note_person(who.user, What.SECOND_STEP_OFF)
    return redirect(f"{PAGE}?done=off", 303)


def _to_read(user: User, wrong: Said | None = None) -> Response:
    secret = services().directory.second_step.begun(user) or ""
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    text = render_template("me_app.html", section="me", picture=qr_code(address(secret, user.address)), secret=spaced, wrong=wrong)
    return make_response(text, 422 if wrong else 200)


def _codes(made: list[str]) -> Response:
    return make_response(render_template("me_codes.html", section="me", codes=made))
