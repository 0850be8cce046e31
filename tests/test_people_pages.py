"""The Configuration section without a browser: users, tokens, the audit trail and customers, and whose they are."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from accounts_portal import kept_accounts
from flask.testing import FlaskClient
from markup import named
from people_portal import People, people_of

from store.customers import Role, What
from store.customers.trail import Sought
from store.embedded import EmbeddedStore

USERS = "/configuration/users"
TOKENS = "/configuration/tokens"
AUDIT = "/configuration/audit"
CUSTOMERS = "/configuration/customers"
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><b>',
    "{{ 7*7 }}",
    "%(name)s %s",
    "=cmd|'/c calc'!A1",
    "a\u202etxt.exe",
    "a\r\nX-Injected: 1",
    "*1\r\n$4\r\nQUIT\r\n",
    "' OR 1=1 --",
    "\x00null",
    "x" * 79,
)


@pytest.fixture
def people(mail_store: EmbeddedStore, tmp_path: Path) -> Iterator[People]:
    """Two customers and two operators."""
    with kept_accounts(tmp_path / "redis") as accounts:
        found = people_of(mail_store, accounts, tmp_path / "redis")
        with closing(found.directory):
            yield found


@pytest.fixture
def admin(people: People) -> FlaskClient:
    """The administrator of Shop."""
    return people.browser(people.shop[Role.ADMIN])


@pytest.fixture
def operator(people: People) -> FlaskClient:
    """An operator who looks at nobody's things in particular."""
    return people.browser(people.ops[0])


def kinds(people: People, customer: str | None = "shop") -> list[tuple[str, str]]:
    """What the trail of a customer has, old to new: kind and about whom."""
    return [(each.what, each.about) for each in reversed(list(people.directory.audit.every(customer, Sought())))]


def seen(html: str) -> str:
    """What a form says that it was made from."""
    return next(each["value"] for each in named(html, "input") if each["name"] == "seen")


def rows(html: str) -> list[str]:
    """The first cell of each row of the page's table."""
    return re.findall(r"<tr><td><a [^>]*><bdi>([^<]*)", html)


def secret_of(html: str) -> str:
    """The link or token that a page shows this once."""
    return next(each["value"] for each in named(html, "input") if "readonly" in each.attributes)


def test_configuration_leads_to_the_first_page_that_one_may_see(people: People, admin: FlaskClient) -> None:
    """The navigation has it for those who manage."""
    assert admin.get("/configuration").location == USERS
    assert any(each["href"] == "/configuration" for each in named(admin.get("/events").text, "a"))
    reader = people.browser(people.shop[Role.READER])
    assert not any(each["href"] == "/configuration" for each in named(reader.get("/events").text, "a"))
    assert [each.text for each in named(admin.get(USERS).text, "nav", class_="tabs")[0].inside if each.tag == "a"] == [
        "Users",
        "Tokens",
        "Audit trail",
        "You",
    ]


def test_an_administrator_invites_somebody_who_then_chooses_a_password(people: People, admin: FlaskClient) -> None:
    """The link is shown once, works once, and is for that person."""
    answer = admin.post(USERS, data={"address": " New@Shop.example ", "role": "reader"})
    assert answer.status_code == 200
    link = urlsplit(secret_of(answer.text)).path
    assert link.startswith("/welcome/")
    assert link not in admin.get(USERS).text
    assert "new@shop.example" in rows(admin.get(USERS).text)
    browser = people.site.test_client()
    password = "seven kettles on a frozen harbour"
    assert browser.post(link, data={"password": password, "again": password}).status_code == 303
    assert browser.get("/events").status_code == 200
    assert browser.get(link).status_code == 404
    assert kinds(people)[0] == ("user_added", "new@shop.example")


@pytest.mark.parametrize(
    ("address", "role", "wrong"),
    [
        ("new@shop.example", "operator", "Choose a role"),
        ("new@shop.example", "ingest", "Choose a role"),
        ("new@shop.example", "", "Choose a role"),
        ("no address", "reader", "address"),
        ("admin@town.example", "reader", "already"),
        ("x" * 400 + "@shop.example", "reader", "address"),
    ],
)
def test_what_cannot_be_a_user_is_refused_with_the_reason(people: People, admin: FlaskClient, address: str, role: str, wrong: str) -> None:
    """An administrator makes no operators; nothing is made and nothing noted."""
    answer = admin.post(USERS, data={"address": address, "role": role})
    assert answer.status_code == 422
    assert wrong in named(answer.text, "p", class_="clash")[0].text
    assert len(people.directory.users.every("shop")) == 3
    assert kinds(people) == []


def test_a_role_is_changed_and_the_change_is_noted(people: People, admin: FlaskClient) -> None:
    """From then on the user may what the role may."""
    user = people.shop[Role.READER]
    path = f"{USERS}/{user.id}"
    answer = admin.post(f"{path}/role", data={"role": "editor", "seen": seen(admin.get(path).text)})
    assert answer.location.startswith(path)
    assert "The change is kept." in admin.get(answer.location).text
    after = people.directory.users.get(user.id)
    assert after
    assert after.role is Role.EDITOR
    (entry,) = people.directory.audit.every("shop", Sought())
    assert (entry.what, entry.about, entry.detail) == ("user_changed", user.address, "reader -> editor")


def test_the_second_of_two_administrators_sees_what_the_first_did(people: People, admin: FlaskClient) -> None:
    """409 with the user as they are now; doing it again is a choice."""
    path = f"{USERS}/{people.shop[Role.READER].id}"
    form = seen(admin.get(path).text)
    assert admin.post(f"{path}/role", data={"role": "editor", "seen": form}).status_code == 303
    for action, data in (("role", {"role": "admin"}), ("stop", {})):
        late = admin.post(f"{path}/{action}", data={**data, "seen": form})
        assert late.status_code == 409
        assert "changed this user meanwhile" in late.text
        assert "Editor" in late.text
    assert admin.post(f"{path}/role", data={"role": "admin", "seen": seen(admin.get(path).text)}).status_code == 303


def test_who_is_kept_out_is_out_at_once_and_can_be_let_in_again(people: People, admin: FlaskClient) -> None:
    """Their sessions end; their password stays."""
    user = people.shop[Role.READER]
    theirs, path = people.browser(user), f"{USERS}/{user.id}"
    assert theirs.get("/events").status_code == 200
    admin.post(f"{path}/stop", data={"seen": seen(admin.get(path).text)})
    assert theirs.get("/events").status_code == 303
    assert people.browser(user).get("/events").status_code == 303
    admin.post(f"{path}/stop", data={"seen": seen(admin.get(path).text), "allow": "1"})
    assert people.browser(user).get("/events").status_code == 200


def test_a_removal_can_be_undone_for_a_day(people: People, admin: FlaskClient) -> None:
    """The list offers it; an address that is taken meanwhile is said."""
    user = people.shop[Role.READER]
    theirs = people.browser(user)
    answer = admin.post(f"{USERS}/{user.id}/remove")
    listed = admin.get(answer.location).text
    assert user.address not in rows(listed)
    assert "can be undone" in listed
    assert theirs.get("/events").status_code == 303
    assert people.browser(people.town[Role.ADMIN]).get(answer.location).text.count("can be undone") == 0
    assert admin.post(f"{USERS}/{user.id}/restore").status_code == 303
    assert people.directory.users.get(user.id) == user
    assert admin.post(f"{USERS}/{user.id}/restore").status_code == 404
    admin.post(f"{USERS}/{user.id}/remove")
    people.directory.users.add(user.address, Role.ADMIN, "town")
    assert admin.post(f"{USERS}/{user.id}/restore").status_code == 422
    assert [each[0] for each in kinds(people)] == ["user_removed", "user_added", "user_removed"]


@pytest.mark.parametrize("action", ["role", "stop", "remove"])
def test_nobody_does_it_to_themselves(people: People, admin: FlaskClient, action: str) -> None:
    """Whatever the form is made to say."""
    user = people.shop[Role.ADMIN]
    path = f"{USERS}/{user.id}"
    people.directory.users.change(people.shop[Role.EDITOR].id, lambda now: now)
    from app.people.users import version  # noqa: PLC0415 - beside its one use

    answer = admin.post(f"{path}/{action}", data={"role": "reader", "seen": version(user)})
    assert answer.status_code == 422
    assert "cannot do this to yourself" in answer.text
    assert people.directory.users.get(user.id) == user
    assert f"{path}/remove" not in admin.get(path).text


@pytest.mark.parametrize("action", ["role", "stop", "remove"])
def test_the_last_who_can_let_others_in_stays(people: People, operator: FlaskClient, action: str) -> None:
    """Also for an operator; somebody invited who has not come yet does not count."""
    operator.post(f"{CUSTOMERS}/shop/look")
    people.directory.users.add("invited@shop.example", Role.ADMIN, "shop")
    path = f"{USERS}/{people.shop[Role.ADMIN].id}"
    answer = operator.post(f"{path}/{action}", data={"role": "reader", "seen": seen(operator.get(path).text)})
    assert answer.status_code == 422
    assert "the last one who can let others in" in answer.text


def test_another_customers_people_look_absent_for_every_verb(people: People, admin: FlaskClient) -> None:
    """The same answer as for nobody, and nothing happens."""
    user = people.town[Role.ADMIN]
    secret, token = people.directory.tokens.add("theirs", Role.READER, "town", by="a test")
    people.directory.audit.note("town", "x@town.example", What.SAW_ACCOUNT, "jan@x.nl")

    def told(method: str, path: str) -> tuple[int, str]:
        answer = admin.open(path, method=method, data={"role": "reader", "seen": "x", "confirm": "Town"})
        return answer.status_code, re.sub(r"[0-9a-f]{16}", "ID", named(answer.text, "main")[0].text if answer.status_code != 303 else "")

    for method, path in [
        ("GET", USERS + "/{}"),
        *(("POST", USERS + "/{}/" + action) for action in ("role", "stop", "link", "remove", "restore")),
        ("POST", TOKENS + "/{}/revoke"),
    ]:
        theirs = token.id if path.startswith(TOKENS) else user.id
        assert told(method, path.format(theirs)) == told(method, path.format("0" * 16))
        assert told(method, path.format(theirs))[0] == 404
    assert people.directory.users.get(user.id) == user
    assert people.directory.by_token(secret)
    for page in (USERS, TOKENS, AUDIT, f"{AUDIT}?about=jan@x.nl", f"{AUDIT}.csv", f"{AUDIT}.ndjson?about=jan@x.nl"):
        text = admin.get(page).text
        assert "town.example" not in text
        assert "theirs" not in text
    for path in (CUSTOMERS, f"{CUSTOMERS}/town"):
        assert admin.get(path).status_code == 403
    for path in (f"{CUSTOMERS}/town/look", f"{CUSTOMERS}/town/remove", CUSTOMERS, f"{CUSTOMERS}/town", "/configuration/looking/stop"):
        assert admin.post(path).status_code == 403


def test_a_token_is_shown_once_and_can_be_revoked(people: People, admin: FlaskClient) -> None:
    """With who made it; afterwards the list has its label only."""
    answer = admin.post(TOKENS, data={"label": "reads", "role": "reader", "expires": "2090-01-31"})
    secret = secret_of(answer.text)
    assert people.directory.by_token(secret)
    listed = admin.get(TOKENS).text
    assert secret not in listed
    assert people.shop[Role.ADMIN].address in listed
    assert "2090" in listed
    (pair,) = people.directory.tokens.every("shop")
    assert admin.post(f"{TOKENS}/{pair[0].id}/revoke").status_code == 303
    assert people.directory.by_token(secret) is None
    assert kinds(people) == [("token_added", "reads"), ("token_revoked", "reads")]


def test_a_token_that_sends_events_comes_with_the_address_for_a_subscription(admin: FlaskClient) -> None:
    """The whole of it, to be copied; others have no such address."""
    text = admin.post(TOKENS, data={"label": "sns", "role": "ingest"}).text
    assert f"http://localhost/hooks/ses/{secret_of(text)}" in text
    assert "/hooks/" not in admin.post(TOKENS, data={"label": "reads", "role": "reader"}).text


@pytest.mark.parametrize(
    "data",
    [
        {"label": "", "role": "reader"},
        {"label": "x", "role": "operator"},
        {"label": "x", "role": ""},
        {"label": "x" * 81, "role": "reader"},
        {"label": "x", "role": "reader", "expires": "2001-01-01"},
        {"label": "x", "role": "reader", "expires": "soon"},
    ],
)
def test_what_cannot_be_a_token_is_refused_with_what_was_typed(people: People, admin: FlaskClient, data: dict[str, str]) -> None:
    """Nothing is made."""
    answer = admin.post(TOKENS, data=data)
    assert answer.status_code == 422
    assert named(answer.text, "p", class_="clash")
    assert people.directory.tokens.every("shop") == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_shown_as_text(operator: FlaskClient, text: str) -> None:
    """In lists, titles, forms and the trail; a cell of the export is no formula."""
    made = operator.post(CUSTOMERS, data={"name": f"A{text}"[:80], "domains": "hostile.example"})
    assert made.status_code == 303
    path = urlsplit(made.location).path
    operator.post(f"{path}/look")
    operator.post(TOKENS, data={"label": text, "role": "reader"})
    for page in (CUSTOMERS, path, USERS, TOKENS, AUDIT, "/events"):
        answer = operator.get(page)
        assert answer.status_code == 200
        assert not [each for each in named(answer.text, "script") if "alert" in each.text]
        assert "onerror" not in {name for each in named(answer.text, "img") for name in each.attributes}
        assert "X-Injected" not in answer.headers
        assert "\u202e" not in answer.text
        assert "49" not in re.findall(r"<h1>([^<]*)", answer.text)
    for line in operator.get(f"{AUDIT}.csv").text.splitlines():
        assert not any(cell.strip('"').startswith("=") for cell in line.split(","))


def test_the_trail_is_read_by_person_kind_and_time(people: People, admin: FlaskClient) -> None:
    """Links of an entry lead to the same person's; what is wrong with a filter is said with what was typed."""
    for number in range(60):
        people.directory.audit.note("shop", f"u{number % 3}@shop.example", What.SAW_ACCOUNT, f"p{number % 2}@x.nl", via="page")
    people.directory.audit.note("shop", "u0@shop.example", What.SAW_NUMBER, "p1@x.nl", via="page")
    page = admin.get(AUDIT).text
    assert page.count("<tr><td><time") == 50
    following = next(each["href"] for each in named(page, "a") if each.attributes.get("rel") == "next")
    assert admin.get(following).text.count("<tr><td><time") == 11
    assert admin.get(f"{AUDIT}?about=P1@x.nl").text.count("<tr><td><time") == 31
    assert admin.get(f"{AUDIT}?about=p1@x.nl&who=u0@shop.example&what=saw_number").text.count("<tr><td><time") == 1
    assert admin.get(f"{AUDIT}?to=2001-01-01").text.count("<tr><td><time") == 0
    for wrong in ("from=x", "what=y", "cursor=z", "nothing=1", "from=2026-02-01&to=2026-01-01"):
        answer = admin.get(f"{AUDIT}?{wrong}")
        assert answer.status_code == 400
        assert named(answer.text, "p", class_="clash")


def test_an_export_of_the_trail_is_whole_and_noted(people: People, admin: FlaskClient) -> None:
    """Its last line says how many; as the filters say."""
    for number in range(1200):
        people.directory.audit.note("shop", "u@shop.example", What.SAW_ACCOUNT, f"p{number % 2}@x.nl")
    lines = admin.get(f"{AUDIT}.csv?about=p1@x.nl&excel=1").text.splitlines()
    assert len(lines) == 602
    assert lines[-1].startswith("# end: 600 entries")
    assert lines[0].lstrip("\ufeff").split(";")[:2] == ["time", "who"]
    whole = admin.get(f"{AUDIT}.ndjson").text.splitlines()
    assert whole[-1] == '{"end":true,"entries":1201}'
    assert kinds(people)[-1] == ("exported_audit", "")
    assert admin.get(f"{AUDIT}.csv?what=x").status_code == 400


def test_an_operator_looks_at_one_customers_things_until_they_stop(people: People, operator: FlaskClient) -> None:
    """Events, accounts, users and the trail are that customer's; its trail says so, and the pages do."""
    every = operator.get("/api/v1/events").get_json()["total"]
    assert operator.post(f"{CUSTOMERS}/shop/look").location == "/events"
    page = operator.get("/events").text
    assert "Looking at: Shop" in page
    assert {each["sender_domain"] for each in operator.get("/api/v1/events").get_json()["events"]} == {"shop.example"}
    assert rows(operator.get(USERS).text) == ["admin@shop.example", "editor@shop.example", "reader@shop.example"]
    assert ("looked_at_customer", "Shop") in kinds(people)
    assert operator.get(f"{USERS}/{people.ops[1].id}").status_code == 404
    assert operator.post("/configuration/looking/stop").location == CUSTOMERS
    assert "Looking at" not in operator.get("/events").text
    assert operator.get("/api/v1/events").get_json()["total"] == every
    assert rows(operator.get(USERS).text) == ["olga@portal.example", "ops@portal.example"]


def test_a_customer_is_changed_and_both_forms_and_trail_say_how(people: People, operator: FlaskClient) -> None:
    """Name, domains, language, zone and retention; the second of two sees the first."""
    path = f"{CUSTOMERS}/shop"
    form = seen(operator.get(path).text)
    data = {"name": "The Shop", "domains": "shop.example\nwinkel.example", "language": "nl", "timezone": "Asia/Tokyo", "retention": "6"}
    assert operator.post(path, data={**data, "seen": form}).status_code == 303
    assert operator.post(path, data={**data, "seen": form}).status_code == 409
    found = people.directory.by_id("shop")
    assert found
    assert (found.name, found.domains, found.language, found.timezone, found.retention) == (
        "The Shop",
        ("shop.example", "winkel.example"),
        "nl",
        "Asia/Tokyo",
        6,
    )
    (entry,) = people.directory.audit.every("shop", Sought())
    assert "retention: 6" in entry.detail
    form = seen(operator.get(path).text)
    for wrong in (
        {"name": ""},
        {"name": "Town"},
        {"domains": "town.example"},
        {"domains": "x"},
        {"language": "xx"},
        {"timezone": "x"},
        {"retention": "-1"},
    ):
        answer = operator.post(path, data={**data, **wrong, "seen": form})
        assert answer.status_code == 422, wrong
        assert named(answer.text, "p", class_="clash")


def test_what_a_customer_has_chosen_is_for_its_users_who_chose_nothing(people: People, operator: FlaskClient) -> None:
    """Language and time zone; a user's own choice goes before, and an operator who looks at it keeps theirs."""
    path = f"{CUSTOMERS}/shop"
    data = {"name": "Shop", "domains": "shop.example", "language": "nl", "timezone": "Asia/Tokyo", "seen": seen(operator.get(path).text)}
    operator.post(path, data=data)
    reader = people.browser(people.shop[Role.READER])
    page = reader.get("/events", headers={"Accept-Language": "en"}).text
    assert named(page, "html")[0]["lang"] == "nl"
    assert "Asia/Tokyo" in page
    reader.set_cookie("language", "en")
    assert named(reader.get("/events").text, "html")[0]["lang"] == "en"
    operator.post(f"{path}/look")
    assert named(operator.get("/events").text, "html")[0]["lang"] == "en"
    assert "Europe/Amsterdam" in people.browser(people.town[Role.READER]).get("/events").text


def test_a_customer_is_removed_only_by_its_name(people: People, operator: FlaskClient) -> None:
    """Its users are out at once; an operator who looked at it sees everything again."""
    reader = people.browser(people.shop[Role.READER])
    operator.post(f"{CUSTOMERS}/shop/look")
    assert operator.post(f"{CUSTOMERS}/shop/remove", data={"confirm": "sh"}).status_code == 422
    assert operator.post(f"{CUSTOMERS}/shop/remove", data={"confirm": "shop"}).status_code == 303
    assert reader.get("/events").status_code == 303
    assert "Looking at" not in operator.get("/events").text
    assert operator.get(f"{CUSTOMERS}/shop").status_code == 404
    assert ("customer_removed", "Shop") in kinds(people, None) + kinds(people)
