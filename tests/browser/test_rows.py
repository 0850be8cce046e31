"""The list in a real browser: narrowing by a value, columns, the live list, keys, stopping, and the story in the details."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Visitor, accessible, served
from playwright.sync_api import Page, Route, expect
from samples import BOUNCED, JAN, MAIL

from store.embedded import EmbeddedStore
from store.event import Event

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DUTCH = {"viewport": {"width": 1400, "height": 900}, "locale": "nl-NL", "color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "nl-NL"}
SCRIPTLESS = {"java_script_enabled": False}
BOTH = pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)


def titles(page: Page) -> list[str]:
    """The headers of the columns that are seen."""
    return [each.strip() for each in page.locator("th:visible").all_inner_texts()]


def lately(number: int) -> Event:
    """An event that comes while a list is live."""
    return Event(
        id=f"live-{number}", timestamp=2_000_000_000_000 + number, type="send", source="ndjson", recipient=f"p{number}@live.example"
    )


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[str, EmbeddedStore]]:
    """A portal of its own whose store can be written to."""
    store = EmbeddedStore(tmp_path / "events")
    store.write(MAIL)
    with served(tmp_path) as address:
        yield address, store
    store.close()


def test_a_value_in_a_row_narrows_the_search(visit: Visitor) -> None:
    """The mouse over a cell brings + and -; the rest of the search stays, and the page is not loaded anew."""
    page = visit.open("/events?q=shop.example&sort=-recipient")
    page.evaluate("window.still = true")
    whole = page.locator("#total").inner_text()
    cell = page.locator("#row-1 td.c-recipient")
    recipient = cell.locator("bdi").first.inner_text()
    cell.hover()
    page.get_by_role("button", name="Only this").click()
    expect(page.locator("#q")).to_have_value(f"shop.example recipient:{recipient}")
    expect(page).to_have_url(re.compile("sort=-recipient"))
    expect(page).not_to_have_url(re.compile("of="))
    page.locator("#row-1 td.c-type").hover()
    page.get_by_role("button", name="Without this").click()
    expect(page.locator("#q")).to_have_value(re.compile("recipient:.* not type:"))
    assert page.locator("#total").inner_text() != whole
    assert page.evaluate("window.still")


@BOTH
def test_a_value_in_the_details_narrows_the_search(visit: Visitor) -> None:
    """With ordinary links."""
    page = visit.open(f"/events?q={JAN}&open={BOUNCED.id}")
    page.get_by_role("link", name="Only this: Reason").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value(f"{JAN} reason:unknown_user")
    expect(page.locator(".caret")).to_have_count(1)


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_columns_are_chosen_without_a_script(visit: Visitor) -> None:
    """Ticked and applied; the choice is kept for the next visit, and forgotten again with one click."""
    page = visit.open("/events?q=shop.example")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Sender", exact=True).uncheck()
    page.get_by_label("Delay", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("q=shop.example&columns="))
    assert titles(page) == ["Time", "Event", "Recipient", "Subject", "Reason", "Server", "Delay"]
    page = visit.open("/events")
    assert "Delay" in titles(page)
    assert titles(visit.open("/events?columns=type")) == ["Event", "Time"]
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Usual columns").click()
    assert titles(page) == ["Time", "Event", "Recipient", "Sender", "Subject", "Reason", "Server"]


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_columns_are_arranged_with_the_keyboard(visit: Visitor) -> None:
    """A change takes effect at once; the menu stays open, with the focus where it was."""
    page = visit.open("/events")
    page.get_by_role("button", name="Columns").click()
    button = page.get_by_role("button", name="Move forward: Recipient")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th.c-recipient + th")).to_have_class(re.compile("c-type"))
    expect(button).to_be_focused()
    page.get_by_label("Width: Subject").select_option("Wide")
    expect(page.locator("th.c-subject")).to_have_class(re.compile("wide"))
    expect(page).to_have_url(re.compile("columns=timestamp%2Crecipient%2Ctype%2Csender%2Csubject%3Awide"))
    page.keyboard.press("Escape")
    expect(page.locator("#columns")).to_be_hidden()
    page.locator("#sort-sender").click()
    expect(page).to_have_url(re.compile("columns=timestamp%2Crecipient.*"))
    expect(page.locator("th.c-recipient + th")).to_have_class(re.compile("c-type"))


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_a_phone_shows_the_first_of_the_chosen_columns(visit: Visitor) -> None:
    """Whichever they are; the page does not scroll sideways."""
    page = visit.open("/events?columns=timestamp,sender,mx,recipient,type")
    assert page.locator("th:visible").evaluate_all("all => all.map(th => th.className.split(' ')[0])") == [
        "c-timestamp",
        "c-sender",
        "c-mx",
    ]
    expect(page.locator("#row-1 td.c-sender")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('#row-1 td.c-sender').clientWidth") > 80


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_the_order_is_read_whole_on_a_phone(visit: Visitor) -> None:
    """Also the longest one in Dutch."""
    page = visit.open("/events?sort=-timestamp")
    select = page.locator("#order")
    longest = select.evaluate(
        """select => { const canvas = document.createElement('canvas').getContext('2d'); canvas.font = getComputedStyle(select).font;
        return Math.max(...[...select.options].map(option => canvas.measureText(option.text).width)); }"""
    )
    assert select.evaluate("select => select.clientWidth") > longest + 24


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_keys_do_what_the_list_of_keys_says(visit: Visitor) -> None:
    """The box, the list itself, the next and the previous bounce; not while somebody types, and not when they are switched off."""
    page = visit.open("/events")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("e?")
    expect(page.locator("#q")).to_have_value("e?")
    page.locator("#row-1 .caret").focus()
    bounces = page.locator("tr.bounce")
    page.keyboard.press("e")
    expect(bounces.nth(0).locator(".caret")).to_be_focused()
    page.keyboard.press("e")
    expect(bounces.nth(1).locator(".caret")).to_be_focused()
    page.keyboard.press("Shift+E")
    expect(bounces.nth(0).locator(".caret")).to_be_focused()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    dialog.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.locator(".box kbd")).to_be_hidden()
    page.locator("#keys-open").click()
    dialog.get_by_label("Single keys are on").check()
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(".box kbd")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_a_live_list_takes_in_what_comes(growing: tuple[str, EmbeddedStore], visit: Visitor) -> None:
    """At its end while the reader is there, with a note while he is not; late ones where their time belongs, each once; off is a pause."""
    visit.address, store = growing
    page = visit.open("/events")
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tr.earlier")).to_contain_text(f"The latest 50 of {len(MAIL)}.")
    expect(page.locator("tr.event")).to_have_count(50)
    store.write([lately(2)])
    expect(page.locator("tr.event").last).to_contain_text("p2@live.example")
    expect(page.locator("#total")).to_have_text(f"{len(MAIL) + 1} events")
    expect(page.locator("#to-open")).to_have_class(re.compile("live"))
    assert page.evaluate("innerHeight + scrollY >= document.documentElement.scrollHeight - 80")
    store.write([lately(1)])
    expect(page.locator("tr.event").nth(-2)).to_contain_text("p1@live.example")
    expect(page.locator("tr.event")).to_have_count(52)
    page.locator("tr.event").first.locator(".caret").click()
    page.evaluate("scrollTo(0, 0)")
    store.write([lately(3), lately(4)])
    pill = page.get_by_role("button", name=re.compile("2 new"))
    expect(pill).to_be_visible()
    assert page.evaluate("scrollY") == 0
    pill.click()
    expect(page.locator("tr.event").last).to_be_in_viewport()
    expect(page.locator("tr.event")).to_have_count(54)
    page.locator("tr.event").last.locator(".caret").click()
    expect(page.locator("tr.details").last).to_contain_text("p4@live.example")
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "false")
    expect(page).not_to_have_url(re.compile("live="))
    expect(page.locator("#to-open")).not_to_have_class(re.compile("live"))
    expect(page.locator("tr.event")).to_have_count(54)
    store.write([lately(5)])
    page.wait_for_timeout(3_500)
    expect(page.locator("tr.event")).to_have_count(54)
    page.locator("#live").click()
    expect(page.locator("tr.event").last).to_contain_text("p5@live.example")


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_the_latest_are_shown_without_a_script_too(visit: Visitor) -> None:
    """They do not come by themselves; a click shows them, and another one all again."""
    page = visit.open("/events?q=shop.example")
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tr.earlier")).to_contain_text("The latest 50 of")
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "false")


def test_a_search_that_takes_long_can_be_stopped(visit: Visitor) -> None:
    """The request is given up, the list stays, and no message says that the server failed."""
    page = visit.open("/events")
    waiting: list[Route] = []
    page.route(re.compile("sort=sender"), lambda route: waiting.append(route))  # noqa: PLW0108 - playwright counts a function's parameters
    page.locator("#sort-sender").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#toasts")).to_have_text("Stopped. The list is as it was.")
    expect(page.locator("#progress")).not_to_have_class("on", timeout=10_000)  # htmx itself gives up after twenty seconds
    for route in waiting:
        route.continue_()
    page.wait_for_timeout(500)
    expect(page.locator("th.c-sender")).to_have_attribute("aria-sort", "none")
    assert "sort" not in page.url


def choosing(page: Page) -> None:
    """The chooser of columns."""
    page.locator(".choose").click()
    expect(page.locator("#columns")).to_be_visible()


def listing_keys(page: Page) -> None:
    """The list of keys."""
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_pages_of_rows_out_of_sight_are_left_out_and_columns_stay_in_line(visit: Visitor) -> None:
    """With widths that were chosen too; a row that comes into sight is there."""
    page = visit.open("/events?columns=timestamp,recipient:wide,type,sender:narrow,subject")
    while page.locator("tr.event").count() < 150:
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(100)
    seen = "document.querySelector('#row-1').checkVisibility({contentVisibilityAuto: true})"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(f"() => !{seen}")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function(f"() => {seen}")
    lefts = "cells => cells.map(cell => Math.round(cell.getBoundingClientRect().left))"
    assert page.locator("#rows thead th").evaluate_all(lefts) == page.locator("#row-1 td:not(.c-caret)").evaluate_all(lefts)


def living(page: Page) -> None:
    """A live list with its note."""
    page.locator("#live").click()
    expect(page.locator("#tail")).to_be_visible()
    page.wait_for_function("() => scrollY > 0")  # the module of the live list has come, and has gone to the end
    page.evaluate("scrollTo(0, 0)")  # where no row is half below the headers, which axe takes for a target that is too small


def narrowing(page: Page) -> None:
    """The + and - over a cell, and beside the values of an open row."""
    page.locator("#row-1 .caret").click()
    expect(page.locator("#details-1")).to_be_visible()
    page.locator("#row-2 td.c-recipient").hover()


@pytest.mark.parametrize("act", [choosing, listing_keys, living, narrowing], ids=lambda act: act.__name__)
@pytest.mark.parametrize("visit", [WIDE, DUTCH, PHONE], ids=["wide", "dark and Dutch", "phone"], indirect=True)
def test_what_appears_later_is_accessible_too(visit: Visitor, act: Callable[[Page], None]) -> None:
    """And keeps to the window."""
    page = visit.open("/events")
    act(page)
    page.wait_for_timeout(200)
    accessible(page)
