"""`/metrics` for Prometheus: requests by route and status, their seconds, which engines are up, and which portal this is.

It is there for those who have `PORTAL_METRICS_TOKEN` only. "From loopback" would say nothing: behind a proxy on the same machine everybody
comes from there. Routes are patterns, so there are few series, and no person in them.

The counters of all workers lie in one folder, mapped into memory; prometheus-client takes its name from the environment alone, and when it
is first imported. So it is imported with the first use, in a worker.
"""

import hmac
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from app.auth.rights import for_strangers
from app.errors import RefusedError
from app.services import services
from app.version import VERSION
from store.errors import StoreError
from store.said import say

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

blueprint = Blueprint("metrics", __name__)

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@contextmanager
def counted_together() -> Iterator[None]:
    """Have the processes that are forked inside count in one place."""
    with TemporaryDirectory(prefix="portal-metrics-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request that is over."""
    requests, durations = _counters()[1:]
    requests.labels(method, route, str(status)).inc()
    durations.labels(route).observe(seconds)


@blueprint.get("/metrics")
@for_strangers  # it has a token of its own
def metrics() -> Response:
    """The figures of all workers, in the text format of Prometheus."""
    _check_token()
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - see above
    from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: PLC0415 - likewise
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - likewise

    registry = _counters()[0]
    if _FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # of its own
    state = CollectorRegistry()
    state.register(_State())
    return Response(generate_latest(registry) + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


@cache
def _counters() -> "tuple[CollectorRegistry, Counter, Histogram]":
    from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415 - see above

    registry = CollectorRegistry()
    requests = Counter("portal_requests", "Requests that were answered.", ("method", "route", "status"), registry=registry)
    durations = Histogram(
        "portal_request_seconds", "From a request's head to the end of its answer.", ("route",), registry=registry, buckets=_SECONDS
    )
    return registry, requests, durations


class _State:
    """What is so at this moment, asked when somebody looks."""

    def collect(self) -> Iterator[Any]:
        """The gauges; called by prometheus-client."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415 - see above

        up = GaugeMetricFamily("portal_up", "Whether a part of the portal can be used.", labels=("part",))
        up.add_metric(("events",), _events_up())
        if services().kept_accounts is not None:
            up.add_metric(("accounts",), services().accounts.ping().ok)
        yield up
        engine = "elasticsearch" if services().settings.elasticsearch_url else "embedded"
        about = {"version": VERSION, "engine": engine, "python": platform.python_version()}
        yield InfoMetricFamily("portal_build", "Which portal this is.", about)


def _events_up() -> bool:
    try:
        return services().store.ping().ok
    except StoreError:
        return False


def _check_token() -> None:
    """Raises `RefusedError`: 404 where no token is set, as nothing is there then; 401 for any other than that one."""
    token = services().settings.metrics_token
    if token is None:
        raise RefusedError(404, "not_found", say("There are no figures here until PORTAL_METRICS_TOKEN is set. See docs/operations.md."))
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise RefusedError(401, "unauthorized", say("Send the token of PORTAL_METRICS_TOKEN: Authorization: Bearer TOKEN."))
