"""The page of the audit trail: newest first, by person, by kind and by time; and its export."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app import params
from app.auth.rights import needs
from app.errors import problem_of
from app.noting import note
from app.params import BadParameterError
from app.people import audit_export
from app.people.whose import whose
from app.services import services
from app.streaming import Form
from app.zone import zone
from store.customers import What
from store.customers.roles import Right
from store.customers.trail import Entry, Sought
from store.errors import BadCursorError
from store.said import say

blueprint = Blueprint("audit", __name__, url_prefix="/configuration")

_PAGE: Final = "/configuration/audit"
_FILTERS: Final = ("about", "who", "what", "from", "to")


@blueprint.get("/audit")
@needs(Right.MANAGE)
def page() -> ResponseReturnValue:
    """A page of it; what is wrong with a filter is said above the form, with what was typed."""
    values = {name: value.strip()[:400] for name, value in request.args.items() if name in _FILTERS and value.strip()}
    try:
        arguments = params.once(request.args.lists(), (*_FILTERS, "cursor"))
        trail = services().directory.audit.page(whose(), sought(arguments, zone()), cursor=arguments.get("cursor"))
    except (BadParameterError, BadCursorError) as error:
        return _shown(values, wrong=problem_of(error)[1].message), 400
    following = f"{_PAGE}?{urlencode([*values.items(), ('cursor', trail.next)])}" if trail.next else None
    return _shown(values, entries=trail.entries, following=following, begun="cursor" not in arguments)


@blueprint.get("/audit.csv")
@needs(Right.MANAGE)
def csv() -> Response:
    """All that is sought as CSV; `excel=1` is for Excel with Dutch settings."""
    arguments = params.once(request.args.lists(), (*_FILTERS, "excel"))
    excel = params.whole("excel", arguments.get("excel", "0"), 0, 1) == 1
    return _exported(arguments, audit_export.Csv(";" if excel else ",", bom=excel), "audit.csv")


@blueprint.get("/audit.ndjson")
@needs(Right.MANAGE)
def ndjson() -> Response:
    """All that is sought, one entry a line."""
    return _exported(params.once(request.args.lists(), _FILTERS), audit_export.Ndjson(), "audit.ndjson")


def sought(arguments: Mapping[str, str], place: str) -> Sought:
    """What the filters ask for, with dates in a time zone. Raises `BadParameterError`."""
    what = arguments.get("what", "").strip()
    if what and what not in set(What):
        raise BadParameterError("what", say("what: use %(names)s, or leave it out.", names=params.listed(sorted(What))))
    start, end = params.period(arguments.get("from"), arguments.get("to"), None, place)
    return Sought(arguments.get("about", ""), arguments.get("who", ""), frozenset({what} if what else ()), start, end)


def _exported(arguments: Mapping[str, str], form: Form[Entry], name: str) -> Response:
    entries = services().directory.audit.every(whose(), sought(arguments, zone()))
    response = audit_export.stream(entries, form)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    note(What.EXPORTED_AUDIT, arguments.get("about", ""))
    return response


def _shown(values: Mapping[str, str], **more: Any) -> str:  # noqa: ANN401 - what the template shows
    exports = {form: f"{_PAGE}.{form}{'?' if values else ''}{urlencode(list(values.items()))}" for form in ("csv", "ndjson")}
    return render_template("audit.html", tab="audit", values=values, kinds=list(What), exports=exports, **more)
