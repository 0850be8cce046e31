"""The page of users: who may come in, with which role; inviting, changing, stopping and removing them."""

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.mailing import send_link
from app.auth.rights import needs
from app.noting import note
from app.people.whose import absent, me, seen, whose
from app.services import services
from store.addresses import BadAddressError
from store.customers import CannotError, Role, User, What
from store.customers.links import WEEK
from store.customers.roles import OF_USERS, Right
from store.errors import AbsentError
from store.said import Said, say

blueprint = Blueprint("users", __name__, url_prefix="/configuration/users")

_PAGE: Final = "/configuration/users"
_ABSENT: Final = say("There is no such user here. The list of users is at /configuration/users.")
_MEANWHILE: Final = say("Somebody changed this user meanwhile. This is how it stands now; do it again if you still want it.")
_DONE: Final = {"changed": say("The change is kept."), "restored": say("The user is back.")}


@blueprint.get("")
@needs(Right.MANAGE)
def page() -> ResponseReturnValue:
    """The list, and the form that invites somebody; `removed` offers to undo that."""
    gone = request.args.get("removed", "")
    user = services().directory.staff.removed(gone) if gone else None
    return _list(undo=user if user is not None and user.customer == whose() else None)


@blueprint.post("")
@needs(Right.MANAGE)
def invite() -> ResponseReturnValue:
    """Add a user, and show the link with which they choose a password."""
    address, role = request.form.get("address", "").strip()[:320], request.form.get("role", "")
    if role not in roles():
        return _list(wrong=say("Choose a role."), address=address)
    try:
        made = services().directory.users.add(address, Role(role), whose())
    except (CannotError, BadAddressError) as error:
        return _list(wrong=error.args[0], address=address, role=role)
    note(What.USER_ADDED, made.address, role)
    return _linked(made)


@blueprint.get("/<user>")
@needs(Right.MANAGE)
def one(user: str) -> ResponseReturnValue:
    """One user, with what can be done about them."""
    return _one(_there(user), done=_DONE.get(request.args.get("done", "")))


@blueprint.post("/<user>/role")
@needs(Right.MANAGE)
def set_role(user: str) -> ResponseReturnValue:
    """Give them another role."""
    found = _there(user)
    role = request.form.get("role", "")
    if role not in roles():
        return _one(found, wrong=say("Choose a role."))
    if request.form.get("seen") != version(found):
        return _one(found, wrong=_MEANWHILE, status=409)
    try:
        after = services().directory.staff.set_role(user, Role(role), me())
    except CannotError as error:
        return _one(_there(user), wrong=error.message)
    note(What.USER_CHANGED, after.address, f"{found.role} -> {after.role}")
    return redirect(f"{_PAGE}/{user}?done=changed", 303)


@blueprint.post("/<user>/stop")
@needs(Right.MANAGE)
def stop(user: str) -> ResponseReturnValue:
    """Keep them out, or with `allow` let them in again."""
    found, stopped = _there(user), not request.form.get("allow")
    if request.form.get("seen") != version(found):
        return _one(found, wrong=_MEANWHILE, status=409)
    try:
        after = services().directory.staff.set_stopped(user, stopped=stopped, by=me())
    except CannotError as error:
        return _one(_there(user), wrong=error.message)
    note(What.USER_CHANGED, after.address, "may not sign in" if stopped else "may sign in")
    return redirect(f"{_PAGE}/{user}?done=changed", 303)


@blueprint.post("/<user>/link")
@needs(Right.MANAGE)
def link(user: str) -> ResponseReturnValue:
    """A link with which they choose a new password; the old one works until then."""
    found = _there(user)
    note(What.USER_CHANGED, found.address, "link for a new password")
    return _linked(found)


@blueprint.post("/<user>/remove")
@needs(Right.MANAGE)
def remove(user: str) -> ResponseReturnValue:
    """Remove them; the list then offers to undo it."""
    found = _there(user)
    try:
        services().directory.staff.remove(user, me())
    except CannotError as error:
        return _one(found, wrong=error.message)
    note(What.USER_REMOVED, found.address)
    return redirect(f"{_PAGE}?removed={user}", 303)


@blueprint.post("/<user>/restore")
@needs(Right.MANAGE)
def restore(user: str) -> ResponseReturnValue:
    """Undo a removal of the last day."""
    staff = services().directory.staff
    gone = staff.removed(user)
    if gone is None or gone.customer != whose():
        raise absent(_ABSENT)
    try:
        staff.restore(user)
    except CannotError as error:
        return _list(wrong=error.message)
    note(What.USER_ADDED, gone.address, "removal undone")
    return redirect(f"{_PAGE}/{user}?done=restored", 303)


def roles() -> tuple[Role, ...]:
    """The roles that can be given here: those of a customer, or, where operators look at none, theirs."""
    return tuple(role for role in OF_USERS if (role is Role.OPERATOR) == (whose() is None))


def version(user: User) -> str:
    """What a form about a user was made from."""
    return seen(user.id, user.role, user.disabled)


def _there(user: str) -> User:
    """A user of the customer at hand. Raises `RefusedError` for anybody else, who looks absent."""
    found = services().directory.users.get(user)
    if found is None or found.customer != whose():
        raise absent(_ABSENT)
    return found


def _linked(user: User) -> Response:
    """The page with a new link for a user: it is shown once, or mailed, and never stands in an address or a log."""
    try:
        secret = services().directory.links.make("password", _there(user.id).id, life=WEEK)
    except AbsentError as error:
        raise absent(_ABSENT) from error
    link = f"{request.host_url}welcome/{secret}"
    sent = send_link(user, link, purpose="password" if user.password else "invitation")
    return make_response(render_template("user_link.html", tab="users", user=user, link=link, sent=sent))


def _list(*, wrong: Said | None = None, address: str = "", role: str = "", undo: User | None = None) -> Response:
    users = services().directory.users.every(whose())
    shown = {"users": users, "roles": roles(), "me": me(), "wrong": wrong, "address": address, "chosen": role, "undo": undo}
    return make_response(render_template("users.html", tab="users", **shown), 422 if wrong else 200)


def _one(user: User, *, wrong: Said | None = None, done: Said | None = None, status: int = 422) -> Response:
    shown = {"user": user, "roles": roles(), "me": me(), "seen": version(user), "wrong": wrong, "done": done}
    return make_response(render_template("user.html", tab="users", **shown), status if wrong else 200)
