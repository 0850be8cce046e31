"""Whether the portal lives, and whether its parts are ready to answer."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.auth.rights import for_strangers
from app.services import services
from store.errors import StoreError
from store.events import Health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@for_strangers
def healthz() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@for_strangers
def readyz() -> ResponseReturnValue:
    """Each part and its state; 503 where events are away, as the portal is no use then."""
    events = _events()
    parts: dict[str, dict[str, bool | str]] = {"events": {"ok": events.ok, "detail": events.detail}}
    if work := services().store.under_way():
        parts["events"]["work"] = f"{work.kind}, {work.percent} %"
    status = "ok"
    if services().kept_accounts is not None:
        accounts = services().accounts.ping()
        parts["accounts"] = {"ok": accounts.ok, "detail": accounts.detail}
        status = "ok" if accounts.ok else "degraded"  # events are there all the same
    return jsonify(status=status if events.ok else "unavailable", parts=parts), 200 if events.ok else 503


def _events() -> Health:
    """The state of the event store."""
    try:
        return services().store.ping()
    except StoreError as error:
        return Health(ok=False, detail=str(error))
