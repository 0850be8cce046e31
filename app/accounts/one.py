"""One account: its page, its form in the list, and what is done with it."""

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import fragments, params
from app.accounts.links import account_page
from app.accounts.saving import Form, RefusedFormError, save, typed
from app.accounts.sought import sought
from app.auth.rights import for_everyone_inside
from app.links import Links, term
from app.noting import note
from app.services import services
from app.viewer import actor, scope
from store.accounts import Account
from store.addresses import BadAddressError, normalised
from store.customers import What
from store.errors import AbandonedError, AbsentError, ConflictError, StoreUnavailableError
from store.events import Page, Query, Results, Sort
from store.query import parse

blueprint = Blueprint("account", __name__)

_EVENTS: Final = 10  # the last ones that the page of an account shows
_MOST_VERSION: Final = 10**9


@blueprint.get("/accounts/<address:address>")
def account(address: str) -> ResponseReturnValue:
    """The page of an account; with `edit` its form is open. Asked by htmx it is a row of the list, with `edit` as a form."""
    arguments = params.once(request.args.lists(), ("edit", "q", "focus"))
    key = _key(address)
    found = services().accounts.get(key, scope())
    form = Form(key, found) if arguments.get("edit") else None
    if found is not None:
        note(What.SAW_ACCOUNT, key)
    if not fragments.wanted():
        return _page(key, found, form)
    if found is None:  # somebody deleted it since the list was made
        return _gone_row(_deleted(key))
    return _form_row(form) if form else _row(found, focus="focus" in arguments)


@blueprint.post("/accounts/<address:address>")
def change(address: str) -> ResponseReturnValue:
    """Keep what was typed into the form; what is wrong is shown at the field (422), what others changed meanwhile above it (409)."""
    key = _key(address)
    found = services().accounts.get(key, scope())
    form = typed(key, found, request.form)
    try:
        saved = save(form, _version(request.form.get("version", "")))
    except RefusedFormError as refused:
        if fragments.wanted():
            return _form_row(refused.form), refused.status
        return _page(key, refused.form.account, refused.form), refused.status
    note(What.CHANGED_ACCOUNT, key)
    return _row(saved, focus=True) if fragments.wanted() else redirect(account_page(key), 303)


@blueprint.post("/accounts/<address:address>/delete")
def delete(address: str) -> ResponseReturnValue:
    """Remove address and number at once; the row says so and offers to undo it. Changed meanwhile: it stays, and is shown as it is.

    Deleted by somebody else meanwhile: that is shown likewise.
    """
    key = _key(address)
    try:
        gone = services().accounts.delete(key, scope(), by=actor(), version=_version(request.form.get("version", "")))
    except ConflictError as error:
        if fragments.wanted():
            return _row(_there(error.current), meanwhile=True), 409
        return _page(key, error.current, None, meanwhile=True), 409
    except AbsentError:
        gone = _deleted(key)
    else:
        note(What.DELETED_ACCOUNT, key)
    return _gone_row(gone) if fragments.wanted() else redirect(account_page(key), 303)


@blueprint.post("/accounts/<address:address>/restore")
def restore(address: str) -> ResponseReturnValue:
    """Undo a deletion of the last 30 days."""
    key = _key(address)
    try:
        back = services().accounts.restore(key, scope(), by=actor())
    except ConflictError as error:
        if fragments.wanted():
            return _row(_there(error.current), meanwhile=True), 409
        return _page(key, error.current, None, meanwhile=True), 409
    note(What.CHANGED_ACCOUNT, key, "deletion undone")
    return _row(back, focus=True) if fragments.wanted() else redirect(account_page(key), 303)


@blueprint.post("/accounts/<address:address>/number")
@for_everyone_inside
def number(address: str) -> ResponseReturnValue:
    """The page with the whole number in sight, which the history of the account keeps."""
    key = _key(address)
    found = _there(services().accounts.get(key, scope()))
    services().accounts.looked(key, scope(), by=actor())
    note(What.SAW_NUMBER, key)
    return _page(key, found, None, whole=True)


def _key(address: str) -> str:
    """The one form of an address in a URL; what is no address is an account that is not there."""
    try:
        return normalised(address)
    except BadAddressError as error:
        raise AbsentError(address) from error


def _there(found: Account | None) -> Account:
    if found is None:
        raise AbsentError
    return found


def _deleted(key: str) -> Account:
    """What was deleted and can be restored. Raises `AbsentError`."""
    return _there(services().accounts.deleted(key, scope()))


def _version(text: str) -> int | None:
    return params.whole("version", text, 0, _MOST_VERSION) if text else None


def _q() -> str:
    """What the list was searched for, so that a row that comes anew is marked as the others are."""
    return sought(request.values.get("q", "")[:300])


def _row(account: Account, *, focus: bool = False, meanwhile: bool = False) -> str:
    return fragments.block("accounts.html", "row", account=account, q=_q(), focus=focus or meanwhile, meanwhile=meanwhile)


def _gone_row(gone: Account) -> str:
    return fragments.block("accounts.html", "gone", account=gone, q=_q())


def _form_row(form: Form) -> str:
    return fragments.block("accounts.html", "form", form=form, q=_q())


def _page(key: str, found: Account | None, form: Form | None, *, whole: bool = False, meanwhile: bool = False) -> str:
    """An account on a page of its own; one that was deleted shows that for 30 days. Raises `AbsentError` where there is none."""
    gone = services().accounts.deleted(key, scope()) if found is None else None
    if found is None and gone is None and form is None:
        raise AbsentError
    context: dict[str, Any] = {
        "address": key,
        "account": found,
        "gone": gone,
        "form": form,
        "whole": whole,
        "meanwhile": meanwhile,
        "history": services().accounts.history(key, scope()),
        "events_links": Links({}),
        "recipient": term("recipient", key),
    }
    return render_template("account.html", **context, events=_events(context["recipient"]))


def _events(query: str | None) -> Results | None:
    """The last events of a recipient; None where the events are away, which the page says in their place."""
    if query is None:
        return Results((), 0, None)
    try:
        return services().store.search(
            Query(parse(query, services().settings.timezone).tree), scope(), Page(Sort(descending=True), _EVENTS)
        )
    except AbandonedError:
        raise
    except StoreUnavailableError:
        return None
