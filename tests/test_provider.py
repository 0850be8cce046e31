"""Signing in through a real provider of OpenID Connect, a process of its own: who is let in, and what happens when it is away."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from inside import EVA, browser, with_app
from oidc_provider import CLIENT, PASSWORD, PORTAL, SECRET
from werkzeug.test import TestResponse

from app import create_app
from app.provider_settings import safe
from app.settings import Settings, SettingsError
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the provider, until these tests are done."""
    script = Path(__file__).with_name("oidc_provider.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path_factory.mktemp("provider")
    ) as server:
        assert server.stdout
        try:
            yield next(line.strip() for line in server.stdout if line.startswith("http://"))
        finally:
            server.terminate()


@pytest.fixture
def eva(directory: Directory) -> User:
    """A reader who was invited and has no password."""
    return directory.users.add(EVA, Role.READER, "shop")


@pytest.fixture
def site(mail_store: EmbeddedStore, directory: Directory, issuer: str) -> Flask:
    """A portal that knows the provider."""
    return create_app(_settings(issuer), mail_store, directory=directory)


def _settings(issuer: str) -> Settings:
    return Settings(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_name="Canaille")


def at_provider(way: str, name: str) -> str:
    """Sign in at the provider as this person: where it leads back to, as the browser would go there."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(way, timeout=20)
        page = browser.post(page.url, data={"login": name}, timeout=20)
        answer = browser.post(page.url, data={"password": PASSWORD}, timeout=20, allow_redirects=False)
        for _ in range(5):
            location = answer.headers.get("Location", "")
            assert location, answer.text
            if location.startswith(PORTAL):
                return location
            answer = browser.get(requests.compat.urljoin(answer.url, location), timeout=20, allow_redirects=False)
    raise AssertionError("the provider does not lead back")


def came_back(client: FlaskClient, name: str, after: str = "/accounts") -> TestResponse:
    """There and back as this person."""
    there = client.get("/sign-in/provider", query_string={"next": after})
    assert there.status_code == 302, there.text
    back = urlsplit(at_provider(there.location, name))
    return client.get(f"{back.path}?{back.query}")


def test_who_was_invited_comes_in_and_belongs_to_that_account_from_then_on(site: Flask, directory: Directory, eva: User) -> None:
    """With the page that was asked for. Another account there with the same address is refused, and so is the address no longer needed."""
    assert "Sign in with Canaille" in browser(site).get("/sign-in").text
    client = browser(site)
    answer = came_back(client, "eva")
    assert answer.status_code == 303, answer.text
    assert answer.location == "/accounts"
    assert client.get("/events").status_code == 200
    user = directory.users.get(eva.id)
    assert user
    assert user.subject.endswith(" eva")
    refused = came_back(browser(site), "evas-other-name")
    assert refused.status_code == 403
    assert "another account" in refused.text
    assert came_back(client, "eva").status_code == 303


@pytest.mark.parametrize(("name", "said"), [("stranger", "nobody here has that address"), ("doubtful", "does not vouch")])
def test_nobody_is_made_or_taken_for_somebody(site: Flask, directory: Directory, name: str, said: str) -> None:
    """Who was not invited, and whose address the provider has not verified."""
    directory.users.add("jan@shop.example", Role.ADMIN, "shop")
    before = list(directory.users.all())
    client = browser(site)
    answer = came_back(client, name)
    assert answer.status_code == 403
    assert said in answer.text
    assert client.get("/events").status_code == 303
    assert list(directory.users.all()) == before


def test_an_app_is_asked_for_all_the_same(site: Flask, directory: Directory, eva: User) -> None:
    """The provider is the first step, not both."""
    from time import time  # noqa: PLC0415 - beside its one use

    with_app(directory, eva, int(time() * 1000))
    client = browser(site)
    assert came_back(client, "eva").location.startswith("/sign-in/code")
    assert client.get("/events").status_code == 303


def test_the_way_there_has_state_nonce_and_a_challenge(site: Flask) -> None:
    """New ones each time; the cookie is for the pages of signing in alone."""
    ways = [browser(site).get("/sign-in/provider") for _ in range(2)]
    asked = [parse_qs(urlsplit(way.location).query) for way in ways]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["redirect_uri"] == ["http://localhost/sign-in/back"]
    cookie = ways[0].headers["Set-Cookie"]
    assert cookie.startswith("portal_provider=")
    assert {"HttpOnly", "Path=/sign-in/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_an_answer_that_this_browser_did_not_ask_for_is_not_taken(site: Flask, eva: User) -> None:
    """Another browser's, one that was used before, and one that was thought up."""
    assert eva.id
    first = browser(site)
    back = urlsplit(at_provider(first.get("/sign-in/provider").location, "eva"))
    path = f"{back.path}?{back.query}"
    assert browser(site).get(path).status_code == 503
    assert first.get(path).status_code == 303
    assert first.get(path).status_code == 503
    assert browser(site).get("/sign-in/back?code=x&state=y").status_code == 503
    assert browser(site).get("/sign-in/back?error=<script>&error_description=x").status_code == 503


def test_a_provider_that_is_away_is_a_sentence_and_passwords_work(mail_store: EmbeddedStore, directory: Directory, eva: User) -> None:
    """Also one that answers something else."""
    directory.users.set_password(eva.id, PASSWORD)
    client = browser(create_app(_settings("http://127.0.0.1:1"), mail_store, directory=directory))
    answer = client.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "does not work just now" in answer.text
    assert client.post("/sign-in", data={"address": EVA, "password": PASSWORD}).status_code == 303


def test_a_provider_that_calls_itself_otherwise_is_not_taken(mail_store: EmbeddedStore, directory: Directory, issuer: str) -> None:
    """Asked by another name of this machine."""
    other = issuer.replace("localhost", "127.0.0.1")
    client = browser(create_app(_settings(other), mail_store, directory=directory))
    assert client.get("/sign-in/provider").status_code == 503


def test_without_a_provider_there_is_no_such_way(mail_store: EmbeddedStore, directory: Directory) -> None:
    """404, and no button."""
    client = browser(create_app(Settings(), mail_store, directory=directory))
    assert client.get("/sign-in/provider").status_code == 404
    assert "provider" not in client.get("/sign-in").text


def test_the_settings_of_a_provider_are_whole_and_safe(tmp_path: Path) -> None:
    """All or none; TLS but on this machine; the secret may be in a file, and is never shown."""
    (tmp_path / "secret").write_text("hidden\n")
    whole = {
        "PORTAL_OIDC_ISSUER": "https://id.example",
        "PORTAL_OIDC_CLIENT_ID": "portal",
        "PORTAL_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }
    found = Settings.from_env(whole)
    assert found.oidc_client_secret == "hidden"
    assert "hidden" not in repr(found)
    with pytest.raises(SettingsError, match="PORTAL_OIDC_CLIENT_ID"):
        Settings.from_env({name: value for name, value in whole.items() if name != "PORTAL_OIDC_CLIENT_ID"})
    for wrong in (
        "http://id.example",
        "https://",
        "https://a@id.example",
        "file:///etc/passwd",
        "https://id.example/?a",
        "http://[",
        "http://127.0.0.1.id.example",
    ):
        assert not safe(wrong)
        with pytest.raises(SettingsError, match="PORTAL_OIDC_ISSUER"):
            Settings.from_env(whole | {"PORTAL_OIDC_ISSUER": wrong})
    assert safe("http://[::1]:8080/realms/shop")
