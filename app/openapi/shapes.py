"""The shapes of what the API takes and gives, as JSON Schema: events from the table of fields, accounts from their record."""

from typing import Any, Final

from app.accounts.api import Put
from app.errors import Problem
from indexer.bounds import BOUNDS, NUMBERS
from store.accounts import Account, State
from store.fields import FIELDS, Field, Kind

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_PLACE: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
_TIMES: Final = frozenset({"first_mail", "last_mail", "last_bounce", "changed_at", "returned", "deleted"})
_OF_KIND: Final[dict[Kind, Schema]] = {
    Kind.TIME: TIME,
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.FLAG: FLAG,
}


def ref(name: str) -> Schema:
    """A pointer to one of `shapes`."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(**members: Schema) -> Schema:
    """An object with these members and no others, all of them always there."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def listed(of: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": of}


def shapes() -> dict[str, Schema]:
    """Every shape by its name."""
    explanation = record(sentence=TEXT, next_step=TEXT, whose=TEXT)
    event = _event()
    explained = event | {"properties": event["properties"] | {"explanation": record(en=explanation, nl=explanation)}}
    page = {"total": WHOLE, "total_is_exact": FLAG, "took_ms": WHOLE}
    return {
        "Error": record(error=_error()),
        "Event": event,
        "ExplainedEvent": explained,
        "Events": record(**page, partial=FLAG, missing=listed(TEXT), read_as=MAYBE_TEXT, events=listed(ref("Event")), next=MAYBE_TEXT),
        "Taken": record(
            read=WHOLE,
            events=WHOLE,
            new=WHOLE,
            rejected=listed(record(line={"type": "integer", "minimum": 1}, reason=TEXT)),
            more_rejected=WHOLE,
        ),
        "Histogram": record(interval=TEXT, zone=TEXT, buckets=listed(ref("Bucket"))),
        "Bucket": record(start=TEXT, end=TEXT, total=WHOLE, counts={"type": "object", "additionalProperties": WHOLE}),
        "Top": record(field=TEXT, values=listed(record(value={"type": ["string", "integer"]}, count=WHOLE))),
        "Account": _account(),
        "Accounts": record(**page, accounts=listed(ref("Account")), next=MAYBE_TEXT),
        "Conflict": record(error=_error(), current=ref("Account")),
        "Put": _put(),
        "Alive": record(status={"const": "ok"}),
        "Ready": record(
            status={"enum": ["ok", "degraded", "unavailable"]},
            parts={
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {"ok": FLAG, "detail": TEXT, "work": TEXT},
                    "required": ["ok", "detail"],
                },
            },
        ),
    }


def _error() -> Schema:
    members = {name: _MAYBE_PLACE if name in {"position", "end"} else MAYBE_TEXT for name in Problem.__dataclass_fields__}
    return record(**members | {"code": TEXT, "message": TEXT, "request_id": TEXT})


def _event() -> Schema:
    """An event has those of its fields that have a value."""
    needed = ["id", "timestamp", "type", "source"]
    return {
        "type": "object",
        "properties": {field.name: _field(field) for field in FIELDS},
        "required": needed,
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    shape = dict(_OF_KIND.get(field.kind, TEXT))
    if field.name in BOUNDS:
        shape["maxLength"] = BOUNDS[field.name].limit
    if field.name in NUMBERS:
        shape["minimum"], shape["maximum"] = NUMBERS[field.name]
    return {"description": field.help} | (listed(shape) if field.many else shape)


def _account() -> Schema:
    given: dict[str, Schema] = {"address": TEXT, "state": {"enum": [str(state) for state in State]}, "version": WHOLE}
    members = {name: given.get(name, MAYBE_TIME if name in _TIMES else MAYBE_TEXT) for name in Account.__dataclass_fields__}
    shape = record(**members)
    shape["required"].remove("deleted")  # stands only where it is
    return shape


def _put() -> Schema:
    """What `PUT` takes; `phone` alone has to be there."""
    members: dict[str, Schema] = dict.fromkeys(Put.__struct_fields__, TEXT)
    members |= {"phone": MAYBE_TEXT, "version": _MAYBE_PLACE, "confirm": FLAG, "state": {"enum": [*(str(state) for state in State), None]}}
    shape = record(**members)
    shape["required"] = ["phone"]
    return shape
