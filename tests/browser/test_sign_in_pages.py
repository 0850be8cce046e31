"""The pages for signing in and about oneself in a real browser: accessibility, layout, keyboard, and without scripts."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyotp
import pytest
from conftest import Visitor, accessible, served
from playwright.sync_api import Browser, Page, expect

from app.stores import ACCOUNTS, EVENTS
from store.customers import Directory, Role
from store.customers.links import HOUR
from store.embedded import EmbeddedStore

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}
DUTCH = {"viewport": {"width": 1020, "height": 800}, "locale": "nl-NL"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
SCRIPTLESS = {"java_script_enabled": False}
LOOKS = {"wide": WIDE, "dark": DARK, "dutch": DUTCH, "phone": PHONE}
PASSWORD = "violet tractors sing to nobody"
EVA = "eva@shop.example"
ELSEWHERE = {  # ways that end at a port where nobody listens
    "PORTAL_SMTP_URL": "smtp://127.0.0.1:9",
    "PORTAL_SMTP_FROM": "portal@portal.example",
    "PORTAL_OIDC_ISSUER": "http://127.0.0.1:9",
    "PORTAL_OIDC_CLIENT_ID": "portal",
    "PORTAL_OIDC_CLIENT_SECRET": "a secret of these tests",
    "PORTAL_OIDC_NAME": "The office",
}


class Place:
    """A portal with a customer, and ways to its people."""

    def __init__(self, address: str, directory: Directory) -> None:
        self.address = address
        self.directory = directory

    def user(self, name: str) -> str:
        """A user with a password, made anew; their address."""
        address = f"{name}@shop.example"
        if (known := self.directory.users.named(address)) is not None:
            self.directory.users.remove(known.id)
        self.directory.users.set_password(self.directory.users.add(address, Role.READER, "shop").id, PASSWORD)
        return address

    def enter(self, page: Page, address: str) -> None:
        """Fill in the form for signing in, by keyboard."""
        page.goto(f"{self.address}/sign-in?next=/configuration/me")
        page.locator("#address").fill(address)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A portal over no mail, until these tests are done."""
    data = tmp_path_factory.mktemp("portal")
    EmbeddedStore(data / EVENTS).make()
    with served(data, **ELSEWHERE) as address, closing(Directory(data / ACCOUNTS)) as directory:
        directory.add_customer("Shop", ("shop.example",))
        yield Place(address, directory)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A portal in which a second step is demanded."""
    data = tmp_path_factory.mktemp("strict")
    EmbeddedStore(data / EVENTS).make()
    with served(data, PORTAL_SECOND_STEP="everybody") as address, closing(Directory(data / ACCOUNTS)) as directory:
        directory.add_customer("Shop", ("shop.example",))
        yield Place(address, directory)


@pytest.fixture
def guest(browser: Browser, place: Place, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who is not signed in yet; they leave without a complaint of the browser."""
    context = browser.new_context(**getattr(request, "param", {}))
    visitor = Visitor(context, place.address)
    visitor.signed_in = False
    yield visitor
    context.close()
    assert visitor.complaints == []


@pytest.mark.parametrize("guest", LOOKS.values(), ids=LOOKS, indirect=True)
def test_every_page_about_oneself_is_accessible_and_keeps_to_the_window(
    guest: Visitor, place: Place, request: pytest.FixtureRequest
) -> None:
    """From the invitation to one's own page, with what is wrong at the fields."""
    name = request.node.callspec.id
    address = place.user(name)
    user = place.directory.users.named(address)
    assert user
    page = guest.open(f"/welcome/{place.directory.links.make('password', user.id, life=HOUR)}")
    accessible(page)
    page = guest.open("/sign-in")
    accessible(page)
    page.locator("#address").fill(address)
    page.locator("#password").fill("wrong")
    page.locator("#password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    place.enter(page, address)
    expect(page.locator("main")).to_contain_text(address)
    accessible(page)
    page.locator("#old").fill("wrong")
    page.locator("#new").fill("seven kettles on a frozen harbour")
    page.locator("#again").fill("seven kettles on a frozen harbour")
    page.locator("#again").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#old")).to_be_focused()
    accessible(page)


@pytest.mark.parametrize("guest", LOOKS.values(), ids=LOOKS, indirect=True)
def test_other_ways_in_are_accessible_and_say_when_they_are_away(guest: Visitor, request: pytest.FixtureRequest) -> None:
    """The provider's button, which leads back while it is away, and the form for a forgotten password with its answer."""
    page = guest.open("/sign-in")
    page.locator("a, button").filter(has_text="The office").click()
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    guest.complaints.clear()  # the browser's own, of the 503
    page.locator("a[href='/sign-in/forgotten']").click()
    accessible(page)
    page.locator("#address").fill(f"{request.node.callspec.id}@shop.example")
    page.locator("#address").press("Enter")
    expect(page.locator("main p[role=status]")).to_be_visible()
    accessible(page)


@pytest.mark.parametrize("guest", [SCRIPTLESS], ids=["without JavaScript"], indirect=True)
def test_without_scripts_one_changes_the_password_and_ends_a_session(guest: Visitor, place: Place) -> None:
    """The name in the top bar leads to the page; ending this session signs out."""
    address = place.user("plain")
    place.enter(guest.page, address)
    guest.page.goto(place.address + "/help")
    guest.page.locator("header").get_by_role("link", name="You").click()
    page = guest.page
    page.locator("#old").fill(PASSWORD)
    page.locator("#new").fill("seven kettles on a frozen harbour")
    page.locator("#again").fill("seven kettles on a frozen harbour")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status").first).to_contain_text("changed")
    page.get_by_role("button", name="End").click()
    expect(page).to_have_url(f"{place.address}/sign-in")


@pytest.mark.parametrize("guest", LOOKS.values(), ids=LOOKS, indirect=True)
def test_an_app_is_set_up_and_used(guest: Visitor, place: Place, request: pytest.FixtureRequest) -> None:
    """The picture, the codes and the second form are accessible; the content policy has nothing to report."""
    address = place.user(f"app-{request.node.callspec.id}")
    page = guest.page
    place.enter(page, address)
    page.locator("form[action='/configuration/me/app'] button").click()
    expect(page.locator("svg.qr")).to_be_visible()
    accessible(page)
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.locator("#code").fill("000 00")
    page.locator("#code").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.locator("#code").press("Enter")
    expect(page.locator("ol.codes li")).to_have_count(10)
    accessible(page)
    recovery = page.locator("ol.codes li").first.inner_text()
    page.locator("main a.button").click()
    accessible(page)
    page.locator("header button[formaction='/sign-out']").click()
    place.enter(page, address)
    expect(page.locator("#code")).to_be_focused()
    accessible(page)
    page.locator("#code").fill("nonsense")
    page.locator("#code").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    page.locator("#code").fill(recovery)
    page.locator("#code").press("Enter")
    expect(page.locator("main")).to_contain_text(address)


@pytest.mark.parametrize("look", [WIDE, DUTCH, PHONE, SCRIPTLESS], ids=["wide", "dutch", "phone", "without JavaScript"])
def test_where_a_second_step_is_demanded_one_is_led_to_it_and_then_in(browser: Browser, strict: Place, look: dict[str, Any]) -> None:
    """Whatever page was asked for; once a code has come back the pages are open, and the app stays."""
    with closing(browser.new_context(**look)) as context:
        visitor = Visitor(context, strict.address)
        visitor.signed_in = False
        page = visitor.page
        strict.enter(page, strict.user("strict"))
        page.goto(f"{strict.address}/events?q=bounce")
        expect(page).to_have_url(f"{strict.address}/configuration/me")
        expect(page.locator("main p.wrong[role=status]")).to_be_visible()
        if look is not SCRIPTLESS:
            accessible(page)
        page.locator("form[action='/configuration/me/app'] button").click()
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        page.locator("#code").fill(pyotp.TOTP(secret).now())
        page.locator("#code").press("Enter")
        page.locator("main a.button").click()
        expect(page.locator("form[action='/configuration/me/app/off']")).to_have_count(0)
        page.goto(f"{strict.address}/events?q=bounce")
        expect(page.locator("#q")).to_have_value("bounce")
        assert visitor.complaints == []
