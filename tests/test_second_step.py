"""The authenticator app: set up with a code, recovery codes, switched off, and what is kept of all that."""

from contextlib import closing
from pathlib import Path
from re import findall

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from inside import EVA, PASSWORD, Clock, browser, with_app

from app import create_app
from app.cli import main
from app.settings import Settings, SettingsError
from store.customers import Directory, Role, User
from store.customers.secret_key import FILE, SecretKey
from store.customers.sessions import FRESH
from store.embedded import EmbeddedStore
from store.errors import AccountsUnavailableError

PAGE = "/configuration/me"


@pytest.fixture
def clock() -> Clock:
    """The time of the directory."""
    return Clock()


def signed_in(site: Flask, code: str = "") -> FlaskClient:
    """A browser in which Eva has filled in the form, and the one for a code."""
    client = browser(site)
    client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    if code:
        client.post("/sign-in/code", data={"code": code})
    return client


def secret_on(page: str) -> str:
    """The letters that a page has for typing into an app."""
    (found,) = findall(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    return str(found).replace(" ", "")


def codes_on(page: str) -> list[str]:
    """The recovery codes of a page."""
    return findall(r"<li><code>([a-z0-9-]{29})</code></li>", page)


def test_an_app_counts_once_a_code_of_it_has_come_back(site: Flask, directory: Directory, eva: User, clock: Clock) -> None:
    """The picture is drawn into the page; until it is confirmed a password is enough, afterwards it is not, and others are signed out."""
    here, elsewhere = signed_in(site), signed_in(site)
    page = here.post(f"{PAGE}/app").text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page or "<svg width=" in page
    assert "data:" not in page.split("<main")[1]
    assert " style=" not in page.split("<main")[1]
    secret = secret_on(page)
    wrong = here.post(f"{PAGE}/app/confirm", data={"code": "nonsense"})
    assert wrong.status_code == 422
    assert secret_on(wrong.text) == secret
    assert signed_in(site).get(PAGE).status_code == 200
    page = here.post(f"{PAGE}/app/confirm", data={"code": clock.code(secret)}).text
    assert len(set(codes_on(page))) == 10
    assert here.get(PAGE).status_code == 200
    assert elsewhere.get(PAGE).status_code == 303
    assert signed_in(site).get(PAGE).status_code == 303
    clock.now += 60_000
    assert signed_in(site, clock.code(secret)).get(PAGE).status_code == 200
    assert directory.users.get(eva.id) is not None


def test_the_code_that_confirmed_the_app_lets_nobody_in_again(site: Flask, eva: User, clock: Clock) -> None:
    """A code counts once (RFC 6238, 5.2)."""
    assert eva.id
    here = signed_in(site)
    secret = secret_on(here.post(f"{PAGE}/app").text)
    code = clock.code(secret)
    here.post(f"{PAGE}/app/confirm", data={"code": code})
    assert signed_in(site, code).get(PAGE).status_code == 303


def test_a_form_that_is_sent_twice_changes_nothing_more(site: Flask, directory: Directory, eva: User, clock: Clock) -> None:
    """The second leads back, and the codes that were shown stay good."""
    here = signed_in(site)
    secret = secret_on(here.post(f"{PAGE}/app").text)
    made = codes_on(here.post(f"{PAGE}/app/confirm", data={"code": clock.code(secret)}).text)
    assert here.post(f"{PAGE}/app/confirm", data={"code": clock.code(secret)}).location == PAGE
    assert here.get(f"{PAGE}/app/confirm").location == PAGE
    user = directory.users.get(eva.id)
    assert user
    assert directory.second_step.take(user, made[0])


def test_a_recovery_code_lets_in_once_however_it_is_typed(site: Flask, directory: Directory, eva: User, clock: Clock) -> None:
    """New ones take the place of old ones; the page says how many are left."""
    with_app(directory, eva, clock.now)
    first = directory.second_step.renew(eva.id)
    here = signed_in(site, first[0].upper().replace("-", " "))
    assert "9 recovery codes are left" in here.get(PAGE).text
    assert signed_in(site, first[0]).get(PAGE).status_code == 303
    second = codes_on(here.post(f"{PAGE}/recovery").text)
    assert len(second) == 10
    assert signed_in(site, first[1]).get(PAGE).status_code == 303
    assert signed_in(site, second[0]).get(PAGE).status_code == 200


@pytest.mark.parametrize("path", ["/app", "/recovery"])
def test_what_is_sensitive_asks_for_the_password_after_ten_minutes(
    site: Flask, directory: Directory, eva: User, clock: Clock, path: str
) -> None:
    """Not before; given once it counts for ten more, and a wrong one changes nothing."""
    with_app(directory, eva, clock.now)
    clock.now += 60_000
    here = signed_in(site, directory.second_step.renew(eva.id)[0])
    clock.now += FRESH - 1
    assert here.post(PAGE + path).status_code == 200
    clock.now += 1
    before = directory.users.get(eva.id)
    for typed in ({}, {"proof": "wrong"}):
        refused = here.post(PAGE + path, data=typed)
        assert refused.status_code == 422
        assert "not your password" in refused.text
    assert directory.users.get(eva.id) == before
    assert here.post(PAGE + path, data={"proof": PASSWORD}).status_code == 200
    clock.now += FRESH - 1
    assert here.post(PAGE + path).status_code == 200


@pytest.mark.parametrize("shows", ["password", "code", "recovery code", "neither"])
def test_the_app_is_switched_off_by_who_knows_the_password_or_has_a_code(
    site: Flask, directory: Directory, eva: User, clock: Clock, shows: str
) -> None:
    """Asked however lately one signed in; recovery codes go too."""
    secret = with_app(directory, eva, clock.now)
    made = directory.second_step.renew(eva.id)
    here = signed_in(site, made[0])
    clock.now += 60_000
    typed = {"password": PASSWORD, "code": clock.code(secret), "recovery code": made[1], "neither": "nonsense"}[shows]
    answer = here.post(f"{PAGE}/app/off", data={"proof": typed})
    user = directory.users.get(eva.id)
    assert user
    if shows == "neither":
        assert answer.status_code == 422
        assert user.secret
    else:
        assert "switched off" in here.get(answer.location).text
        assert (user.secret, user.recovery) == ("", ())
        assert signed_in(site).get(PAGE).status_code == 200


def test_what_the_app_shares_is_kept_sealed_for_its_user(directory: Directory, eva: User, clock: Clock) -> None:
    """Nothing of it, nor of recovery codes, is in Redis; put into another's record it opens nothing."""
    secret = with_app(directory, eva, clock.now)
    made = directory.second_step.renew(eva.id)
    kept = repr(directory._client.command("HGETALL", "portal:{people}:users"))
    assert "'secret'" in kept or '"secret"' in kept
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in made)
    user = directory.users.get(eva.id)
    jan = directory.users.add("jan@shop.example", Role.READER, "shop")
    assert user
    import msgspec  # noqa: PLC0415 - beside its one use

    assert directory.second_step.readable(user)
    assert not directory.second_step.readable(msgspec.structs.replace(jan, secret=user.secret))


def test_with_another_key_only_recovery_codes_let_in(tmp_path: Path, mail_store: EmbeddedStore, clock: Clock) -> None:
    """Never a password alone; the pages say what has happened, and an app can be set up anew."""
    with closing(Directory(tmp_path / "redis", now=clock, secret=SecretKey(tmp_path / "none", "a" * 32))) as before:
        before.add_customer("Shop", ("shop.example",))
        user = before.users.set_password(before.users.add(EVA, Role.READER, "shop").id, PASSWORD)
        secret = with_app(before, user, clock.now)
        recovery = before.second_step.renew(user.id)
    clock.now += 60_000
    with closing(Directory(tmp_path / "redis", now=clock, secret=SecretKey(tmp_path / "none", "b" * 32))) as after:
        site = create_app(Settings(), mail_store, directory=after)
        client = signed_in(site)
        refused = client.post("/sign-in/code", data={"code": clock.code(secret)})
        assert refused.status_code == 422
        assert "key of this portal has changed" in refused.text
        client = signed_in(site, recovery[0])
        assert "Set it up anew" in client.get(PAGE).text
        fresh = secret_on(client.post(f"{PAGE}/app").text)
        client.post(f"{PAGE}/app/confirm", data={"code": clock.code(fresh)})
        assert "Set it up anew" not in client.get(PAGE).text


def test_a_new_key_takes_over_where_the_one_before_is_told(tmp_path: Path, mail_store: EmbeddedStore, clock: Clock) -> None:
    """Codes go on working; the first one that is typed has the app's secret sealed with the new key, and the old one is not needed more."""
    folder, file = tmp_path / "redis", tmp_path / "none"
    with closing(Directory(folder, now=clock, secret=SecretKey(file, "a" * 32))) as before:
        before.add_customer("Shop", ("shop.example",))
        user = before.users.set_password(before.users.add(EVA, Role.READER, "shop").id, PASSWORD)
        secret = with_app(before, user, clock.now)
        assert before.second_step.outdated() == 0
    clock.now += 60_000
    with closing(Directory(folder, now=clock, secret=SecretKey(file, "b" * 32, ["a" * 32]))) as both:
        assert both.second_step.outdated() == 1
        assert signed_in(create_app(Settings(), mail_store, directory=both), clock.code(secret)).get(PAGE).status_code == 200
        assert both.second_step.outdated() == 0
    clock.now += 60_000
    with closing(Directory(folder, now=clock, secret=SecretKey(file, "b" * 32))) as after:
        assert signed_in(create_app(Settings(), mail_store, directory=after), clock.code(secret)).get(PAGE).status_code == 200


def test_the_key_is_made_once_for_its_owner_alone_or_comes_from_the_settings(tmp_path: Path) -> None:
    """At first need; another for each purpose."""
    file = tmp_path / FILE
    key = SecretKey(file)
    assert not file.exists()
    first = key.derived("one")
    assert file.stat().st_mode & 0o777 == 0o600
    assert SecretKey(file).derived("one") == first
    assert key.derived("two") != first
    assert SecretKey(file, "x" * 32).derived("one") != first
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
def test_a_key_that_is_not_whole_is_an_error_with_its_cure(tmp_path: Path, content: bytes) -> None:
    """It is not made anew: what it sealed would be lost."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(AccountsUnavailableError, match="PORTAL_SECRET_KEY"):
        SecretKey(tmp_path / FILE).derived("one")
    assert (tmp_path / FILE).read_bytes() == content


def test_a_key_that_can_be_guessed_is_no_setting() -> None:
    """32 characters at least; the key itself is not in the message."""
    with pytest.raises(SettingsError, match="PORTAL_SECRET_KEY: 6 characters") as refused:
        Settings.from_env({"PORTAL_SECRET_KEY": "hunter"})
    with pytest.raises(SettingsError, match="PORTAL_SECRET_KEYS_BEFORE: one"):
        Settings.from_env({"PORTAL_SECRET_KEYS_BEFORE": f"{'a' * 32} hunter"})
    assert "hunter" not in str(refused.value)


def test_an_operator_takes_the_app_of_somebody_away_who_has_lost_it(tmp_path: Path) -> None:
    """Their sessions end, and a password is enough."""
    with closing(Directory(tmp_path / "accounts")) as directory:
        user = directory.users.add("ops@portal.example", Role.OPERATOR, None)
        from time import time  # noqa: PLC0415 - beside its one use

        with_app(directory, user, int(time() * 1000))
        directory.sessions.begin(user.id, "a browser")
        told = CliRunner().invoke(main, ["users", "app-off", user.address], env={"PORTAL_DATA": str(tmp_path)})
        assert told.exit_code == 0, told.output
        after = directory.users.get(user.id)
        assert after
        assert not after.secret
        assert directory.sessions.of(user.id) == []
