"""Which names the portal answers to, however they are written."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from inside import portal_of

from app.hosts import listening_on, loopback, name_of
from app.settings import Settings, SettingsError
from store.embedded import EmbeddedStore


def client_for(store: EmbeddedStore, hosts: str) -> FlaskClient:
    """A client of a portal with these names."""
    return portal_of(store, settings=Settings.from_env({"PORTAL_HOSTS": hosts})).test_client()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.0.0.1:8000", "LocalHost:80", "localhost.", "localhost.:80", "[::1]", "[::1]:8000", "127.8.9.10"]
)
def test_this_machine_is_answered(client: FlaskClient, host: str) -> None:
    """By any of its loopback names, in any letter case, with a port or a last dot."""
    assert loopback(host)
    assert client.get("/help", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost..",
        "::1",
        "[::2]",
        "0.0.0.0",
        "localhost@evil.example",
        "localhost/x",
        "localhost:80:80",
        "localhost, evil.example",
        "2130706433",
        "127.1",
        "[::1",
        " ",
        "\u2460.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/events", "/static/x/portal.css", "/api/v1/events", "/readyz", "/nothing"])
def test_any_other_name_is_refused(client: FlaskClient, host: str, path: str) -> None:
    """Pages, files, data and addresses without anything alike; the answer says what to set."""
    assert not loopback(host)
    answer = client.get(path, headers={"Host": host.encode().decode("latin-1")})
    assert answer.status_code == 400
    assert "PORTAL_HOSTS" in answer.text
    assert answer.mimetype == ("application/json" if path.startswith("/api/") else "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_api_says_it_in_the_shape_of_its_errors(client: FlaskClient) -> None:
    """With a code of its own."""
    error = client.get("/api/v1/events", headers={"Host": "evil.example"}).json["error"]
    assert set(error) == {"code", "message", "position", "end", "fix", "request_id"}
    assert error["code"] == "unknown_host"


def test_who_asks_whether_it_lives_may_use_any_name(client: FlaskClient) -> None:
    """Load balancers ask by address."""
    assert client.get("/healthz", headers={"Host": "10.0.0.1:8000"}).status_code == 200
    assert client.get("/healthz/", headers={"Host": "10.0.0.1:8000"}).status_code == 400


@pytest.mark.parametrize("host", ["portal.example.org", "Portal.Example.ORG.", "portal.example.org:8443", "[2001:DB8::5]:80", "10.0.0.5"])
def test_the_names_that_are_set_are_answered(mail_store: EmbeddedStore, host: str) -> None:
    """On any port; IPv6 in any spelling."""
    client = client_for(mail_store, "portal.example.org, 2001:db8:0::5,10.0.0.5")
    assert client.get("/help", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "x.portal.example.org", "portal.example.org.evil.example", "2001:db8::5"])
def test_names_that_are_set_are_all_of_them(mail_store: EmbeddedStore, host: str) -> None:
    """This machine's own too are answered only where they are named."""
    client = client_for(mail_store, "portal.example.org,[2001:db8::5]")
    assert client.get("/help", headers={"Host": host}).status_code == 400


def test_a_name_of_another_script_is_answered_as_browsers_send_it(mail_store: EmbeddedStore) -> None:
    """They write it in ASCII (RFC 5891)."""
    assert client_for(mail_store, "bücher.example").get("/help", headers={"Host": "xn--bcher-kva.example"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["https://portal.example", "portal.example:8000", "*.example", "a b", "portal.example/x", "[::1", "a\x1b[2J"]
)
def test_what_is_no_name_is_a_problem_of_the_settings(name: str) -> None:
    """Said with the others, with the cure, and without a control character."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"PORTAL_HOSTS": f"good.example,{name}", "PORTAL_TIMEZONE": "Nowhere"})
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("PORTAL_HOSTS: ")
    assert "portal.example.org" in lines[1]
    assert lines[1].isprintable()


def test_what_is_listened_on_is_answered_to() -> None:
    """An address of a network beside this machine's own; one that stands for all addresses is nobody's name."""
    assert "10.0.0.5" in listening_on("10.0.0.5")
    assert listening_on("127.0.0.1") == listening_on("0.0.0.0") == listening_on("::") == ()


@given(st.text(max_size=80))
def test_no_text_is_an_error_and_a_name_is_its_own_spelling(text: str) -> None:
    """Whatever stands in Host; reading a name again gives it again."""
    name = name_of(text)
    if name is not None:
        assert name_of(f"[{name}]" if ":" in name else name) == name.removesuffix(".")
