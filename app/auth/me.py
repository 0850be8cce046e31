"""The page about oneself: who one is to the portal, the password, and the browsers in which one has signed in."""

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth import cookie, demanded, proof
from app.auth.browsers import in_words
from app.auth.rights import for_everyone_inside
from app.noting import note_person
from app.services import services
from store.customers import CannotError, What
from store.said import Said, say

blueprint = Blueprint("me", __name__, url_prefix="/configuration/me")

PAGE: Final = "/configuration/me"
_DONE: Final = {
    "password": say("Your password is changed. Everywhere else you are signed out."),
    "ended": say("That session has ended."),
    "off": say("The app is switched off: your password is enough from now on. Everywhere else you are signed out."),
}
_SHOWN: Final = 50  # sessions


@blueprint.get("")
def page() -> ResponseReturnValue:
    """The page; `done` says what was done before it."""
    return shown(done=_DONE.get(request.args.get("done", "")))


@blueprint.post("/password")
@for_everyone_inside
def change_password() -> ResponseReturnValue:
    """Take a new password from who knows the old one; all their other sessions end."""
    who, password = proof.person(), request.form.get("password", "")
    directory = services().directory
    if (why := proof.wrong("old") if who.user.password else proof.lacking()) is not None:
        return shown(wrong={"old": why})
    if password != request.form.get("again", ""):
        return shown(wrong={"password": say("The two passwords are not the same.")})
    try:
        directory.users.set_password(who.user.id, password, (who.customer.name,) if who.customer else ())
    except CannotError as error:
        return shown(wrong={"password": error.message})
    directory.sessions.end_all(who.user.id, but=who.session.id)
    directory.links.end_all(who.user.id)
    note_person(who.user, What.PASSWORD_SET)
    return redirect(f"{PAGE}?done=password", 303)


@blueprint.post("/sessions/<session>/end")
@for_everyone_inside
def end(session: str) -> ResponseReturnValue:
    """End one session of one's own; of this browser's it is signing out."""
    who = proof.person()
    if services().directory.sessions.end(session, who.user.id):
        note_person(who.user, What.SESSION_ENDED)
    return _signed_out() if session == who.session.id else redirect(f"{PAGE}?done=ended", 303)


@blueprint.post("/sessions/end")
@for_everyone_inside
def end_all() -> ResponseReturnValue:
    """Sign out everywhere, here as well."""
    who = proof.person()
    services().directory.sessions.end_all(who.user.id)
    note_person(who.user, What.SESSION_ENDED, "all")
    return _signed_out()


@blueprint.get("/<path:_below>")
def back(_below: str) -> ResponseReturnValue:
    """Where a form was sent there is no page by itself: who loads it again, or changes the language there, gets the whole one."""
    return redirect(PAGE, 303)


def shown(*, done: Said | None = None, wrong: dict[str, Said] | None = None) -> Response:
    """The page, with what was done or, by field, what is wrong (422)."""
    who, directory = proof.person(), services().directory
    sessions = directory.sessions.used(who.user.id)
    text = render_template(
        "me.html",
        section="me",
        who_is=who,
        sessions=[(each, in_words(each.agent), used) for each, used in sessions[:_SHOWN]],
        sessions_left_out=max(0, len(sessions) - _SHOWN),
        ask_password=proof.asked(),
        app_works=directory.second_step.readable(who.user),
        app_demanded=demanded.of(who.user),
        done=done,
        wrong=wrong or {},
    )
    return make_response(text, 422 if wrong else 200)


def _signed_out() -> ResponseReturnValue:
    answer = redirect("/sign-in", 303)
    cookie.take(answer)
    return answer
