"""The log: what a line holds, what it never holds, and that nothing in a request can forge one."""

import json
import logging
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Served, serving

from app.logs import Json, Text
from app.settings import Settings, SettingsError

PRIVATE = "geheim"  # stands in every request below where a person's name could
HOSTILE = [
    f"GET /events/{PRIVATE}@x.example?q={PRIVATE} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {PRIVATE}\r\nReferer: http://{PRIVATE}/",
    f"GET /nothing/{PRIVATE} HTTP/1.1\r\nHost: localhost\r\nCookie: a={PRIVATE}\r\nX-Forwarded-For: 203.0.113.77",
    f"GET /{PRIVATE}%0d%0a%7b%22level%22%3a%22error%22%7d HTTP/1.1\r\nHost: localhost",
    f"GET /api/v1/accounts/{PRIVATE}%1b%5b2J@x.example HTTP/1.1\r\nHost: localhost",
    f"GET / HTTP/1.1\r\nHost: {PRIVATE}.example",
    f"GET /{PRIVATE}\x1b[2J HTTP/1.1\r\nHost: localhost",
    f"{PRIVATE.upper()} /events HTTP/1.1\r\nHost: localhost",
    f"GET /events HTTP/9.9{PRIVATE}\r\nHost: localhost",
    f"GET /events HTTP/1.1\r\nHost: localhost\r\nBad Name: {PRIVATE}",
    f"GET /events HTTP/1.1\r\nHost: localhost\r\nX-A: {PRIVATE}\r\n folded",
    f"GET /events HTTP/1.1\r\nHost: localhost\r\nX-A: {PRIVATE * 2000}",
    f"GET /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {PRIVATE}",
    f"POST /preferences HTTP/1.1\r\nHost: localhost\r\nOrigin: http://{PRIVATE}.example\r\nContent-Length: 0",
    f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {PRIVATE}-123456",
]


def lines(served: Served) -> list[dict[str, object]]:
    """What the server wrote to standard error, each line as JSON."""
    return [json.loads(line) for line in served.errors]


def test_no_request_gets_a_person_into_the_log_or_a_line_of_its_own(tmp_path: Path) -> None:
    """A real server: a line of JSON for each request, hostile or not, with the pattern of its route and its id, and nothing it brought."""
    with serving(tmp_path) as served:
        answers = [served.ask(f"{request}\r\nConnection: close\r\n\r\n".encode("latin-1")) for request in HOSTILE]
        assert served.stop() == 0
    found = lines(served)
    assert PRIVATE not in "".join(served.errors).lower()
    assert not re.search(r"203\.0\.113\.77|127\.0\.0\.1|::1|[\x00-\x09\x0b-\x1f\x7f-\uffff]", "".join(served.errors))
    assert len(found) == len(HOSTILE)
    for each in found:
        assert set(each) == {"time", "level", "message", "method", "route", "status", "ms", "request_id"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(each["time"]))
    assert {each["route"] for each in found} == {
        "none",
        "/events/<path:event_id>",
        "/api/v1/accounts/<address:address>",
        "/preferences",
        "/healthz",
    }
    named = [re.search(rb"(?i)x-request-id: (\S+)", answer) for answer in answers]
    assert {match[1].decode() for match in named if match} == {each["request_id"] for each in found}
    assert all(b"<html" not in answer or b"content-security-policy" in answer.lower() for answer in answers)


def test_a_trusted_proxy_may_name_a_request(tmp_path: Path) -> None:
    """Its id goes through everything, where it is one; anything else is replaced."""
    with serving(tmp_path, {"PORTAL_TRUSTED_PROXIES": "1"}) as served:
        assert b"X-Request-Id: from-the-proxy.1" in served.get("/healthz", "X-Request-Id: from-the-proxy.1")
        refused = json.loads(served.get("/api/nothing", "X-Request-Id: from-the-proxy.2").partition(b"\r\n\r\n")[2])
        assert refused["error"]["request_id"] == "from-the-proxy.2"
        for told in ("short", "a b c d e f g h", "x" * 65, "<script>alert</script>"):
            assert told.encode() not in served.get("/healthz", f"X-Request-Id: {told}")
        served.stop()
    assert [each["request_id"] for each in lines(served)][:2] == ["from-the-proxy.1", "from-the-proxy.2"]


def test_text_is_for_people(tmp_path: Path) -> None:
    """The same facts in a line."""
    with serving(tmp_path, {"PORTAL_LOG": "text"}) as served:
        served.get("/healthz")
        served.stop()
    assert re.fullmatch(r"\S+Z info    answered method=GET route=/healthz status=200 ms=[\d.]+ request_id=[0-9a-f]{16}\n", served.errors[0])


def test_a_store_that_is_gone_is_one_line_with_its_cause(tmp_path: Path) -> None:
    """At level error, under the request's id, beside the line of the request."""
    with serving(tmp_path) as served:
        (tmp_path / "data" / "events").rename(tmp_path / "aside")
        answer = json.loads(served.get("/api/v1/events").partition(b"\r\n\r\n")[2])
        served.stop()
    error, request = lines(served)
    assert (error["level"], error["status"], error["route"]) == ("error", 503, "/api/v1/events")
    assert (request["level"], request["status"]) == ("info", 503)
    assert error["request_id"] == request["request_id"] == answer["error"]["request_id"]


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    """A record as a library would make it."""
    trace = (type(error), error, None) if error else None
    return logging.LogRecord("somewhere", logging.ERROR, "x.py", 1, "%s", (message,), trace)


@given(st.text(max_size=2_000), st.text(max_size=4_000))
def test_no_text_ends_a_line_of_json(message: str, cause: str) -> None:
    """One line of printable ASCII, short enough to be written in one piece (unless every character has to be escaped)."""
    line = Json().format(record(message, ValueError(cause)))
    assert line.isascii()
    assert line.isprintable()
    assert set(json.loads(line)) == {"time", "level", "message", "trace"}
    assert len(line) < 4_000 or not (message + cause).isascii() or not (message + cause).isprintable()


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_looks_like_another_line_of_text(message: str, cause: str) -> None:
    """Lines of a traceback are indented, and nothing in them steers a terminal."""
    first, *others = Text().format(record(message, ValueError(cause))).split("\n")
    assert re.match(r"\d{4}-\d\d-\d\dT\S+Z error ", first)
    assert all(line.startswith("    ") for line in others)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]", "".join((first, *others)))


def test_another_kind_of_log_is_a_problem_of_the_settings() -> None:
    """With those that there are."""
    with pytest.raises(SettingsError, match=r"PORTAL_LOG: 'xml' is no kind of log. Use json or text"):
        Settings.from_env({"PORTAL_LOG": "xml"})
