"""The Configuration section in a real browser: letting people in, tokens, the trail, customers; accessibility and layout."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from conftest import Visitor, accessible, served
from playwright.sync_api import expect
from samples import MAIL

from app.stores import ACCOUNTS, EVENTS
from store.customers import Directory, Role, What
from store.embedded import EmbeddedStore

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = {"viewport": {"width": 1920, "height": 1000}, "color_scheme": "dark"}
DUTCH = {"viewport": {"width": 1020, "height": 800}, "locale": "nl-NL"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
DUTCH_PHONE = {**PHONE, "locale": "nl-NL"}
SCRIPTLESS = {"java_script_enabled": False}
HOSTILE = "<script>document.title='run'</script><img src=x onerror=alert(1)>"
STATES = {
    "users": "/configuration/users",
    "a removal": "/configuration/users?removed={removed}",
    "one user": "/configuration/users/{user}",
    "tokens": "/configuration/tokens",
    "trail": "/configuration/audit",
    "trail with a fault": "/configuration/audit?from=x&about=jan@x.nl",
    "nothing in the trail": "/configuration/audit?about=nobody@x.nl",
    "customers": "/configuration/customers",
    "one customer": "/configuration/customers/shop",
}
IDS: dict[str, str] = {}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A portal with a customer, operators, tokens and a trail, until these tests are done."""
    data = tmp_path_factory.mktemp("portal")
    store = EmbeddedStore(data / EVENTS)
    store.write(MAIL)
    store.close()
    with served(data) as found, closing(Directory(data / ACCOUNTS)) as directory:
        directory.add_customer("Shop", ("shop.example",))
        directory.users.add("eva@shop.example", Role.ADMIN, "shop")
        IDS["user"] = directory.users.add("a.rather.long.address.of.somebody@operations.portal.example", Role.OPERATOR, None).id
        IDS["removed"] = directory.users.add("gone@portal.example", Role.OPERATOR, None).id
        directory.staff.remove(IDS["removed"], "")
        directory.tokens.add(HOSTILE, Role.OPERATOR, None, by="operator")
        for number in range(70):
            directory.audit.note(None, "ops@portal.example", What.SAW_EVENTS_OF, f"p{number}@x.nl", HOSTILE, "page")
        yield found


@pytest.mark.parametrize(
    ("visit", "state"),
    [(look, state) for look in (WIDE, DARK, DUTCH, PHONE, DUTCH_PHONE) for state in STATES],
    indirect=["visit"],
)
def test_every_page_is_accessible_and_keeps_to_the_window(visit: Visitor, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of good practice, no report of the content policy, no sideways scroll."""
    accessible(visit.open(STATES[state].format(**IDS)))


@pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)
def test_an_operator_lets_in_the_first_administrator_of_a_customer(visit: Visitor) -> None:
    """Look at the customer, invite, hand over the link; the top bar says whose things these are, until Stop."""
    page = visit.open("/configuration/customers")
    page.get_by_role("button", name="Look at: Shop").click()
    expect(page.locator("body")).to_contain_text("Looking at: Shop")
    page.get_by_role("link", name="Configuration").click()
    person = f"p{id(visit)}@shop.example"
    page.get_by_label("Address").fill(person)
    page.get_by_label("Role").select_option("admin")
    page.get_by_role("button", name="Invite").click()
    assert "/welcome/" in page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("link", name="All users").click()
    expect(page.get_by_role("link", name=person)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("body")).not_to_contain_text("Looking at: Shop")


@pytest.mark.parametrize("visit", [WIDE, PHONE, SCRIPTLESS], ids=["wide", "phone", "without JavaScript"], indirect=True)
def test_what_cannot_be_taken_back_is_asked_for_first(visit: Visitor) -> None:
    """A token is made, shown, and revoked; by keyboard, also without scripts."""
    page = visit.open("/configuration/tokens")
    label = f"token {id(visit)}"
    page.get_by_label("Label").fill(label)
    page.get_by_role("button", name="Make a token").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text(label)
    assert page.get_by_label("Token", exact=True).input_value().startswith("portal_")
    row = page.get_by_role("row").filter(has_text=label)
    expect(row.get_by_role("button", name="Revoke this token")).to_be_hidden()
    row.locator("summary").press("Enter")
    row.get_by_role("button", name="Revoke this token").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("revoked")
    expect(page.get_by_role("row").filter(has_text=label)).to_have_count(0)


@pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)
def test_the_trail_is_looked_through_to_its_end(visit: Visitor) -> None:
    """And by person with a click."""
    page = visit.open("/configuration/audit?what=saw_events_of")
    expect(page.locator(".trail tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Look further").click()
    expect(page.locator(".trail tbody tr")).to_have_count(20)
    page.get_by_role("link", name="p3@x.nl", exact=True).click()
    expect(page.locator(".trail tbody tr")).to_have_count(1)


@pytest.mark.parametrize("visit", [DUTCH_PHONE], indirect=True)
def test_who_looks_at_a_customer_is_told_so_on_a_narrow_page_too(visit: Visitor) -> None:
    """With the navigation whole in sight."""
    page = visit.open("/configuration/customers/shop")
    page.get_by_role("button", name="Bekijk wat van deze klant is").click()
    for path in ("/events", "/accounts", "/configuration/users", "/help"):
        accessible(visit.open(path))
        expect(page.locator("body")).to_contain_text("U bekijkt: Shop")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("body")).not_to_contain_text("U bekijkt: Shop")
