"""The addresses of the API: what each takes, what it answers, and which errors it has."""

from collections.abc import Sequence
from typing import Any, Final

from app import params
from app.accounts.listing import FILTERS, SORTS
from app.openapi.shapes import TEXT, WHOLE, Schema, ref
from store.events import INTERVALS, MAX_LIMIT
from store.fields import FIELDS

Operation = dict[str, Any]

_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_SWITCH: Final[Schema] = {"enum": ["0", "1"]}
_SORTS: Final = [sign + field.name for field in FIELDS if field.sortable for sign in ("", "-")]
_REQUEST_ID: Final = {"X-Request-Id": {"description": "The id of this request, as in the log.", "schema": TEXT}}
_ERRORS: Final = {
    "400": "A parameter or the query cannot be read, or the host is not one of the portal's names.",
    "401": "The token is missing or wrong.",
    "403": "Not allowed, or sent by a page of another site.",
    "404": "Not there, or not for this reader: the two look the same.",
    "408": "The body did not come whole.",
    "411": "The body has no Content-Length.",
    "412": "If-Match is not an entity tag of an account.",
    "413": "The body is too large.",
    "414": "The address is too long.",
    "415": "The body is not of a type that is taken here.",
    "422": "The body cannot be read, or what it says cannot be kept.",
    "503": "What this needs is away or busy; Retry-After says when to try again.",
}
_READING: Final = ("400", "401", "403", "414", "503")
_CHANGING: Final = (*_READING, "408", "411", "413")
_Q: Final = ("q", TEXT, "The query, as in the search box; nothing is everything.")
_SEARCH: Final = (
    _Q,
    ("from", TEXT, "From this date or time on: 2024-11-01, 2024-11, 2024-11-01T12:00."),
    ("to", TEXT, "Up to this date or time, the whole of it included."),
    ("range", TEXT, "In place of from and to, a span up to now: 15m, 24h, 7d."),
    ("type", {"type": "array", "items": TEXT}, "Only events of these types."),
    ("tz", TEXT, "The time zone of dates: Europe/Amsterdam. UTC unless given."),
)
_SORT: Final = ("sort", {"enum": _SORTS}, "The order; with - before the field descending.")
_LIMIT: Final = ("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}, f"How many rows; {params.DEFAULT_LIMIT} unless given.")
_CURSOR: Final = ("cursor", TEXT, "The next of the page before.")
_COLUMNS: Final = ("columns", TEXT, "Only these fields, in this order, with commas between.")
_EXCEL: Final = ("excel", _SWITCH, "1: as Excel with Dutch settings reads it.")
_VERSION: Final = ("version", WHOLE, "Only if the account is still of this version.")
_IF_MATCH: Final = {"name": "If-Match", "in": "header", "schema": TEXT, "description": "In place of version: the account's ETag."}
Parameter = tuple[str, Schema, str]


def paths() -> dict[str, dict[str, Operation]]:
    """Every address with its methods."""
    return _events() | _accounts() | _state()


def _events() -> dict[str, dict[str, Operation]]:
    sending = _operation("Keep events, one JSON object a line.", ref("Taken"), (), errors=(*_CHANGING, "415"))
    sending["requestBody"] = {"required": True, "content": {_NDJSON: {"schema": TEXT}}}
    return {
        "/api/v1/events": {
            "get": _operation("One page of the events that match.", ref("Events"), (*_SEARCH, _SORT, _LIMIT, _CURSOR)),
            "post": sending,
        },
        "/api/v1/events/{id}": {"get": _operation("One event.", ref("ExplainedEvent"), (), ("id",), errors=(*_READING, "404"))},
        "/api/v1/events/histogram": {
            "get": _operation(
                "Events of each type over time.",
                ref("Histogram"),
                (*_SEARCH, ("interval", {"enum": list(INTERVALS)}, "The length of a bucket.")),
            )
        },
        "/api/v1/events/top": {
            "get": _operation("The most frequent values of a field.", ref("Top"), (*_SEARCH, ("field", TEXT, "The field."), _LIMIT))
        },
        "/api/v1/events.ndjson": {"get": _operation("Every match, with an end line.", TEXT, (*_SEARCH, _SORT, _COLUMNS), kind=_NDJSON)},
        "/api/v1/events.csv": {
            "get": _operation(
                "Every match as CSV, with an end line.",
                TEXT,
                (*_SEARCH, _SORT, _COLUMNS, ("bom", _SWITCH, "1: begin with a byte order mark."), _EXCEL),
                kind="text/csv",
            )
        },
        "/api/v1/events.xlsx": {
            "get": _operation(
                "Every match as a workbook.",
                {"type": "string", "contentMediaType": "application/octet-stream"},
                (*_SEARCH, _SORT, _COLUMNS),
                kind="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            )
        },
    }


def _accounts() -> dict[str, dict[str, Operation]]:
    one = ("address",)
    found = ("q", TEXT, "Any part of the address.")
    narrowed = ("filter", {"enum": list(FILTERS)}, "Only those.")
    putting = _operation("Give an account a number.", ref("Account"), (), one, errors=(*_CHANGING, "404", "412", "415", "422"))
    putting["requestBody"] = {"required": True, "content": {_JSON: {"schema": ref("Put")}}}
    putting["responses"]["201"] = putting["responses"]["200"] | {"description": "The account was made."}
    putting["parameters"].append(_IF_MATCH)
    deleting = _operation("Remove an account and its number.", ref("Account"), (_VERSION,), one, errors=(*_CHANGING, "404", "412", "422"))
    deleting["parameters"].append(_IF_MATCH)
    restoring = _operation("Undo a deletion of the last 30 days.", ref("Account"), (), one, errors=(*_CHANGING, "404", "422"))
    for each in (putting, deleting, restoring):
        each["responses"]["409"] = _answer("Changed meanwhile; with the account as it is now.", _JSON, ref("Conflict"))
    return {
        "/api/v1/accounts": {
            "get": _operation(
                "One page of accounts.", ref("Accounts"), (found, ("sort", {"enum": list(SORTS)}, "The order."), narrowed, _LIMIT, _CURSOR)
            )
        },
        "/api/v1/accounts/{address}": {
            "get": _operation("One account.", ref("Account"), (), one, errors=(*_READING, "404")),
            "put": putting,
            "delete": deleting,
        },
        "/api/v1/accounts/{address}/restore": {"post": restoring},
        "/api/v1/accounts.csv": {"get": _operation("Every account with its number.", TEXT, (_EXCEL,), kind="text/csv")},
    }


def _state() -> dict[str, dict[str, Operation]]:
    figures = _operation("Figures for Prometheus.", TEXT, (), errors=("400", "401", "404", "414"), kind="text/plain")
    figures["security"] = [{"metrics": []}]
    ready = _operation("Each part and its state.", ref("Ready"), (), errors=("400", "414"))
    ready["security"] = []
    ready["responses"]["503"] = _answer("Events are away.", _JSON, ref("Ready"))
    return {
        "/api/v1/openapi.json": {"get": _operation("This document.", {"type": "object"}, ())},
        "/healthz": {"get": _operation("Whether the process answers.", ref("Alive"), (), errors=("414",)) | {"security": []}},
        "/readyz": {"get": ready},
        "/metrics": {"get": figures},
    }


def _operation(  # noqa: PLR0913 - what an operation is made of, all but four by name
    summary: str,
    answer: Schema,
    asked: Sequence[Parameter],
    within: Sequence[str] = (),
    *,
    errors: Sequence[str] = _READING,
    kind: str = _JSON,
) -> Operation:
    """One method of one address: `asked` in the query, `within` in the path."""
    path = [{"name": name, "in": "path", "required": True, "schema": TEXT | {"minLength": 1}} for name in within]
    query = [{"name": name, "in": "query", "schema": schema, "description": text} for name, schema, text in asked]
    responses = {"200": _answer("As asked.", kind, answer)}
    responses |= {status: _answer(_ERRORS[status], _JSON, ref("Error")) for status in errors}
    return {"summary": summary, "parameters": [*path, *query], "responses": responses}


def _answer(description: str, kind: str, schema: Schema) -> Schema:
    return {"description": description, "headers": _REQUEST_ID, "content": {kind: {"schema": schema}}}
