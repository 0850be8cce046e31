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
from store.customers.passwords import refusal
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
    """The user with this password, made where it is the first operator. A password or an address that is not taken uses no link up."""
    directory = services().directory
    of = directory.users.free(address) if link.purpose == "first" else _user(link).address
    if (why := refusal(password, (of,))) is not None:
        raise CannotError(why, "password")
    if not directory.links.use(secret):  # somebody was quicker
        raise _over()
    if link.purpose == "first":
        return directory.users.add(of, Role.OPERATOR, None, password)
    user = directory.users.set_password(link.user, password)
    directory.sessions.end_all(user.id)  # whoever may have known the old one
    directory.links.end_all(user.id)  # or has an older link
    return user


def _link(secret: str) -> Link:
    """What the link is for; that for the first operator is over once there is one."""
    directory = services().directory
    found = directory.links.get(secret)
    if found is None or (found.purpose == "first" and directory.users.every(None)):
        raise _over()
    return found


def _over() -> RefusedError:
    message = say("This link was used before, or is over. Ask for a new one: an administrator of your organisation makes it.")
    return RefusedError(404, "link_over", message)


def _user(link: Link) -> User:
    found = services().directory.users.get(link.user)
    if found is None:
        raise RefusedError(404, "link_over", say("The user that this link is for is not there any more."))
    return found


def _page(link: Link, wrong: Said | None = None, address: str = "") -> Response:
    user = _user(link) if link.user else None
    shown = {"first": link.purpose == "first", "address": user.address if user else address, "wrong": wrong}
    return make_response(render_template("welcome.html", **shown), 422 if wrong else 200)
