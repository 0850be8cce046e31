"""How often one may try: who is slowed down, who is not, and what they are told. On a real Redis."""

from contextlib import closing
from pathlib import Path
from time import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from inside import EVA, OPERATOR, PASSWORD, browser, with_app

from app import create_app
from app.settings import Settings, SettingsError
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore


@pytest.fixture
def site(mail_store: EmbeddedStore, directory: Directory) -> Flask:
    """A portal that takes three requests a minute of a token."""
    return create_app(Settings(rate_limit="3/minute"), mail_store, directory=directory)


def tried(client: FlaskClient, password: str, address: str = EVA, source: str = "192.0.2.1") -> int:
    """The status of one try to sign in."""
    data = {"address": address, "password": password}
    return client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": source}).status_code


def test_wrong_passwords_are_slowed_down_and_the_answer_says_for_how_long(site: Flask, eva: User) -> None:
    """The sixth within a minute, wherever it comes from, right or wrong; others sign in all the same."""
    assert eva.id
    client = browser(site)
    assert [tried(client, "wrong", source=f"192.0.2.{number}") for number in range(6)] == [422] * 5 + [429]
    assert tried(browser(site), PASSWORD, EVA.upper()) == 429
    answer = client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Try again in" in answer.text
    directory = site.extensions["portal"].directory
    jan = directory.users.set_password(directory.users.add("jan@shop.example", Role.READER, "shop").id, PASSWORD)
    assert tried(browser(site), PASSWORD, jan.address) == 303


def test_an_address_that_nobody_has_is_slowed_down_alike(site: Flask) -> None:
    """So that nobody can tell."""
    assert [tried(browser(site), "wrong", "nobody@shop.example", f"192.0.2.{number}") for number in range(6)] == [422] * 5 + [429]


def test_others_cannot_keep_a_user_out_of_their_own_browser(site: Flask, eva: User) -> None:
    """Its tries are counted apart; a cookie of another user, or a forged one, is worth nothing."""
    assert eva.id
    own = browser(site)
    assert tried(own, PASSWORD) == 303
    cookie = own.get_cookie("portal_known")
    assert cookie
    assert EVA not in cookie.value
    assert [tried(browser(site), "wrong") for _ in range(6)][-1] == 429
    assert tried(own, PASSWORD) == 303
    forger = browser(site)
    forger.set_cookie("portal_known", cookie.value[:-2] + "xx")
    assert tried(forger, PASSWORD) == 429
    directory = site.extensions["portal"].directory
    jan = directory.users.set_password(directory.users.add("jan@shop.example", Role.READER, "shop").id, PASSWORD)
    other = browser(site)
    assert tried(other, PASSWORD, jan.address) == 303
    assert tried(other, PASSWORD) == 429
    assert [tried(own, "wrong") for _ in range(6)][-1] == 429


def test_right_passwords_are_not_counted(site: Flask, eva: User) -> None:
    """However many sign in from one address."""
    assert eva.id
    assert {tried(browser(site), PASSWORD) for _ in range(8)} == {303}


def test_one_source_cannot_try_many_addresses(site: Flask) -> None:
    """Twenty a minute; of IPv6 all that one line has is one source."""
    found = [tried(browser(site), "wrong", f"p{number}@shop.example", f"2001:db8::{number:x}") for number in range(21)]
    assert found == [422] * 20 + [429]
    assert tried(browser(site), "wrong", "last@shop.example", "2001:db8:0:1::1") == 422


def test_codes_are_slowed_down_for_the_user_whatever_the_session(site: Flask, directory: Directory, eva: User) -> None:
    """A new session begins no new count."""
    with_app(directory, eva, int(time() * 1000))
    found = []
    for _ in range(3):
        client = browser(site)
        tried(client, PASSWORD)
        found += [client.post("/sign-in/code", data={"code": "nonsense"}).status_code for _ in range(2)]
    assert found == [422] * 5 + [429]


def test_who_holds_a_session_cannot_guess_the_password(site: Flask, eva: User) -> None:
    """The forms that ask for it again share one count."""
    assert eva.id
    client = browser(site)
    tried(client, PASSWORD)
    paths = ["password", "app/off"] * 6
    found = [client.post(f"/configuration/me/{path}", data={"old": "wrong", "proof": "wrong"}).status_code for path in paths]
    assert found == [422] * 10 + [429] * 2


def test_links_are_slowed_down_for_who_tries_them(site: Flask) -> None:
    """Thirty a minute from one address."""
    client = browser(site)
    assert [client.get(f"/welcome/{number}").status_code for number in range(31)] == [404] * 30 + [429]


def test_a_token_has_its_own_count_over_all_of_the_api_and_all_processes(
    site: Flask, directory: Directory, mail_store: EmbeddedStore
) -> None:
    """429 in the shape of all errors, with when to come again."""
    other = create_app(Settings(rate_limit="3/minute"), mail_store, directory=directory)
    first, second = (directory.tokens.add(label, Role.READER, "shop", by="a test")[0] for label in ("one", "two"))

    def asked(app: Flask, token: str, path: str = "/api/v1/events") -> int:
        return app.test_client().get(path, headers={"Authorization": f"Bearer {token}"}).status_code

    assert [asked(site, first), asked(other, first), asked(site, first, "/api/v1/events/top?field=type")] == [200] * 3
    assert asked(other, first) == 429
    assert asked(site, second) == 200
    answer = browser(site).get("/api/v1/events", headers={"Authorization": f"Bearer {first}"})
    assert answer.get_json()["error"]["code"] == "too_many_requests"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_what_is_counted_names_nobody(site: Flask, directory: Directory, eva: User) -> None:
    """And goes by itself."""
    assert eva.id
    tried(browser(site), "wrong", source="198.51.100.7")
    keys = [key.decode() for key in directory.redis.command("KEYS", "portal:{tries}:*")]
    assert len(keys) == 4
    for key in keys:
        assert "eva" not in key
        assert "198" not in key
        assert directory.redis.command("TTL", key) > 0


def test_without_redis_each_process_counts_by_itself(mail_store: EmbeddedStore, tmp_path: Path) -> None:
    """Nothing breaks, and the limit holds."""
    with closing(Directory(tmp_path, "redis://127.0.0.1:1/0")) as away:
        client = browser(create_app(Settings(rate_limit="3/minute"), mail_store, directory=away, identify=lambda: OPERATOR))
        assert [client.get("/api/v1/events").status_code for _ in range(4)] == [200] * 3 + [429]


def test_the_limit_of_the_api_is_a_setting() -> None:
    """A rate, or none at all; anything else is said to be wrong."""
    assert Settings.from_env({"PORTAL_RATE_LIMIT": "600/minute"}).rate_limit == "600/minute"
    assert Settings.from_env({"PORTAL_RATE_LIMIT": "none"}).rate_limit is None
    assert Settings.from_env({}).rate_limit == Settings.rate_limit
    for wrong in ("600", "0/minute", "6/fortnight", "1/minute;drop"):
        with pytest.raises(SettingsError, match="PORTAL_RATE_LIMIT"):
            Settings.from_env({"PORTAL_RATE_LIMIT": wrong})
