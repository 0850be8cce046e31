"""What proxies say, and whose word is taken for it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import serving
from werkzeug.test import create_environ

from app.proxies import BehindProxies, read
from app.settings import Settings, SettingsError

FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/x",
    "Forwarded": "for=203.0.113.7;proto=https",
    "X-Real-IP": "203.0.113.7",
    "X-Request-Id": "forged",
}


def seen(setting: str, peer: str, headers: dict[str, str]) -> dict[str, Any]:
    """The request as the application sees it."""
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], _start: object) -> list[bytes]:
        found.update(environ)
        return []

    environ = create_environ(headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    BehindProxies(app, read(setting, []))(environ, lambda *_: lambda _data: None)
    return found


@pytest.mark.parametrize("setting", ["", "0", "10.0.0.0/8", "2001:db8::/32"])
def test_what_a_stranger_says_is_taken_out(setting: str) -> None:
    """Address, scheme and host stay what they are, and nothing behind can read the headers."""
    found = seen(setting, "192.0.2.9", FORGED)
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]) == ("192.0.2.9", "http", "localhost")
    assert not [name for name in found if name.startswith(("HTTP_X_", "HTTP_FORWARDED"))]


@pytest.mark.parametrize(
    ("setting", "peer"), [("1", "192.0.2.9"), ("10.0.0.0/8", "10.1.2.3"), ("10.0.0.0/8", "::ffff:10.1.2.3"), ("::1", "::1")]
)
def test_a_trusted_proxy_is_believed(setting: str, peer: str) -> None:
    """By their number or by their network, one of IPv4 that comes over an IPv6 socket too."""
    found = seen(setting, peer, FORGED)
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]) == ("203.0.113.7", "https", "evil.example")
    assert not [name for name in found if name.startswith(("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_X_REAL"))]


@pytest.mark.parametrize(
    ("setting", "forwarded", "client"),
    [
        ("1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),  # the first one is what the client itself sent
        ("2", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("2", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.3, 10.0.0.2", "10.0.0.3"),  # a colleague within
        ("10.0.0.0/8", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.0/8", "[2001:DB8::7]:4711", "2001:db8::7"),
        ("10.0.0.0/8", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.0/8", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.0/8", "<script>", "10.0.0.1"),
        ("10.0.0.0/8", "", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_stands_for(setting: str, forwarded: str, client: str) -> None:
    """What stands before it may be forged; what cannot be read ends the way back."""
    assert seen(setting, "10.0.0.1", {"X-Forwarded-For": forwarded})["REMOTE_ADDR"] == client


@pytest.mark.parametrize("scheme", ["", "ftp", "https\x00", "http, javascript"])
def test_a_scheme_that_is_none_is_left_out(scheme: str) -> None:
    """Only http and https are schemes of a request."""
    assert seen("1", "10.0.0.1", {"X-Forwarded-Proto": scheme})["wsgi.url_scheme"] == "http"


def test_of_several_values_the_nearest_proxy_wrote_the_last() -> None:
    """A client may send a first one."""
    found = seen("1", "10.0.0.1", {"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "evil.example, portal.example"})
    assert (found["wsgi.url_scheme"], found["HTTP_HOST"]) == ("http", "portal.example")


@pytest.mark.parametrize("setting", ["11", "-1", "1.5", "nginx", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/8;::1"])
def test_a_setting_that_cannot_be_meant_is_a_problem(setting: str) -> None:
    """Said as the others are, and nobody is believed by mistake."""
    with pytest.raises(SettingsError, match="PORTAL_TRUSTED_PROXIES: "):
        Settings.from_env({"PORTAL_TRUSTED_PROXIES": setting})


@given(st.text(max_size=200), st.sampled_from(["2", "10.0.0.0/8"]))
def test_no_header_is_an_error(text: str, setting: str) -> None:
    """Whatever comes, the client is somebody with an address."""
    proxies = read(setting, [])
    assert proxies.client("10.0.0.1", text)


def test_the_server_itself_believes_nobody(tmp_path: Path) -> None:
    """Gunicorn would take a scheme and a path from whoever connects over loopback; only the setting lets anybody say so."""
    forged = ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "Script-Name: /x", "Path-Info: /y")
    with serving(tmp_path) as served:
        answer = served.get("/healthz", *forged)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"strict-transport-security" not in answer.lower()
    with serving(tmp_path, {"PORTAL_TRUSTED_PROXIES": "127.0.0.1,::1", "PORTAL_HOSTS": "portal.example"}) as served:
        answer = served.get("/help", "X-Forwarded-Proto: https", "X-Forwarded-Host: portal.example")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"strict-transport-security: max-age=" in answer.lower()
        assert served.get("/help").startswith(b"HTTP/1.1 400")


def test_cookies_are_for_https_where_the_browser_came_over_it(tmp_path: Path) -> None:
    """The proxy says so; without one that is trusted they go over http too, as they came."""
    body = b"theme=dark"
    head = (
        "POST /preferences HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-Proto: https\r\n"
    )
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(tmp_path, {"PORTAL_TRUSTED_PROXIES": "1"}) as served:
        assert b"; Secure" in served.ask((head + form).encode() + body)
    with serving(tmp_path) as served:
        answer = served.ask((head + form).encode() + body)
        assert b"theme=dark" in answer
        assert b"; Secure" not in answer
