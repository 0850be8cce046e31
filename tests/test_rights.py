"""Who may ask for what: a table of every route with every verb, held against every role; a route that is missing in it fails."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from accounts_portal import kept_accounts
from flask.testing import FlaskClient
from people_portal import ROLES, People, people_of
from samples import BOUNCED, JAN, MAIL

from app.auth.rights import needed
from store.customers import Role
from store.embedded import EmbeddedStore

EVERYBODY = "everybody, signed in or not"
READ = "readers and who may more"
EDIT = "editors and who may more"
MANAGE = "administrators and operators"
OPERATE = "operators"
INGEST = "operators, and tokens for it"
MAY = {
    READ: {Role.READER, Role.EDITOR, Role.ADMIN, Role.OPERATOR},
    EDIT: {Role.EDITOR, Role.ADMIN, Role.OPERATOR},
    MANAGE: {Role.ADMIN, Role.OPERATOR},
    OPERATE: {Role.OPERATOR},
    INGEST: {Role.OPERATOR},
}
EVERY_ROUTE = {
    ("GET", "/static/<version>/<path:name>"): EVERYBODY,
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,  # it asks for a token of its own
    ("POST", "/preferences"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("GET", "/sign-in/code"): EVERYBODY,
    ("POST", "/sign-in/code"): EVERYBODY,
    ("GET", "/sign-in/forgotten"): EVERYBODY,
    ("POST", "/sign-in/forgotten"): EVERYBODY,
    ("GET", "/sign-in/provider"): EVERYBODY,
    ("GET", "/sign-in/back"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/welcome/<secret>"): EVERYBODY,
    ("POST", "/welcome/<secret>"): EVERYBODY,
    ("GET", "/"): READ,
    ("GET", "/events"): READ,
    ("GET", "/events/check"): READ,
    ("GET", "/events/suggest"): READ,
    ("GET", "/events/chart"): READ,
    ("GET", "/events/<path:event_id>"): READ,
    ("GET", "/help"): READ,
    ("POST", "/preferences/columns"): READ,
    ("GET", "/api/v1/openapi.json"): READ,
    ("GET", "/api/v1/events"): READ,
    ("POST", "/api/v1/events"): INGEST,
    ("POST", "/hooks/ses/<token>"): INGEST,
    ("GET", "/api/v1/events/<path:event_id>"): READ,
    ("GET", "/api/v1/events.ndjson"): READ,
    ("GET", "/api/v1/events.csv"): READ,
    ("GET", "/api/v1/events.xlsx"): READ,
    ("GET", "/api/v1/events/histogram"): READ,
    ("GET", "/api/v1/events/top"): READ,
    ("GET", "/accounts"): READ,
    ("GET", "/accounts/doubtful"): READ,
    ("GET", "/accounts/import"): READ,
    ("POST", "/accounts/import"): EDIT,
    ("POST", "/accounts/import/apply"): EDIT,
    ("GET", "/accounts/<address:address>"): READ,
    ("POST", "/accounts/<address:address>"): EDIT,
    ("POST", "/accounts/<address:address>/delete"): EDIT,
    ("POST", "/accounts/<address:address>/restore"): EDIT,
    ("POST", "/accounts/<address:address>/number"): READ,
    ("GET", "/api/v1/accounts"): READ,
    ("GET", "/api/v1/accounts/<address:address>"): READ,
    ("PUT", "/api/v1/accounts/<address:address>"): EDIT,
    ("DELETE", "/api/v1/accounts/<address:address>"): EDIT,
    ("POST", "/api/v1/accounts/<address:address>/restore"): EDIT,
    ("GET", "/api/v1/accounts.csv"): READ,
    ("GET", "/configuration"): READ,
    ("GET", "/configuration/me"): READ,
    ("GET", "/configuration/me/<path:_below>"): READ,
    ("POST", "/configuration/me/password"): READ,
    ("POST", "/configuration/me/sessions/<session>/end"): READ,
    ("POST", "/configuration/me/sessions/end"): READ,
    ("POST", "/configuration/me/app"): READ,
    ("POST", "/configuration/me/app/confirm"): READ,
    ("POST", "/configuration/me/recovery"): READ,
    ("POST", "/configuration/me/app/off"): READ,
    ("GET", "/configuration/users"): MANAGE,
    ("POST", "/configuration/users"): MANAGE,
    ("GET", "/configuration/users/<user>"): MANAGE,
    ("POST", "/configuration/users/<user>/role"): MANAGE,
    ("POST", "/configuration/users/<user>/stop"): MANAGE,
    ("POST", "/configuration/users/<user>/link"): MANAGE,
    ("POST", "/configuration/users/<user>/remove"): MANAGE,
    ("POST", "/configuration/users/<user>/restore"): MANAGE,
    ("GET", "/configuration/tokens"): MANAGE,
    ("POST", "/configuration/tokens"): MANAGE,
    ("POST", "/configuration/tokens/<token>/revoke"): MANAGE,
    ("GET", "/configuration/audit"): MANAGE,
    ("GET", "/configuration/audit.csv"): MANAGE,
    ("GET", "/configuration/audit.ndjson"): MANAGE,
    ("GET", "/configuration/customers"): OPERATE,
    ("POST", "/configuration/customers"): OPERATE,
    ("GET", "/configuration/customers/<customer>"): OPERATE,
    ("POST", "/configuration/customers/<customer>"): OPERATE,
    ("POST", "/configuration/customers/<customer>/remove"): OPERATE,
    ("POST", "/configuration/customers/<customer>/look"): OPERATE,
    ("POST", "/configuration/looking/stop"): OPERATE,
}
# What stands in the places of a path; of users and customers nobody's, so that no answer changes anything.
PLACES = {
    "<version>/<path:name>": "0/favicon.svg",
    "<path:event_id>": BOUNCED.id,
    "<address:address>": JAN,
    "<secret>": "none",
    "<user>": "none",
    "<session>": "none",
    "<path:_below>": "none",
    "<token>": "none",
    "<customer>": "none",
}

OTHERS = next(each for each in MAIL if each.sender_domain not in {None, "shop.example"})


@pytest.fixture(scope="module")
def people(mail_store: EmbeddedStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Two customers with a user of each role, and operators."""
    folder = tmp_path_factory.mktemp("redis")
    with kept_accounts(folder) as accounts:
        found = people_of(mail_store, accounts, folder)
        with closing(found.directory):
            yield found


def status(client: FlaskClient, method: str, rule: str, **more: object) -> int:
    """The answer to an empty request."""
    path = rule
    for place, value in PLACES.items():
        path = path.replace(place, value)
    with client.open(path, method=method, **more) as answer:
        return answer.status_code


def test_the_table_has_every_route_and_no_other(people: People) -> None:
    """Whoever adds a view says here who may ask for it."""
    there = {(method, rule.rule) for rule in people.site.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there == set(EVERY_ROUTE)


def test_what_is_marked_is_what_the_table_says(people: People) -> None:
    """The right that each view takes lets in the roles of the table, and those alone."""
    for rule in people.site.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            right = needed(people.site.view_functions[rule.endpoint], method)
            said = EVERY_ROUTE[method, rule.rule]
            if said == EVERYBODY:
                assert right is None, rule
            else:
                assert right is not None, rule
                assert {role for role in ROLES if role.may(right)} == MAY[said], (method, rule)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_the_table_says(people: People, role: Role) -> None:
    """Others get 403 and nothing else, whether what they ask for is there or not."""
    user = people.ops[0] if role is Role.OPERATOR else people.shop[role]
    browser = people.browser(user)
    for (method, rule), said in EVERY_ROUTE.items():
        if rule in {"/sign-out", "/sign-in", "/sign-in/code", "/configuration/me/sessions/end"}:  # they end the session
            continue
        if rule.startswith("/hooks/"):  # the token in the address says who it is, and a session nothing: tests/test_hooks.py
            assert status(browser, method, rule) == 401
            continue
        found = status(browser, method, rule)
        assert (found == 403) == (said != EVERYBODY and role not in MAY[said]), (method, rule, found)
        assert found < 500, (method, rule, found)


def test_a_stranger_is_let_in_nowhere_else(people: People) -> None:
    """Pages lead to the form, all else is refused."""
    for (method, rule), said in EVERY_ROUTE.items():
        found = status(people.site.test_client(), method, rule)
        if said == EVERYBODY:
            assert found not in {401, 403}, (method, rule)
        else:
            assert found == (303 if method == "GET" and not rule.startswith("/api/") else 401), (method, rule, found)


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR, Role.ADMIN, Role.INGEST, Role.OPERATOR])
def test_a_token_opens_the_api_as_far_as_its_role_goes_and_no_page(people: People, role: Role) -> None:
    """Whatever its role: the pages are for people."""
    secret, _ = people.directory.tokens.add(f"a {role}", role, None if role is Role.OPERATOR else "shop", by="a test")
    client = people.site.test_client()
    for (method, rule), said in EVERY_ROUTE.items():
        if said == EVERYBODY:
            continue
        found = status(client, method, rule, headers={"Authorization": f"Bearer {secret}"})
        if not rule.startswith("/api/"):
            assert found in {303, 401}, (method, rule, found)
        else:
            may = MAY[said] | ({Role.INGEST} if said == INGEST else set())
            assert (found == 403) == (role not in may), (method, rule, found)


def test_a_session_of_one_customer_never_gets_another_ones(people: People) -> None:
    """Events and accounts, by every role of Shop: those of its own senders, and no account, as none is its own."""
    for user in people.shop.values():
        browser = people.browser(user)
        events = browser.get("/api/v1/events?limit=1000").get_json()["events"]
        assert {event["sender_domain"] for event in events} == {"shop.example"}
        assert browser.get("/api/v1/accounts").get_json()["total"] == 0
        assert browser.get(f"/events/{OTHERS.id}").status_code == browser.get("/events/none").status_code == 404
