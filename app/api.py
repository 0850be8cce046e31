"""The JSON API, version 1: lists, one event, counts over time, frequent values, and exports."""

import time
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request

from app import columns, export, params, shown, spreadsheet
from app.intervals import SHORTEST, extent, suiting
from app.noting import note_event, note_export, note_search
from app.params import BadParameterError, Search
from app.services import services
from app.viewer import scope
from store.event import public, public_json
from store.events import INTERVALS, Bucket
from store.fields import FIELDS, Kind, named
from store.reasons import LANGUAGES, explain
from store.said import say

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_SEARCH: Final = ("q", "from", "to", "range", "type", "tz")
_MAX_BUCKETS: Final = 5_000
_AUTOMATIC_BUCKETS: Final = 200
_COUNTED: Final = (Kind.EXACT, Kind.ADDRESS, Kind.IP, Kind.INTEGER)
_ENCODER: Final = msgspec.json.Encoder()


@blueprint.get("/events")
def events() -> Response:
    """One page of the events that match, in order."""
    started = time.monotonic()
    search = _search("sort", "limit", "cursor")
    note_search(search.query.tree)
    results = services().store.search(search.query, scope(), search.page)
    return _json(
        {
            "total": results.total,
            "total_is_exact": results.total_is_exact,
            "partial": results.partial,
            "missing": results.missing,
            "read_as": search.read_as,
            "took_ms": round((time.monotonic() - started) * 1000),
            "events": [msgspec.Raw(public_json(event)) for event in results.events],
            "next": results.next,
        }
    )


@blueprint.get("/events/<path:event_id>")
def event(event_id: str) -> Response:
    """One event, the original record included, and its reason in words in every language."""
    params.once(request.args.lists(), ())
    found = services().store.get(event_id.rstrip("/"), scope())
    note_event(found)
    words = {language: explain(found.reason or found.type, language) for language in LANGUAGES}
    return _json(public(found) | ({"explanation": words} if all(words.values()) else {}))


@blueprint.get("/events.ndjson")
def events_ndjson() -> Response:
    """Every match as NDJSON; see `app.export.Ndjson` for its end line."""
    search = _search("sort", "columns")
    form = export.Ndjson(_columns())
    note_export("ndjson", search)
    return export.stream(search, form)


@blueprint.get("/events.csv")
def events_csv() -> Response:
    """Every match as CSV; see `app.export.Csv` for what `bom=1` and `excel=1` do."""
    search = _search("sort", "columns", "bom", "excel")
    bom, excel = (params.whole(name, request.args.get(name) or "0", 0, 1) == 1 for name in ("bom", "excel"))
    form = export.Csv(search.zone, _columns() or export.COLUMNS, bom, excel)
    note_export("csv", search)
    response = export.stream(search, form)
    response.headers["Content-Disposition"] = "attachment; filename=events.csv"
    return response


@blueprint.get("/events.xlsx")
def events_xlsx() -> Response:
    """Every match as a workbook; it is sent when it is whole, so that a part never looks like all."""
    search = _search("sort", "columns")
    shown_columns = _columns() or export.COLUMNS
    note_export("xlsx", search)
    return spreadsheet.answer(search, shown_columns)


@blueprint.get("/events/histogram")
def histogram() -> Response:
    """How many events of each type in each interval; intervals without events are left out."""
    search = _search("interval")
    span = extent(search.query)
    interval = _interval(request.args.get("interval"), span)
    buckets = services().store.histogram(search.query, scope(), interval, search.zone) if span else []
    return _json({"interval": interval, "zone": search.zone, "buckets": [_bucket(bucket, search.zone) for bucket in buckets]})


@blueprint.get("/events/top")
def top() -> Response:
    """The most frequent values of a field, with their counts."""
    search = _search("field", "limit")
    field = named(request.args.get("field", "").strip())
    if field is None or field.kind not in _COUNTED:
        names = params.listed(each.name for each in FIELDS if each.kind in _COUNTED)
        raise BadParameterError("field", say("field: name the field whose values are counted: %(names)s.", names=names))
    limit = params.limit(request.args.get("limit") or None, default=10)
    values = services().store.top(field.name, search.query, scope(), limit)
    return _json({"field": field.name, "values": [{"value": value, "count": count} for value, count in values]})


def _search(*more: str) -> Search:
    """The search that this request asks for; `more` are the parameters that its route knows beside those of every search."""
    return params.search(params.once(request.args.lists(), (*_SEARCH, *more)), chosen=request.args.getlist("type"))


def _columns() -> tuple[str, ...] | None:
    """The fields that an export is to have; None for all."""
    text = request.args.get("columns", "").strip()
    return columns.names(text) if text else None


def _interval(text: str | None, span: tuple[int, int] | None) -> str:
    """The interval asked for, where it does not give too many bars, or the shortest that gives a readable chart."""
    length = span[1] - span[0] if span else 0
    name = (text or "").strip()
    if not name:
        return suiting(length, _AUTOMATIC_BUCKETS)
    if name not in INTERVALS:
        raise BadParameterError("interval", say("interval: use %(names)s, or leave it out.", names=params.listed(INTERVALS)))
    if length / SHORTEST[name] > _MAX_BUCKETS:
        message = say(
            "interval: %(name)s gives more than %(most)s bars here. Use a longer one or a shorter range.", name=name, most=_MAX_BUCKETS
        )
        raise BadParameterError("interval", message)
    return name


def _bucket(bucket: Bucket, zone: str) -> dict[str, Any]:
    """One bar as JSON, its ends in the zone asked for."""
    ends = {"start": shown.iso_local(bucket.start, zone), "end": shown.iso_local(bucket.end, zone)}
    return ends | {"total": sum(bucket.counts.values()), "counts": bucket.counts}


def _json(data: dict[str, Any]) -> Response:
    """An answer in JSON; msgspec writes it several times faster than the standard library."""
    return Response(_ENCODER.encode(data), mimetype="application/json")
