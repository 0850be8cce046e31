"""Links that were given out once: the first operator, an invitation, a new password, the way into the demo."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.returning import START
from app.auth.rights import for_strangers
from app.auth.sign_in import begun
from app.errors import RefusedError
from app.noting import note_person
from app.services import services
from store.addresses import BadAddressError
from store.customers import CannotError, Role, User, What
from store.customers.links import Link
from store.errors import StoreError
from store.said import Said, say

blueprint = Blueprint("welcome", __name__)


@blueprint.get("/welcome/<secret>")
@for_strangers
def form(secret: str) -> ResponseReturnValue:
    """What the link is good for."""
    link = _link(secret)
    if link.purpose == "enter":
        return begun(_user(link), START, "link", whole=True)
    return _page(link)


@blueprint.post("/welcome/<secret>")
@for_strangers
def use(secret: str) -> ResponseReturnValue:
    """Set the password that was typed, use the link up, and sign in."""
    link = _link(secret)
    address, password = request.form.get("address", "").strip()[:320], request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _page(link, say("The two passwords are not the same."), address)
    try:
        user = _with_password(link, secret, address, password)
    except (CannotError, BadAddressError) as error:
        return _page(link, error.args[0], address)
    note_person(user, What.PASSWORD_SET, "link")
    return begun(user, START, "link", whole=not user.secret)


def _with_password(link: Link, secret: str, address: str, password: str) -> User:
    """The user, made where it is the first operator; nothing is made for a password that is not taken."""
    users, sessions = services().directory.users, services().directory.sessions
    if link.purpose == "first":
        user = users.add(address, Role.OPERATOR, None)
        try:
            user = users.set_password(user.id, password)
        except StoreError:
            users.remove(user.id)
            raise
    else:
        user = users.set_password(link.user, password)
        sessions.end_all(user.id)  # whoever may have known the old one
    services().directory.links.use(secret)
    return user


def _link(secret: str) -> Link:
    found = services().directory.links.get(secret)
    if found is None:
        raise RefusedError(
            404,
            "link_over",
            say("This link was used before, or is over. Ask for a new one: an administrator of your organisation makes it."),
        )
    return found


def _user(link: Link) -> User:
    found = services().directory.users.get(link.user)
    if found is None:
        raise RefusedError(404, "link_over", say("The user that this link is for is not there any more."))
    return found


def _page(link: Link, wrong: Said | None = None, address: str = "") -> Response:
    user = _user(link) if link.user else None
    shown = {"first": link.purpose == "first", "address": user.address if user else address, "wrong": wrong}
    return make_response(render_template("welcome.html", **shown), 422 if wrong else 200)
