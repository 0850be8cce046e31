"""The pages for signing in and out: a password, then a code where the user has an authenticator app."""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth import cookie, known_browser
from app.auth.returning import wanted
from app.auth.rights import for_strangers
from app.language import gettext
from app.noting import note_person
from app.services import services
from store.customers import User, What
from store.customers.passwords import matches
from store.said import Said, say

blueprint = Blueprint("sign-in", __name__)

_WRONG = say("The address or the password is not right.")
_WRONG_CODE = say("This code is not right, or was used before. Wait for the next one, or use a recovery code.")
_LOST = say("The key of this portal has changed, so codes of your app cannot be checked. Use a recovery code, or ask your administrator.")


@blueprint.get("/sign-in")
@for_strangers
def form() -> ResponseReturnValue:
    """The form."""
    return form_page(next=wanted(request.args.get("next", "")))


@blueprint.post("/sign-in")
@for_strangers
def sign_in() -> ResponseReturnValue:
    """Take a password; who has a second step is asked for that next."""
    after = wanted(request.form.get("next", ""))
    address, password = request.form.get("address", "").strip(), request.form.get("password", "")
    user = services().directory.users.named(address)
    right = matches(password, user.password if user is not None else "")
    if user is None or not right or user.disabled:
        if user is not None:  # what strangers type is not kept: it may be a password in the wrong field
            note_person(user, What.SIGN_IN_FAILED, "password")
        return form_page(_WRONG, status=422, next=after, address=address[:320])
    return begun(user, after, "password", whole=not user.secret)


@blueprint.get("/sign-in/code")
@for_strangers
def code_form() -> ResponseReturnValue:
    """The form of the second step, for who has taken the first."""
    if _half_way() is None:
        return redirect("/sign-in", 303)
    return form_page(next=wanted(request.args.get("next", "")), template="sign_in_code.html")


@blueprint.post("/sign-in/code")
@for_strangers
def code() -> ResponseReturnValue:
    """Take a code of the app or a recovery code. The session that was half way ends, and a whole one begins."""
    after, user = wanted(request.form.get("next", "")), _half_way()
    if user is None:
        return redirect("/sign-in", 303)
    second = services().directory.second_step
    if not second.take(user, request.form.get("code", "")):
        note_person(user, What.SIGN_IN_FAILED, "code")
        return form_page(_WRONG_CODE if second.readable(user) else _LOST, status=422, next=after, template="sign_in_code.html")
    return begun(user, after, "password and code", whole=True)


@blueprint.post("/sign-out")
@for_strangers
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    if (user := _end()) is not None:
        note_person(user, What.SIGNED_OUT)
    answer = redirect("/sign-in", 303)
    cookie.take(answer)
    return answer


def begun(user: User, after: str, way: str, *, whole: bool) -> ResponseReturnValue:
    """A new session for this browser, in place of what it had, and the way on. `way` is what the audit trail has for how."""
    _end()
    if whole:
        services().directory.users.note_sign_in(user.id)
        note_person(user, What.SIGNED_IN, way)
    session = services().directory.sessions.begin(user.id, request.user_agent.string, whole=whole)
    answer = redirect(after if whole else f"/sign-in/code?{urlencode({'next': after})}", 303)
    cookie.give(answer, session)
    if whole:
        known_browser.remember(answer, user.address)
    return answer


def _half_way() -> User | None:
    secret = cookie.secret()
    found = None if secret is None else services().directory.by_session(secret)
    return None if found is None or found.session.whole else found.user


def _end() -> User | None:
    """End the session of this browser, where it has one: whose it was."""
    secret = cookie.secret()
    found = None if secret is None else services().directory.by_session(secret)
    if found is None:
        return None
    services().directory.sessions.end(found.session.id, found.user.id)
    return found.user


def form_page(wrong: Said | None = None, *, status: int = 200, template: str = "sign_in.html", **shown: str) -> Response:
    """One of the forms, with what is wrong."""
    settings = services().settings
    name = (settings.oidc_name or gettext("your organisation")) if settings.oidc_issuer else ""
    return make_response(render_template(template, wrong=wrong, provider=name, mails=settings.smtp_url is not None, **shown), status)
