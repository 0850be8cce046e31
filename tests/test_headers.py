"""Who may ask, and what every answer carries."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from markup import named

from app.headers import HEADERS, MAX_BODY
from app.lean import lean

ROOT = Path(__file__).parent.parent
OURS = sorted(path for kind in ("js", "css") for path in (ROOT / "static" / kind).iterdir())
PATHS = [
    "/",
    "/events",
    "/events?q=(",
    "/events/none",
    "/help",
    "/healthz",
    "/api/v1/events",
    "/api/v1/events?q=(",
    "/nothing",
    "/api/nothing",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    """Pages, data, redirects and errors alike; none of them is stored."""
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 16


def test_the_policy_allows_nothing_inline(client: FlaskClient) -> None:
    """No unsafe-inline, no eval, no frames; and no page contains a script or a style of its own."""
    policy = client.get("/events").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for path in PATHS:
        page = client.get(path, follow_redirects=True).text
        assert "<style" not in page
        for script in named(page, "script") if "<html" in page else ():
            assert "src" in script.attributes or script["type"] == "application/json"
        assert " style=" not in page
        assert " onclick=" not in page


def asset(client: FlaskClient, name: str) -> str:
    """The address of a static file."""
    return str(client.application.jinja_env.globals["asset"](name))


def test_static_files_last_for_ever_under_their_digest(client: FlaskClient) -> None:
    """The page names the digest; under another one the file is served, but asked for again each time."""
    page = client.get("/help").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    with client.get("/static/000000000000/portal.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_a_picture_that_could_be_opened_by_itself_has_the_headers_of_a_page(client: FlaskClient) -> None:
    """SVG can hold scripts."""
    answer = client.get(asset(client, "vendor/icons.svg"))
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_files_travel_without_what_is_for_readers(path: Path) -> None:
    """Only comments and blanks are taken out: no text goes over several lines, and in a module no comment stands behind something else."""
    source = path.read_text()
    sent = lean(path.relative_to(ROOT / "static").as_posix(), path.read_bytes()).decode()
    assert not [line for line in sent.splitlines() if line.startswith((" ", "//", "/**")) or not line]
    if path.suffix == ".css":
        kept = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
        assert "".join(sent.split()) == "".join(kept.split())
        assert all(text in sent for text in re.findall(r'"[^"]*"', kept))
        return
    lines = [line.strip() for line in source.splitlines()]
    inside = [line for line in lines if not line.startswith(("//", "/**", "*"))]
    assert all(line.count("`") % 2 == 0 for line in inside)
    assert not any("/*" in line for line in inside)
    assert set(sent.splitlines()) <= {
        *lines,
        *(line.partition("/*")[0].strip() for line in lines),
        *(line.partition("/*")[0] for line in lines),
    }


@pytest.mark.parametrize(("coding", "opened"), [("br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes)])
def test_static_files_and_pages_travel_compressed(client: FlaskClient, coding: str, opened: Callable[[bytes], bytes]) -> None:
    """As the browser can take them; a font is as dense as it gets."""
    for address, part in ((asset(client, "vendor/htmx.min.js"), b"htmx"), ("/events", b"<title>"), ("/api/v1/events", b'"events"')):
        answer = client.get(address, headers={"Accept-Encoding": coding})
        assert answer.headers.get("Content-Encoding", "identity") == coding
        assert "Accept-Encoding" in answer.vary
        assert part in opened(answer.data)
    assert "Content-Encoding" not in client.get(asset(client, "vendor/inter-latin.woff2"), headers={"Accept-Encoding": coding}).headers


def test_the_styles_come_as_one_file_and_the_modules_before_they_are_asked_for(client: FlaskClient) -> None:
    """The file with the layers first, so that their order holds; each module but the first is named in the page's head."""
    styles = client.get(asset(client, "portal.css")).text
    assert styles.index("@layer reset,tokens,base,parts,states;") < min(match.start() for match in re.finditer(r"@layer \w+ \{", styles))
    for path in (ROOT / "static" / "css").iterdir():
        assert (lean(f"css/{path.name}", path.read_bytes()).decode() in styles) == (
            path.name not in {"accounts.css", "people.css"}
        )  # fetched by its pages alone
    page = client.get("/events").text
    for path in (ROOT / "static" / "js").iterdir():
        assert (asset(client, f"js/{path.name}") in page) != (
            path.name in {"live.js", "narrow.js", "accounts.js"}  # app.js and the pages of accounts ask for these when needed
        )


def test_every_module_and_shape_that_is_named_is_there(client: FlaskClient) -> None:
    """Icons by their name in the sprite, modules by their path."""
    shapes = client.get(asset(client, "vendor/icons.svg")).text
    used = {use["href"].split("#")[1] for path in ("/events", "/events?q=(", "/help") for use in named(client.get(path).text, "use")}
    assert used
    assert {name for name in used if f'id="{name}"' not in shapes} == set()
    for path in (ROOT / "static" / "js").iterdir():
        for imported in re.findall(r'^import .*"\./(.+)";$', path.read_text(encoding="utf-8"), re.MULTILINE):
            assert (path.parent / imported).exists()


@pytest.mark.parametrize("path", ["/static/x/../../pyproject.toml", "/static/x/%2e%2e/%2e%2e/pyproject.toml", "/static/x//etc/passwd"])
def test_nothing_outside_the_static_folder_is_served(client: FlaskClient, path: str) -> None:
    """However the path is written."""
    assert client.get(path, follow_redirects=True).status_code == 404


CROSS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost", "Authorization": "Bearer x"},
    {"Origin": "http://evil.example"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "localhost"},
    {"Origin": "null"},
    {"Origin": "http://evil.example", "Authorization": "Bearer x"},
    {"Cookie": "session=x"},
    {"Cookie": "session=x", "Authorization": "Basic x"},
    {"Cookie": "session=x", "Referer": "http://localhost/accounts"},
]
OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Cookie": "session=x"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost", "Cookie": "session=x"},
    {"Origin": "http://LOCALHOST:80"},
    {"Authorization": "Bearer x", "Cookie": "session=x"},
]


def changing(portal: Flask) -> list[tuple[str, str]]:
    """Every method and address that changes something."""
    rules = portal.url_map.iter_rules()
    return [(method, rule.rule) for rule in rules for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})]


@pytest.mark.parametrize("headers", CROSS)
def test_changes_from_another_site_are_refused(portal: Flask, headers: dict[str, str]) -> None:
    """By every method at every address, before the route is looked at; a token does not help a page of another site."""
    client = portal.test_client(use_cookies=False)
    everything = [*changing(portal), ("POST", "/events"), ("DELETE", "/nothing"), ("PATCH", "/api/v1/events"), ("PROPFIND", "/")]
    assert len(everything) > 10
    for method, path in everything:
        answer = client.open(path, method=method, headers=headers)
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize("headers", OWN)
def test_own_pages_and_programs_get_past_the_origin_check(portal: Flask, headers: dict[str, str]) -> None:
    """They reach the route: nothing is there that takes it."""
    answer = portal.test_client(use_cookies=False).delete("/api/v1/events/top", headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "before",
    [
        "http://evil.example/events",
        "//evil.example/",
        "http://localhost@evil.example/",
        "http://localhost\\@evil.example/",
        "http://localhost.evil.example/",
        "http://localhost//evil.example/",
        "http://localhost/\\evil.example",
        "http://localhost/events\t//evil.example",
    ],
)
def test_no_redirect_leads_to_another_site(client: FlaskClient, before: str) -> None:
    """Forms that lead back to the page they were on take its path and nothing else from the browser's word for it."""
    own = urlsplit("http://localhost/")
    for path in ("/preferences", "/preferences/columns"):
        location = client.post(path, headers={"Referer": before}).headers["Location"]
        assert (urlsplit(location).scheme, urlsplit(location).netloc) in {("", ""), (own.scheme, own.netloc)}
        assert not location.startswith(("//", "/\\"))
    for name in ("return", "next", "url", "of", "q"):
        answer = client.get("/events", query_string={name: before, "by": "sender"})
        assert urlsplit(answer.headers.get("Location", "/")).netloc in {"", own.netloc}
    for path in (f"/x{before}", f"/%2f{before}", f"//{before}", f"/accounts/{before}/"):
        assert urlsplit(client.get(path).headers.get("Location", "/")).netloc in {"", own.netloc}


@pytest.mark.parametrize("name", ["events.csv"])
def test_downloads_have_names_of_the_portals_own(client: FlaskClient, name: str) -> None:
    """Whatever is asked for (ASVS 5.4.1)."""
    answer = client.get(f"/api/v1/{name}?q=%22evil.exe%22")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"


def test_trace_is_not_answered(client: FlaskClient) -> None:
    """It would send headers back to whoever asks (ASVS 13.4.4)."""
    answer = client.open("/events", method="TRACE", headers={"X-Secret": "x"})
    assert answer.status_code == 405
    assert "X-Secret" not in answer.text


def test_reading_from_another_site_is_left_to_the_browser(client: FlaskClient) -> None:
    """A link from a mail must open; the resource policy keeps other pages from reading the answer."""
    assert client.get("/events", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_what_is_too_large_is_refused_unread(client: FlaskClient) -> None:
    """An address and a body have their bounds, in the shape of every error."""
    address = client.get(f"/api/v1/events?q={'a' * 300_000}")
    assert (address.status_code, address.json["error"]["code"]) == (414, "uri_too_long")
    body = client.put("/api/v1/accounts/a@x.example", data=b"x" * (MAX_BODY + 1))
    assert (body.status_code, body.json["error"]["code"]) == (413, "too_large")


def test_a_query_of_the_greatest_length_passes_in_any_script(client: FlaskClient) -> None:
    """2,000 characters of four bytes each fit the address; what they mean is the parser's business."""
    answer = client.get("/api/v1/events", query_string={"q": "\U0001f4e6" * 1_900})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] != "uri_too_long"
