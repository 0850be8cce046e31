"""Accounts in the JSON API: the list, one account, its number changed or removed, and the export."""

import time
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request

from app import params
from app.accounts.export import stream
from app.accounts.listing import wanted
from app.errors import RefusedError, body, problem_of
from app.noting import note
from app.services import services
from app.viewer import actor, scope
from store.accounts import Account, State
from store.addresses import normalised
from store.customers import What
from store.errors import AbsentError, ConflictError
from store.event import iso
from store.phones import BadNumberError, Number, read
from store.said import say

blueprint = Blueprint("accounts_api", __name__, url_prefix="/api/v1")

_TIMES: Final = ("first_mail", "last_mail", "last_bounce", "changed_at", "returned", "deleted")
_MAX_VERSION: Final = 10**9
_ENCODER: Final = msgspec.json.Encoder()


class Put(msgspec.Struct, forbid_unknown_fields=True):
    """What a program wants an account to be. `version` is what it read, None: there is no account yet. `confirm`: also with doubts."""

    phone: str | None
    version: int | None = None
    state: State | None = None
    why: str = ""
    identity: str = ""
    confirm: bool = False


@blueprint.get("/accounts")
def accounts() -> Response:
    """One page of the accounts whose address contains q."""
    started = time.monotonic()
    arguments = params.once(request.args.lists(), ("q", "sort", "filter", "limit", "cursor"))
    listed = services().accounts.find(wanted(arguments, params.limit(arguments.get("limit"))), scope())
    return _json(
        {
            "total": listed.total,
            "total_is_exact": listed.total_is_exact,
            "took_ms": round((time.monotonic() - started) * 1000),
            "accounts": [public(each) for each in listed.accounts],
            "next": listed.next,
        }
    )


@blueprint.get("/accounts/<address:address>")
def account(address: str) -> Response:
    """One account; its history keeps that somebody looked at the number."""
    params.once(request.args.lists(), ())
    found = services().accounts.get(address, scope())
    if found is None:
        raise AbsentError
    if found.phone:
        services().accounts.looked(address, scope(), by=actor())
    note(What.SAW_NUMBER if found.phone else What.SAW_ACCOUNT, found.address)
    return _tagged(found)


@blueprint.put("/accounts/<address:address>")
def put(address: str) -> Response:
    """Give an account a number, or with null none; 201 where it was made. Conflicts (409) come with the account as it is now."""
    params.once(request.args.lists(), ())
    key = normalised(address)
    asked = _asked()
    number = None if asked.phone is None else read(asked.phone)
    version = _if_match() if "If-Match" in request.headers else asked.version
    if number is not None:
        _refuse_doubtful(number, key, confirmed=asked.confirm)
    try:
        kept = services().accounts.put(
            key,
            scope(),
            phone=number.e164 if number else None,
            state=asked.state,
            by=actor(),
            why=asked.why,
            identity=asked.identity,
            version=version,
        )
    except ConflictError as error:
        return _conflict(error)
    note(What.CHANGED_ACCOUNT, key)
    return _tagged(kept, 201 if version is None else 200)


@blueprint.delete("/accounts/<address:address>")
def delete(address: str) -> Response:
    """Remove an account and its number; for 30 days that can be undone. `version` or If-Match: only if it is still that."""
    arguments = params.once(request.args.lists(), ("version",))
    version = params.whole("version", arguments["version"], 0, _MAX_VERSION) if "version" in arguments else None
    version = _if_match() if "If-Match" in request.headers else version
    try:
        gone = services().accounts.delete(address, scope(), by=actor(), version=version)
    except ConflictError as error:
        return _conflict(error)
    note(What.DELETED_ACCOUNT, gone.address)
    return _json(public(gone))


@blueprint.post("/accounts/<address:address>/restore")
def restore(address: str) -> Response:
    """Undo a deletion of the last 30 days."""
    try:
        back = services().accounts.restore(address, scope(), by=actor())
    except ConflictError as error:
        return _conflict(error)
    note(What.CHANGED_ACCOUNT, back.address, "deletion undone")
    return _tagged(back)


@blueprint.get("/accounts.csv")
def accounts_csv() -> Response:
    """Every account with its number; see `app.accounts.export` for what `excel=1` does."""
    arguments = params.once(request.args.lists(), ("excel",))
    return stream(excel=params.whole("excel", arguments.get("excel", "0"), 0, 1) == 1)


def public(account: Account) -> dict[str, Any]:
    """An account as JSON: what it does not have is null, times are in ISO 8601; `deleted` stands only where it is."""
    found: dict[str, Any] = {name: getattr(account, name) for name in Account.__dataclass_fields__}
    found |= {name: iso(at) for name in _TIMES if (at := found[name]) is not None}
    if account.deleted is None:
        found.pop("deleted")
    return found


def _asked() -> Put:
    """The body of a change. Raises `RefusedError` for what is not JSON of that shape."""
    if request.mimetype != "application/json":
        raise RefusedError(415, "not_json", say("Send JSON, with Content-Type: application/json."))
    try:
        return msgspec.json.decode(request.get_data(), type=Put)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = say("The body cannot be read: %(why)s. Send an object with phone and version.", why=str(error)[:200])
        raise RefusedError(422, "bad_body", message) from error


def _if_match() -> int | None:
    """The version that If-Match names as its entity tag (RFC 9110 section 13.1.1). Raises `RefusedError` for any other tag."""
    tag = request.headers["If-Match"].strip()
    digits = tag.strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and tag == f'"{digits}"'):  # noqa: PLR2004 - as `_MAX_VERSION`
        raise RefusedError(412, "bad_tag", say('If-Match is not an ETag of an account. Send it as it was given, such as "3".'))
    return int(digits)


def _refuse_doubtful(number: Number, key: str, *, confirmed: bool) -> None:
    """Raises `BadNumberError` for a number that no text message reaches, unless it is confirmed or the account has it already."""
    if number.sms_doubt is None or confirmed:
        return
    found = services().accounts.get(key, scope())
    if found is None or found.phone != number.e164:
        raise BadNumberError("doubtful", say('%(doubt)s Send "confirm": true to keep it all the same.', doubt=number.sms_doubt))


def _tagged(account: Account, status: int = 200) -> Response:
    answer = _json(public(account), status)
    answer.set_etag(str(account.version))
    return answer


def _conflict(error: ConflictError) -> Response:
    """The error in its one shape, and beside it the account as it is now."""
    status, problem = problem_of(error)
    return _json({**body(problem), "current": public(error.current)}, status)


def _json(data: dict[str, Any], status: int = 200) -> Response:
    return Response(_ENCODER.encode(data), status, mimetype="application/json")
