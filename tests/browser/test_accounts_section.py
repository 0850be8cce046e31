"""The Accounts section in a real browser: finding, editing, conflicts, deleting and undoing, importing; accessibility and layout."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_portal import PEOPLE, SCOPE
from conftest import Visitor, accessible, served
from playwright.sync_api import Locator, Page, expect
from samples import JAN, MAIL

from app.accounts.links import account_page, anchor
from app.stores import ACCOUNTS, EVENTS
from store.accounts import Accounts, Sighting
from store.embedded import EmbeddedStore

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = {"viewport": {"width": 1920, "height": 1000}, "color_scheme": "dark"}
DUTCH = {"viewport": {"width": 1020, "height": 800}, "locale": "nl-NL"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
SCRIPTLESS = {"java_script_enabled": False}
ANNA = PEOPLE[0]
LANDLINE = "030-1234567"
STATES = {
    "list": "/accounts",
    "found": "/accounts?q=school&sort=-last_mail",
    "nothing found": "/accounts?q=nobody&filter=bounced",
    "account": account_page(ANNA),
    "form": account_page(ANNA, edit="1"),
    "no account": account_page("nobody@x.nl"),
    "import": "/accounts/import",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A portal with accounts, one of them with a number, until these tests are done."""
    data = tmp_path_factory.mktemp("portal")
    store = EmbeddedStore(data / EVENTS)
    store.write(MAIL)
    store.close()
    with served(data) as found:
        accounts = Accounts(data / ACCOUNTS)
        accounts.seen([Sighting(each.recipient, each.timestamp, each.type == "bounce") for each in MAIL if each.recipient], SCOPE)
        many = [Sighting(f"p{number:03}@many.example", 1_700_000_000_000, bounced=False) for number in range(160)]
        accounts.seen(many, SCOPE)
        accounts.put(ANNA, SCOPE, phone="+31611111111", by="eva", why="asked by telephone", version=0)
        yield found
        accounts.close()


def row(page: Page, address: str) -> Locator:
    """The row of an account, whatever state it is in."""
    return page.locator(f"#{anchor(address)}")


@pytest.mark.parametrize(
    ("visit", "state"),
    [
        *((WIDE, state) for state in STATES),
        *((DARK, state) for state in ("list", "account", "form")),
        *((DUTCH, state) for state in STATES),
        *((PHONE, state) for state in STATES),
    ],
    indirect=["visit"],
)
def test_every_state_is_accessible_and_keeps_to_the_window(visit: Visitor, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of good practice, no report of the content policy, no sideways scroll."""
    page = visit.open(STATES[state])
    accessible(page)


@pytest.mark.parametrize("visit", [WIDE, PHONE], ids=["wide", "phone"], indirect=True)
def test_the_form_of_a_row_is_accessible_with_its_errors(visit: Visitor) -> None:
    """Also with a doubt to confirm, and the row of what was deleted."""
    page = visit.open("/accounts?q=p001")
    place = row(page, "p001@many.example")
    place.get_by_role("link", name="Edit").or_(place.get_by_role("link", name="Add number")).first.click()
    for typed in ("06-1234567", LANDLINE):
        place.get_by_label("Phone number").fill(typed)
        place.get_by_role("button", name="Save").click()
        expect(place.get_by_role("alert").last).to_contain_text("10 digits" if typed != LANDLINE else "landline")
        accessible(page)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_typing_finds_as_one_types_and_keeps_the_address(visit: Visitor) -> None:
    """The count is announced, matches are marked, the box keeps the focus, and the page can be loaded again as it is."""
    page = visit.open("/accounts")
    page.locator("#find").press_sequentially("scho")
    expect(page.locator("#total")).to_have_text("2 addresses")
    expect(page.locator("#announcement")).to_have_text("2 addresses")
    expect(page.locator("mark").first).to_have_text("scho")
    expect(page.locator("#find")).to_be_focused()
    assert page.url.endswith("/accounts?q=scho")
    page.reload()
    expect(page.locator("#find")).to_have_value("scho")
    expect(page.locator("tr.account")).to_have_count(2)
    page.locator("#find").fill("")
    expect(page.locator("tr.account")).to_have_count(50)
    assert "q=" not in page.url


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_list_comes_along_while_one_scrolls(visit: Visitor) -> None:
    """To its end."""
    page = visit.open("/accounts?q=many")
    for _ in range(6):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(150)
    expect(page.locator("tr.end")).to_contain_text("160 of 160")
    assert page.locator("tr.account").count() == 160


@pytest.mark.parametrize("visit", [WIDE, PHONE], ids=["wide", "phone"], indirect=True)
def test_a_number_is_edited_in_its_row_by_keyboard(visit: Visitor) -> None:
    """Esc gives up, Enter saves, and the focus is on Edit again; an incomplete number says so at the field."""
    page = visit.open(f"/accounts?q={JAN}")
    place = row(page, JAN)
    edit = place.locator(f"#{anchor(JAN)}-edit")
    edit.click()
    phone = place.get_by_label("Phone number")
    expect(phone).to_be_focused()
    phone.press("Escape")
    expect(edit).to_be_focused()
    edit.press("Enter")
    phone.fill("06-1234567")
    phone.press("Enter")
    expect(place.locator(".wrong")).to_contain_text("this one has 9")
    expect(phone).to_have_value("06-1234567")
    expect(phone).to_be_focused()
    ending = "78" if (page.viewport_size or {})["width"] > 400 else "79"
    phone.fill(f"06-123456{ending}")
    place.get_by_label("Reason").fill("asked")
    place.get_by_label("Reason").press("Enter")
    expect(edit).to_be_focused()
    expect(place).to_contain_text(f"+31 6 •••• 6{ending}")
    assert page.url.endswith(f"/accounts?q={JAN}")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_two_people_on_one_account(visit: Visitor) -> None:
    """The second sees what the first made of it, masked, and saves theirs all the same."""
    address = "p010@many.example"
    page = visit.open(f"/accounts?q={address}")
    place = row(page, address)
    place.locator(f"#{anchor(address)}-edit").click()
    place.get_by_label("Phone number").fill("06-22222222")
    other = page.context.new_page()
    other.goto(visit.address + account_page(address, edit="1"))
    other.get_by_label("Phone number").fill("06-33333333")
    other.get_by_role("button", name="Save").click()
    expect(other.locator("dl")).to_contain_text("333")
    other.close()
    place.get_by_role("button", name="Save").click()
    expect(place.get_by_role("alert")).to_contain_text("changed this account meanwhile")
    expect(place.get_by_role("alert")).to_contain_text("+31 6 •••• 333")
    place.get_by_role("button", name="Save").click()
    expect(place).to_contain_text("+31 6 •••• 222")


@pytest.mark.parametrize("visit", [WIDE, PHONE], ids=["wide", "phone"], indirect=True)
def test_deleting_leaves_undo_in_the_row_with_the_focus(visit: Visitor) -> None:
    """Undo brings the row back, with the focus in it."""
    address = "p020@many.example"
    page = visit.open(f"/accounts?q={address}")
    place = row(page, address)
    place.get_by_role("button", name="Delete").click()
    expect(place.get_by_role("button", name="Undo")).to_be_focused()
    expect(place).to_contain_text("deleted")
    place.get_by_role("button", name="Undo").press("Enter")
    expect(place.locator(f"#{anchor(address)}-edit")).to_be_focused()


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_without_scripts_everything_works_by_links_and_forms(visit: Visitor) -> None:
    """Find, edit, show the number, delete and undo."""
    page = visit.open("/accounts")
    page.locator("#find").fill("p030")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=re.compile("Add number|Edit")).click()
    page.get_by_label("Phone number").fill("06-44444444")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("dl")).to_contain_text("+31 6 •••• 444")
    page.get_by_role("button", name="Show number").click()
    expect(page.locator("#whole-number")).to_have_text("+31 6 44444444")
    expect(page.locator("main")).to_contain_text("Looked at the whole number")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("dl")).to_contain_text("+31 6 •••• 444")


@pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)
def test_a_file_is_looked_at_and_then_imported(visit: Visitor, tmp_path: Path) -> None:
    """Accepted and refused rows stand there with their lines before anything is done."""
    address = "p040@many.example" if visit.page.context.browser else ""
    file = tmp_path / "lijst.csv"
    file.write_bytes(f"E-mailadres;Mobiel nummer\r\n{address};06-55555555\r\njan;1\r\nx@x.nl;3,16123E+10\r\n".encode("cp1252"))
    page = visit.open("/accounts/import")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator(".tally")).to_contain_text("2 refused")
    expect(page.locator("main")).to_contain_text("Excel has cut this number short")
    if page.get_by_role("button", name="Import 1 numbers").count():
        page.get_by_role("button", name="Import 1 numbers").click()
        expect(page.get_by_role("status").first).to_contain_text("The import is done")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_visit_to_the_events_fetches_nothing_of_the_accounts(visit: Visitor) -> None:
    """Their sheet and their module are for these pages alone."""
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.open("/events")
    visit.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "accounts" in url]
