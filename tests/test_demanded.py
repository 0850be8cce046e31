"""A second step that is demanded: whoever has none sets one up first, and sees nothing else until then."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from inside import EVA, PASSWORD, Clock, browser, with_app
from test_second_step import secret_on

from app import create_app
from app.settings import Settings, SettingsError
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore

PAGE = "/configuration/me"


@pytest.fixture
def clock() -> Clock:
    """The time of the directory."""
    return Clock()


def portal(store: EmbeddedStore, directory: Directory, whose: str) -> Flask:
    """A portal in which a second step is demanded of these."""
    return create_app(Settings(second_step=whose), store, directory=directory)


def inside(site: Flask, address: str = EVA) -> FlaskClient:
    """A browser in which somebody has typed the password."""
    client = browser(site)
    assert client.post("/sign-in", data={"address": address, "password": PASSWORD}).status_code == 303
    return client


def test_who_has_no_second_step_is_led_to_where_it_is_set_up(
    mail_store: EmbeddedStore, directory: Directory, eva: User, clock: Clock
) -> None:
    """Every page leads there, the API and forms say why; with the app set up all is open, and it cannot be switched off."""
    assert eva.id
    client = inside(portal(mail_store, directory, "everybody"))
    for path in ("/events", "/accounts", "/help", "/events?q=x", "/nothing-of-the-kind"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, PAGE), path
    part = client.get("/events", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (403, PAGE)
    refused = client.get("/api/v1/events")
    assert refused.status_code == 403
    assert "Set up an authenticator app first" in refused.text
    assert client.get(PAGE).text.count("A second step is demanded here.") == 1
    secret = secret_on(client.post(f"{PAGE}/app").text)
    clock.now += 60_000
    assert client.get("/events").status_code == 303, "it has not been confirmed yet"
    assert client.post(f"{PAGE}/app/confirm", data={"code": clock.code(secret)}).status_code == 200
    assert client.get("/events").status_code == 200
    page = client.get(PAGE).text
    assert "cannot be switched off" in page
    assert f"{PAGE}/app/off" not in page
    kept = client.post(f"{PAGE}/app/off", data={"proof": PASSWORD})
    assert kept.status_code == 422
    assert "so the app stays" in kept.text
    assert client.get("/events").status_code == 200


def test_of_administrators_it_is_demanded_and_readers_go_on(mail_store: EmbeddedStore, directory: Directory, eva: User) -> None:
    """Administrators of customers and operators."""
    assert eva.role is Role.READER
    directory.users.add("anna@shop.example", Role.ADMIN, "shop", PASSWORD)
    directory.users.add("otto@portal.example", Role.OPERATOR, None, PASSWORD)
    site = portal(mail_store, directory, "administrators")
    assert inside(site).get("/events").status_code == 200
    for address in ("anna@shop.example", "otto@portal.example"):
        assert inside(site, address).get("/events").headers["Location"] == PAGE


def test_programs_and_who_has_an_app_notice_nothing(mail_store: EmbeddedStore, directory: Directory, eva: User, clock: Clock) -> None:
    """A token is a secret of its own kind."""
    site = portal(mail_store, directory, "everybody")
    token, _ = directory.tokens.add("a program", Role.READER, "shop", by="a test")
    assert site.test_client().get("/api/v1/events", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    secret = with_app(directory, eva, clock.now)
    clock.now += 60_000
    client = inside(site)
    client.post("/sign-in/code", data={"code": clock.code(secret)})
    assert client.get("/events").status_code == 200


def test_it_is_offered_unless_a_setting_says_otherwise() -> None:
    """And what the setting does not know is an error that lists what it does."""
    assert Settings.from_env({}).second_step == "offered"
    assert Settings.from_env({"PORTAL_SECOND_STEP": "everybody"}).second_step == "everybody"
    with pytest.raises(SettingsError, match="PORTAL_SECOND_STEP: 'yes' is none of offered, administrators, everybody"):
        Settings.from_env({"PORTAL_SECOND_STEP": "yes"})
