"""Signing in: who is let in, by what, and what strangers are told."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from inside import COOKIE, EVA, PASSWORD, Clock, browser, with_app

from app.auth.returning import sign_in_address, wanted
from store.customers import Directory, Role, User
from store.customers.links import HOUR
from store.customers.passwords import hashed
from store.customers.sessions import MOST


@pytest.fixture
def clock() -> Clock:
    """The time of the directory."""
    return Clock()


def signed_in(site: Flask, address: str = EVA, password: str = PASSWORD, **more: str) -> FlaskClient:
    """A browser in which somebody has filled in the form."""
    client = browser(site)
    client.post("/sign-in", data={"address": address, "password": password, **more})
    return client


@pytest.mark.parametrize("path", ["/events", "/events/x", "/accounts", "/help", "/events/suggest?q=a", "/accounts/export.csv", "/nowhere"])
def test_a_stranger_is_led_to_the_form_from_every_page(site: Flask, path: str) -> None:
    """Whether there is such a page or not; the form leads back."""
    answer = browser(site).get(path)
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/sign-in"
    assert browser(site).get(answer.location).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/accounts/a@b.nl", "/api/v1/nothing"])
def test_a_program_without_a_token_is_told_so(site: Flask, path: str, method: str) -> None:
    """401 in the shape of all errors, with how to get one."""
    answer = browser(site).open(path, method=method)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "tokens add" in answer.get_json()["error"]["message"]


def test_what_is_open_to_strangers_is_a_short_list(site: Flask) -> None:
    """A new view is closed unless somebody says otherwise."""
    from app.auth.rights import needed  # noqa: PLC0415 - beside its one use

    rules = [(rule.rule, site.view_functions[rule.endpoint], rule.methods or ()) for rule in site.url_map.iter_rules()]
    found = {path for path, view, methods in rules if any(needed(view, method) is None for method in methods)}
    assert found == {
        "/static/<version>/<path:name>",
        "/healthz",
        "/readyz",
        "/metrics",  # which has a token of its own
        "/preferences",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/provider",
        "/sign-in/back",
        "/sign-in/forgotten",
        "/sign-out",
        "/welcome/<secret>",
    }


def test_a_user_sees_the_events_of_their_customer_only(site: Flask, eva: User) -> None:
    """Others look as if they were not there."""
    client = signed_in(site)
    found = client.get("/api/v1/events?limit=1000").get_json()
    assert found["total"] > 0
    assert {event["sender_domain"] for event in found["events"]} == {"shop.example"}
    assert eva.customer == "shop"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(site: Flask, eva: User) -> None:
    """The same sentence, and no session."""
    pages = []
    for address, password in ((eva.address, "wrong"), ("nobody@shop.example", PASSWORD), ("nonsense", PASSWORD)):
        answer = browser(site).post("/sign-in", data={"address": address, "password": password})
        assert answer.status_code == 422
        assert "Set-Cookie" not in answer.headers
        pages.append(answer.text.replace(address, "ADDRESS").split('<form class="edit"')[1])
    assert len({page.split("</form>")[0] for page in pages}) == 1


def test_the_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(site: Flask, eva: User) -> None:
    """Bound to the host with TLS; new at each sign-in, and the one before has ended."""
    assert eva.id
    answer = browser(site).post("/sign-in", data={"address": EVA, "password": PASSWORD}, base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    client = signed_in(site)
    first = client.get_cookie(COOKIE)
    client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    second = client.get_cookie(COOKIE)
    assert first
    assert second
    assert first.value != second.value
    client.set_cookie(COOKIE, first.value)
    assert client.get("/events").status_code == 303


def test_signing_out_ends_the_session_itself(site: Flask, eva: User) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    assert eva.id
    client = signed_in(site)
    cookie = client.get_cookie(COOKIE)
    assert cookie
    assert client.get("/events").status_code == 200
    assert client.post("/sign-out").location == "/sign-in"
    client.set_cookie(COOKIE, cookie.value)
    assert client.get("/events").status_code == 303


@pytest.mark.parametrize(("rests", "ends"), [(119, False), (121, True)])
def test_a_session_ends_when_it_is_not_used(site: Flask, eva: User, clock: Clock, rests: int, *, ends: bool) -> None:
    """After two hours without a request; Redis itself forgets it, which the test does not wait for: it shortens what is left."""
    assert eva.id
    client = signed_in(site)
    directory = site.extensions["portal"].directory
    (session,) = directory.sessions.of(eva.id)
    left = directory._client.command("PTTL", f"portal:{{people}}:session:{session.id}")
    assert 119 * 60_000 < left <= 120 * 60_000
    clock.now += rests * 60_000
    if ends:
        directory._client.command("PEXPIRE", f"portal:{{people}}:session:{session.id}", 0)
    assert client.get("/events").status_code == (303 if ends else 200)


def test_a_session_ends_after_half_a_day_however_much_it_is_used(site: Flask, eva: User, clock: Clock) -> None:
    """Twelve hours, by the portal's clock."""
    assert eva.id
    client = signed_in(site)
    clock.now += 12 * HOUR - 1
    assert client.get("/events").status_code == 200
    clock.now += 1
    assert client.get("/events").status_code == 303


def test_who_signs_in_once_too_often_ends_their_oldest_session(directory: Directory, eva: User, clock: Clock) -> None:
    """A user has so many at once and no more; the sessions of others stay."""
    other = directory.sessions.begin(directory.users.add("other@shop.example", Role.READER, "shop").id, "a browser")
    secrets = []
    for _ in range(MOST + 2):
        clock.now += 1
        secrets.append(directory.sessions.begin(eva.id, "a browser"))
    assert [directory.by_session(each) is None for each in secrets] == [True, True] + [False] * MOST
    assert directory.by_session(other)


def test_who_has_an_app_is_asked_for_a_code_that_counts_once(site: Flask, directory: Directory, eva: User, clock: Clock) -> None:
    """Between the steps nothing is open; a code that was used is refused, and so is one of an hour ago."""
    secret = with_app(directory, eva, clock.now)
    clock.now += 60_000
    code = pyotp.TOTP(secret).at(clock.now // 1000)
    client = signed_in(site, next="/accounts")
    assert client.get("/events").status_code == 303
    assert client.post("/sign-in/code", data={"code": "000000" if code != "000000" else "000001"}).status_code == 422
    assert client.post("/sign-in/code", data={"code": pyotp.TOTP(secret).at(clock.now // 1000 - 3600)}).status_code == 422
    answer = client.post("/sign-in/code", data={"code": code, "next": "/accounts"})
    assert answer.location == "/accounts"
    assert client.get("/events").status_code == 200
    again = signed_in(site)
    assert again.post("/sign-in/code", data={"code": code}).status_code == 422


def test_the_first_operator_is_made_with_a_link_that_works_once(site: Flask, directory: Directory) -> None:
    """A password that is not taken makes nobody, and leaves the link as it is."""
    path = f"/welcome/{directory.links.make('first', life=HOUR)}"
    client = browser(site)
    for password in ("short", "password1234", "PORTALportal12"):
        answer = client.post(path, data={"address": "ops@portal.example", "password": password, "again": password})
        assert answer.status_code == 422
        assert not directory.users.every(None)
    assert client.post(path, data={"address": "ops@portal.example", "password": PASSWORD, "again": PASSWORD + "!"}).status_code == 422
    assert client.post(path, data={"address": "ops@portal.example", "password": PASSWORD, "again": PASSWORD}).location == "/events"
    assert client.get("/events").status_code == 200
    assert client.get(path).status_code == 404
    assert [user.role for user in directory.users.every(None)] == [Role.OPERATOR]


def test_an_address_that_somebody_has_does_not_use_up_the_first_link(site: Flask, directory: Directory, eva: User) -> None:
    """Nor does one that is none: the same link works with another."""
    path, client = f"/welcome/{directory.links.make('first', life=HOUR)}", browser(site)
    for address in (eva.address, "nobody"):
        assert client.post(path, data={"address": address, "password": PASSWORD, "again": PASSWORD}).status_code == 422
    assert directory.users.every(None) == []
    assert client.post(path, data={"address": "ops@portal.example", "password": PASSWORD, "again": PASSWORD}).location == "/events"


def test_several_who_have_the_first_link_make_one_operator(site: Flask, directory: Directory) -> None:
    """At the same moment, or with a link of another start of the server: it is over once there is an operator."""
    path, other = (f"/welcome/{directory.links.make('first', life=HOUR)}" for _ in range(2))

    def become(number: int) -> int:
        form = {"address": f"ops{number}@portal.example", "password": PASSWORD, "again": PASSWORD}
        return browser(site).post(path, data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(become, range(8))) == [303] + [404] * 7
    assert len(directory.users.every(None)) == 1
    assert browser(site).get(other).status_code == 404


def test_a_new_password_ends_all_older_links(site: Flask, directory: Directory, eva: User) -> None:
    """Whoever has an old invitation does not get in by it; one that was refused a password is still good."""
    old, new = (f"/welcome/{directory.links.make('password', eva.id, life=HOUR)}" for _ in range(2))
    fresh = "seven kettles on a frozen harbour"
    assert browser(site).post(new, data={"password": "short", "again": "short"}).status_code == 422
    assert browser(site).post(new, data={"password": fresh, "again": fresh}).status_code == 303
    assert browser(site).get(old).status_code == 404
    assert browser(site).post(old, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404


def test_a_form_of_who_is_signed_out_says_that_nothing_was_changed(site: Flask, eva: User) -> None:
    """In words for people, with the way to sign in; leading on would lose what was typed."""
    client = signed_in(site)
    client.post("/sign-out")
    answer = client.post(f"/accounts/{eva.address}", data={"phone": "0612345678"})
    assert answer.status_code == 401
    assert "nothing was changed" in answer.text
    assert "Bearer" not in answer.text
    assert 'href="/sign-in"' in answer.text


def test_a_new_password_ends_all_sessions(site: Flask, directory: Directory, eva: User) -> None:
    """Whoever knew the old one is out."""
    client = signed_in(site)
    path = f"/welcome/{directory.links.make('password', eva.id, life=HOUR)}"
    fresh = "seven kettles on a frozen harbour"
    assert browser(site).post(path, data={"password": fresh, "again": fresh}).status_code == 303
    assert client.get("/events").status_code == 303
    assert signed_in(site).get("/events").status_code == 303
    assert signed_in(site, password=fresh).get("/events").status_code == 200


def test_who_may_not_come_in_any_more_is_out_at_once(site: Flask, directory: Directory, eva: User) -> None:
    """A removed user, and all of a removed customer."""
    client = signed_in(site)
    directory.users.remove(eva.id)
    assert client.get("/events").status_code == 303
    other = directory.users.set_password(directory.users.add("jan@shop.example", Role.ADMIN, "shop").id, PASSWORD)
    client = signed_in(site, other.address)
    assert client.get("/events").status_code == 200
    directory.remove_customer("shop")
    assert client.get("/events").status_code == 303


def test_a_token_lets_a_program_in_as_far_as_its_role_goes(site: Flask, directory: Directory, clock: Clock) -> None:
    """Hashed, expiring, revocable; a reader's may not change a number, and one for sending events reads nothing."""
    client = browser(site)

    def status(secret: str, method: str = "GET", path: str = "/api/v1/events") -> int:
        return client.open(path, method=method, headers={"Authorization": f"Bearer {secret}"}, json={"phone": None}).status_code

    reader, token = directory.tokens.add("reads", Role.READER, "shop", by="a test", expires=clock.now + HOUR)
    assert status(reader) == 200
    assert status(reader, "PUT", "/api/v1/accounts/a@b.nl") == 403
    assert status(directory.tokens.add("sends", Role.INGEST, "shop", by="a test")[0]) == 403
    assert status(reader + "x") == 401
    clock.now += HOUR
    assert status(reader) == 401
    clock.now -= 1
    assert status(reader) == 200
    assert directory.tokens.every("shop")[0][1] > 0
    directory.tokens.revoke(token.id, "shop")
    assert status(reader) == 401


def test_nothing_that_lets_somebody_in_is_kept_as_it_is(directory: Directory, eva: User) -> None:
    """Passwords, sessions, tokens and links are kept as digests only."""
    secrets = [
        PASSWORD,
        directory.sessions.begin(eva.id, "a browser"),
        directory.tokens.add("reads", Role.READER, "shop", by="a test")[0],
        directory.links.make("password", eva.id, life=HOUR),
    ]
    client = directory._client
    kept = b""
    for key in client.command("KEYS", "*"):
        kind = client.command("TYPE", key).decode()
        kept += key + repr(client.command(*{"string": ("GET", key), "hash": ("HGETALL", key), "set": ("SMEMBERS", key)}[kind])).encode()
    assert len(kept) > 300
    for secret in secrets:
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "",
        "events",
        "http://[",
        "/events\r\nSet-Cookie: a=b",
        "/" + "a" * 5000,
    ],
)
def test_signing_in_leads_to_no_other_site(text: str) -> None:
    """What is no page of this portal leads to the start."""
    assert wanted(text) in {"/events", "/"}


def test_signing_in_leads_on_to_what_was_asked_for(site: Flask, eva: User) -> None:
    """With its query; a part that htmx asks for leads to the page around it."""
    assert eva.id
    assert wanted("/events?q=a%20b&sort=-type") == "/events?q=a%20b&sort=-type"
    assert sign_in_address("/accounts?q=x") == "/sign-in?next=%2Faccounts%3Fq%3Dx"
    part = browser(site).get("/events?q=x", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/events?q=old"})
    assert part.status_code == 401
    assert part.headers["HX-Redirect"] == "/sign-in?next=%2Fevents%3Fq%3Dold"


def test_the_words_that_a_password_is_refused_with_say_why() -> None:
    """Short, stolen, easy, or one's own address; a sentence is taken."""
    from store.customers.passwords import refusal  # noqa: PLC0415 - beside its one use

    assert "at least 12" in str(refusal("abc"))
    assert "stolen" in str(refusal("1qaz2wsx3edc"))
    assert "easy" in str(refusal("eva.shop.example", ("eva@shop.example",)))
    assert refusal(PASSWORD) is None
    assert refusal("x" * 201) is not None
    assert hashed(PASSWORD).startswith("$argon2id$")
