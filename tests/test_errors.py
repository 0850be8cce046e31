"""Every error in one shape, as JSON or as a page, and without a word from inside."""

import html
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from samples import MAIL

from store.embedded import EmbeddedStore
from store.errors import StoreBusyError, StoreUnavailableError
from store.events import EventStore, Page, Query, Results, Scope

ClientOf = Callable[[EventStore], FlaskClient]
SHAPE = {"code", "message", "position", "end", "fix", "request_id"}


class _Failing(EmbeddedStore):
    """An engine whose searches fail as told."""

    error: Exception

    def search(self, query: Query, scope: Scope, page: Page) -> Results:  # noqa: ARG002 - the engine's signature
        raise self.error


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/events?limit=0", 400, "bad_parameter"),
        ("/api/v1/events?cursor=x", 400, "bad_cursor"),
        ("/api/v1/events/none", 404, "not_found"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/", 404, "not_found"),
    ],
)
def test_an_error_of_the_api_has_the_one_shape(client: FlaskClient, path: str, status: int, code: str) -> None:
    """With the id under which the log has it."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert set(answer.json["error"]) == SHAPE
    assert answer.json["error"]["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_another_method_gets_told_which_one_works(client: FlaskClient, method: str) -> None:
    """405 with Allow, in JSON for the API."""
    answer = getattr(client, method)("/api/v1/events/histogram")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/events/none", "/nothing", "/events/none?x=1"])
def test_an_error_of_a_page_is_a_page(client: FlaskClient, path: str) -> None:
    """Whatever the client says that it accepts: the route decides."""
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert answer.headers["X-Request-Id"] in answer.text
    assert 'href="/events"' in answer.text


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StoreUnavailableError("The disk is full. Free some space."), (503, "store_unavailable")),
        (StoreBusyError("Another process is writing. Wait until it is done."), (503, "store_busy")),
        (RuntimeError("/secret in a thread panicked at core.rs"), (500, "unexpected")),
    ],
)
def test_what_fails_inside_says_what_to_do_and_nothing_else(
    client_of: ClientOf, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, expected: tuple[int, str]
) -> None:
    """What the store says is shown, its cause goes to the log under the request id, once; what was not expected goes there alone."""
    error.__cause__ = OSError("/secret of the engine")
    store = _Failing(tmp_path / "data")
    store.error = error
    client = client_of(store)
    status, code = expected
    for path in ("/api/v1/events", "/events"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            answer = client.get(path)
        assert answer.status_code == status
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert ("Retry-After" in answer.headers) == (status == 503)
        assert [answer.headers["X-Request-Id"]] == [record.request_id for record in caplog.records if record.levelno == logging.ERROR]
        assert "secret" in caplog.text
        assert (str(error) in html.unescape(answer.text)) == (status == 503)
        if status == 503:
            assert caplog.text.count("Traceback") <= 1
    assert client.get("/api/v1/events").json["error"]["code"] == code
    assert "Try again" in client.get("/events").text


def test_a_folder_that_cannot_be_read_is_a_503_everywhere(client_of: ClientOf, tmp_path: Path) -> None:
    """The real engine over a file where its folder should be."""
    (tmp_path / "data").write_text("not a folder")
    client = client_of(EmbeddedStore(tmp_path / "data"))
    for path in (
        "/events",
        "/events/x",
        "/api/v1/events",
        "/api/v1/events.csv",
        "/api/v1/events/top?field=type",
        "/api/v1/events/histogram",
    ):
        assert client.get(path).status_code == 503, path
    assert client.get("/help").status_code == 200


@pytest.mark.parametrize("name", ["q", "from", "to", "range", "sort", "limit", "cursor", "tz", "open", "seen"])
@pytest.mark.parametrize(
    "value",
    ["\0", "\ud83d".encode("utf-8", "surrogatepass"), b"\xff\xfe", "%", "<script>", "\u202e", "A" * 9_000, "1e400", "-", "' or 1=1"],
)
def test_no_value_of_any_parameter_is_an_error_of_ours(client: FlaskClient, name: str, value: str | bytes) -> None:
    """Answered or refused, never a 500; what was typed is shown as text."""
    for path in ("/events", "/api/v1/events"):
        answer = client.get(path, query_string={name: value})
        assert answer.status_code in (200, 400), (path, answer.text)
        assert "<script>" not in answer.text or answer.mimetype == "application/json"


def test_the_sample_mail_is_there(client: FlaskClient) -> None:
    """So that the tests above do not pass over an empty store."""
    assert client.get("/api/v1/events").json["total"] == len(MAIL)
