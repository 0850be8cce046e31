"""The page of customers, for operators: whose mail is whose, what is usual for each, and whose things one looks at."""

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth import cookie
from app.auth.rights import needs
from app.errors import RefusedError
from app.noting import note
from app.params import BadParameterError
from app.people.customer_values import FIELDS, changed, differences
from app.people.whose import absent, seen
from app.services import services
from app.viewer import viewer
from store.customers import CannotError, Customer, What
from store.customers.roles import Right
from store.errors import AbsentError
from store.said import Said, say

blueprint = Blueprint("customers", __name__, url_prefix="/configuration")

_PAGE: Final = "/configuration/customers"
_ABSENT: Final = say("There is no such customer here. The list of customers is at /configuration/customers.")
_MEANWHILE: Final = say("Somebody changed this customer meanwhile. This is how it stands now; do it again if you still want it.")
_DONE: Final = {
    "added": say("The customer is added. Look at its things to invite its first administrator."),
    "changed": say("The change is kept."),
    "removed": say("The customer is removed, with its users and tokens. Its mail and accounts are seen by operators only."),
}


@blueprint.get("/customers")
@needs(Right.OPERATE)
def page() -> ResponseReturnValue:
    """The list, and the form that adds one."""
    return _list(done=_DONE.get(request.args.get("done", "")))


@blueprint.post("/customers")
@needs(Right.OPERATE)
def add() -> ResponseReturnValue:
    """Add a customer."""
    typed = _typed()
    try:
        made = services().directory.add_customer(typed["name"], tuple(typed["domains"].split()))
    except CannotError as error:
        return _list(wrong=error.message, typed=typed)
    note(What.CUSTOMER_ADDED, made.name, ", ".join(made.domains), customer=made.id)
    return redirect(f"{_PAGE}/{made.id}?done=added", 303)


@blueprint.get("/customers/<customer>")
@needs(Right.OPERATE)
def one(customer: str) -> ResponseReturnValue:
    """One customer."""
    return _one(_there(customer), done=_DONE.get(request.args.get("done", "")))


@blueprint.post("/customers/<customer>")
@needs(Right.OPERATE)
def change(customer: str) -> ResponseReturnValue:
    """Keep what was typed about a customer."""
    found, typed = _there(customer), _typed()
    if request.form.get("seen") != version(found):
        return _one(found, wrong=_MEANWHILE, status=409)
    try:
        after = services().directory.change_customer(customer, changed(typed))
    except (CannotError, BadParameterError) as error:
        return _one(found, typed=typed, wrong=error.message)
    except AbsentError as error:
        raise absent(_ABSENT) from error
    note(What.CUSTOMER_CHANGED, after.name, differences(found, after), customer=customer)
    return redirect(f"{_PAGE}/{customer}?done=changed", 303)


@blueprint.post("/customers/<customer>/remove")
@needs(Right.OPERATE)
def remove(customer: str) -> ResponseReturnValue:
    """Remove a customer; its name has to be typed, as there is no way back."""
    found = _there(customer)
    if request.form.get("confirm", "").strip().lower() != found.name.lower():
        return _one(found, wrong=say("Type the name of the customer to remove it: %(name)s.", name=found.name))
    try:
        services().directory.remove_customer(customer)
    except AbsentError as error:
        raise absent(_ABSENT) from error
    note(What.CUSTOMER_REMOVED, found.name, found.id)
    return redirect(f"{_PAGE}?done=removed", 303)


@blueprint.post("/customers/<customer>/look")
@needs(Right.OPERATE)
def look(customer: str) -> ResponseReturnValue:
    """From now on see what this customer sees: its events, accounts, users, tokens and trail."""
    _look_at(_there(customer).id)
    note(What.LOOKED_AT_CUSTOMER, _there(customer).name, customer=customer)
    return redirect("/events", 303)


@blueprint.post("/looking/stop")
@needs(Right.OPERATE)
def stop_looking() -> ResponseReturnValue:
    """See everything again."""
    _look_at(None)
    return redirect(_PAGE, 303)


def version(customer: Customer) -> str:
    """What a form about a customer was made from."""
    return seen(*(getattr(customer, name) for name in ("id", *FIELDS)))


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:60_000] for name in FIELDS}


def _there(customer: str) -> Customer:
    found = services().directory.by_id(customer)
    if found is None:
        raise absent(_ABSENT)
    return found


def _look_at(customer: str | None) -> None:
    secret = cookie.secret()
    if secret is None or viewer().identity is None:
        raise RefusedError(403, "forbidden", say("Sign in with a browser to look at one customer's things."))
    services().directory.sessions.change(secret, customer=customer)


def _list(*, wrong: Said | None = None, typed: dict[str, str] | None = None, done: Said | None = None) -> Response:
    directory = services().directory
    rows = [(each, len(directory.users.every(each.id)), len(directory.tokens.every(each.id))) for each in directory.customers()]
    text = render_template("customers.html", tab="customers", rows=rows, wrong=wrong, typed=typed or {}, done=done)
    return make_response(text, 422 if wrong else 200)


def _one(
    customer: Customer, *, typed: dict[str, str] | None = None, wrong: Said | None = None, done: Said | None = None, status: int = 422
) -> Response:
    kept = {name: getattr(customer, name) for name in FIELDS} | {
        "domains": "\n".join(customer.domains),
        "retention": customer.retention or "",
    }
    shown = {"customer": customer, "values": typed or kept, "seen": version(customer), "wrong": wrong, "done": done}
    return make_response(render_template("customer.html", tab="customers", **shown), status if wrong else 200)
