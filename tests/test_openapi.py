"""The OpenAPI document: it has every address, and every answer is as it says, whatever is asked."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import schemathesis
from accounts_portal import PEOPLE, kept_accounts
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from inside import portal_of
from samples import MAIL
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.wsgi import ClosingIterator

from app import create_app
from app.settings import Settings
from indexer.bounds import BoundsError, bounded
from store.customers import Directory, Role
from store.embedded import EmbeddedStore
from store.event import Event

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Lines of JSON are a text to schemathesis."""
    return str(value).encode("utf-8", "replace")


def within_bounds(events: Sequence[Event]) -> Iterator[Event]:
    """The events as every reader of records leaves them."""
    for event in events:
        with contextlib.suppress(BoundsError):
            yield bounded(event)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal of this module's own, which may be changed."""
    store = EmbeddedStore(tmp_path_factory.mktemp("events"))
    store.write(list(within_bounds(MAIL)))
    with kept_accounts(tmp_path_factory.mktemp("accounts")) as accounts:
        settings = Settings(data=tmp_path_factory.mktemp("data"), metrics_token="0123456789abcdef")
        yield portal_of(store, accounts, settings)
    store.close()


@pytest.fixture(scope="module")
def document(whole: Flask) -> schemathesis.BaseSchema:
    """Its document, as schemathesis reads it."""

    def closing_answers(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """As a server does (PEP 3333) and schemathesis does not: the file of a workbook would be left to the garbage collector."""
        with closing(ClosingIterator(whole(environ, start_response))) as parts:
            return [b"".join(parts)]

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", closing_answers)


def test_every_answer_is_as_documented(document: schemathesis.BaseSchema) -> None:
    """Whatever is asked for: no 500, no status, type, header or shape that the document does not have."""
    asked: set[str] = set()
    failures: list[str] = []  # of all operations, so that one run shows them all
    for found in document.get_all_operations():
        operation = found.ok()

        @examples(
            max_examples=25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def hold(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})

        try:
            hold()
        except (FailureGroup, Failure) as error:
            failures.append(f"{operation.label}: {getattr(error, 'exceptions', error)}")
        asked.add(operation.label)
    assert failures == []
    assert "POST /api/v1/events" in asked


def test_every_address_and_method_is_documented(whole: Flask) -> None:
    """Those of the API and of the portal's state, and no others."""
    found = whole.test_client().get("/api/v1/openapi.json").json["paths"]
    told = {(method.upper(), path) for path, methods in found.items() for method in methods}
    there = {
        (method, re.sub(r"<(?:\w+:)?(?:event_)?(\w+)>", r"{\1}", rule.rule))
        for rule in whole.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/healthz", "/readyz", "/metrics"))
    }
    assert told == there


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("/api/v1/events", "?limit=1000"),
        ("/api/v1/events", "?q=("),
        ("/api/v1/events/{id}", ""),
        ("/api/v1/events/histogram", ""),
        ("/api/v1/events/top", "?field=smtp_code"),
        ("/api/v1/events/top", ""),
        ("/api/v1/accounts/{address}", ""),
        ("/api/v1/accounts", "?limit=3"),
        ("/readyz", ""),
        ("/metrics", ""),
    ],
)
def test_answers_that_hold_something_are_as_documented(document: schemathesis.BaseSchema, whole: Flask, name: str, more: str) -> None:
    """Those that a generator seldom hits upon."""
    path = name.format(id=MAIL[0].id, address=PEOPLE[0])
    document[name]["GET"].validate_response(whole.test_client().get(path + more))


@pytest.mark.parametrize("header", [None, "Bearer portal_nothing", "Basic x"])
def test_strangers_are_answered_as_documented(header: str | None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """401 wherever a token is needed."""
    folder = tmp_path_factory.mktemp("strangers")
    with closing(EmbeddedStore(folder / "events")) as store, closing(Directory(folder / "redis")) as directory:
        store.make()
        client = create_app(Settings(), store, directory=directory).test_client()
        token = directory.tokens.add("a test", Role.OPERATOR, None, by="a test")[0]
        document = client.get("/api/v1/openapi.json", headers={"Authorization": f"Bearer {token}"}).json
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if operation.get("security") is None:
                    answer = client.open(path, method=method.upper(), headers={} if header is None else {"Authorization": header})
                    assert answer.status_code == 401, path
                    assert "401" in operation["responses"], path
