"""The Events page under htmx: parts are exchanged, nothing is loaded anew, and the reader keeps his place."""

import re
from collections.abc import Callable

import pytest
from conftest import Visitor, accessible, failing
from playwright.sync_api import Page, Route, expect
from samples import BOUNCED, JAN, MAIL

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DUTCH = WIDE | {"locale": "nl-NL"}
# A page that is loaded anew has lost this.
MARK = "window.still = true"
SAME = "window.still === true"
OFFERED = 1_500  # ms; a search that takes longer than a second can be stopped


@pytest.fixture
def page(visit: Visitor) -> Page:
    """The start page, marked, so that a test can tell whether it is still the same document."""
    page = visit.open("/events")
    page.evaluate(MARK)
    return page


def search(page: Page, query: str) -> None:
    """Type a query and press Enter."""
    page.locator("#q").fill(query)
    page.keyboard.press("Enter")


def test_a_header_sorts_in_place_and_keeps_the_focus(page: Page) -> None:
    """With the keyboard: the same document, the new address, the focus on the same header."""
    page.locator("#sort-recipient").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th.c-recipient")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile("sort=recipient$"))
    expect(page.locator("#sort-recipient")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("th.c-recipient")).to_have_attribute("aria-sort", "descending")
    assert page.evaluate(SAME)


def test_a_row_is_fetched_once_and_then_only_shown_and_hidden(page: Page) -> None:
    """By its caret and by a click on the row; the address says which row is open."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    caret = page.locator("#row-2 .caret")
    caret.click()
    expect(page.locator("#details-2")).to_be_visible()
    expect(caret).to_have_attribute("aria-controls", "details-2")
    expect(page).to_have_url(re.compile("open="))
    page.locator("#row-2 td.c-recipient").click()
    expect(page.locator("#details-2")).to_be_hidden()
    expect(caret).to_have_attribute("aria-expanded", "false")
    page.locator("#row-2 td.c-sender").click()
    expect(page.locator("#details-2")).to_be_visible()
    assert len([url for url in asked if "open=" in url]) == 1
    page.reload()
    expect(page.locator("#details-2")).to_be_visible()
    page.locator("#row-2 .caret").click()
    expect(page.locator("#details-2")).to_be_hidden()
    assert "open=" not in page.url


def test_several_rows_open_at_once(page: Page) -> None:
    """However fast they are clicked."""
    page.evaluate("for (const caret of [...document.querySelectorAll('.caret')].slice(0, 5)) caret.click()")
    expect(page.locator("tr.details")).to_have_count(5)
    assert page.locator("tr.details").evaluate_all("rows => rows.map(row => row.id)") == [f"details-{number}" for number in range(1, 6)]


def test_arrows_go_over_the_rows_and_open_them(page: Page) -> None:
    """From a caret: down and up, right opens, left closes, Ctrl with Home and End the ends."""
    page.locator("#row-1 .caret").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#row-2 .caret")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#details-2")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#details-2")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#details-2")).to_be_hidden()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#row-1 .caret")).to_be_focused()
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement === [...document.querySelectorAll('.caret')].at(-1)")


def test_the_next_rows_come_along_and_open_rows_stay(page: Page) -> None:
    """Down to the end, every event once, in one document."""
    page.locator("#row-1 .caret").click()
    expect(page.locator("#details-1")).to_be_visible()
    end = page.locator("tr.end")
    while not end.count():
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(100)
    expect(end).to_contain_text(f"{len(MAIL)} of {len(MAIL)}")
    carets = page.locator(".caret").evaluate_all("carets => carets.map(caret => caret.value)")
    assert carets == [event.id for event in MAIL]
    expect(page.locator("#details-1")).to_be_attached()
    assert page.evaluate(SAME)


def test_whoever_loads_more_with_the_keyboard_goes_on_there(page: Page) -> None:
    """The focus is on the first row that came."""
    page.evaluate("document.querySelector('.more a').focus({preventScroll: true})")
    page.keyboard.press("Enter")
    expect(page.locator("#row-51 .caret")).to_be_focused()


@pytest.mark.parametrize("visit", [WIDE, DUTCH], ids=["English", "Dutch"], indirect=True)
def test_an_error_leaves_the_results_and_marks_the_part(visit: Visitor) -> None:
    """The faulty characters are selected in the box, which says that it is wrong; the fix is a click away, and all is well again."""
    page = visit.open("/events")
    page.evaluate(MARK)
    box = page.locator("#q")
    box.fill("type:bounce or (type:send")
    page.keyboard.press("Enter")
    expect(page.locator("#problem mark")).to_have_text("(")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_be_focused()
    assert page.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]") == [15, 16]
    expect(page.locator("tr.event")).to_have_count(50)
    assert "type" not in page.url
    page.locator("#problem a").click()
    expect(page).to_have_url(re.compile("type%3Asend%29"))
    expect(page.locator("#problem")).to_be_empty()
    expect(box).to_have_value("type:bounce or (type:send)")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    assert page.evaluate(SAME)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_after_an_error_nothing_says_that_it_is_still_searching(visit: Visitor) -> None:
    """The answer to a query that cannot be read goes elsewhere on the page, and ends the search all the same."""
    page = visit.open("/events")
    search(page, "(type:bounce")
    expect(page.locator("#problem .message")).to_be_visible()
    page.wait_for_timeout(OFFERED)
    expect(page.locator("#stop")).to_have_count(0)


def test_back_and_forward_are_always_right(page: Page) -> None:
    """Each step is a whole page with its own list and box; never a bare part."""
    search(page, "type:bounce")
    expect(page).to_have_url(re.compile("q=type%3Abounce$"))
    page.locator("#sort-recipient").click()
    expect(page).to_have_url(re.compile("sort=recipient$"))
    page.go_back()
    expect(page.locator("th.c-recipient")).to_have_attribute("aria-sort", "none")
    expect(page.locator("#q")).to_have_value("type:bounce")
    page.go_back()
    expect(page.locator("#total")).to_have_text(f"{len(MAIL)} events")
    expect(page.locator("#q")).to_have_value("")
    page.go_forward()
    expect(page.locator("#q")).to_have_value("type:bounce")
    expect(page.get_by_role("banner")).to_be_visible()
    page.locator("#row-1 .caret").click()
    page.get_by_role("link", name="Link to this event").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bounced")
    page.go_back()
    expect(page.locator("#details-1")).to_be_visible()


def test_going_back_twice_in_a_hurry_ends_at_the_right_page(page: Page) -> None:
    """Also where the second step comes before the scripts of the page in between."""
    search(page, "type:bounce")
    expect(page).to_have_url(re.compile("q=type%3Abounce$"))
    page.locator("#sort-recipient").click()
    expect(page).to_have_url(re.compile("sort=recipient$"))
    page.add_init_script("if (sessionStorage.hurry) { sessionStorage.removeItem('hurry'); history.back(); }")
    page.evaluate("() => { sessionStorage.hurry = 'yes'; setTimeout(() => history.back()); }")
    expect(page.locator("#total")).to_have_text(f"{len(MAIL)} events")
    expect(page.locator("th.c-timestamp")).to_have_attribute("aria-sort", "ascending")
    assert page.url.endswith("/events")


def held(page: Page, pattern: str) -> Callable[[], None]:
    """Hold back the answers to what matches until they are let go."""
    waiting: list[Route] = []
    page.route(re.compile(pattern), lambda route: waiting.append(route))  # noqa: PLW0108 - playwright counts a function's parameters

    def let_go() -> None:
        for route in waiting:
            route.continue_()

    return let_go


def test_a_late_answer_never_replaces_a_newer_one(page: Page) -> None:
    """The older search is given up when the newer one is asked for, whichever way both were."""
    let_go = held(page, "q=type%3Abounce")
    search(page, "type:bounce")
    page.locator("#sort-sender").click()
    expect(page.locator("th.c-sender")).to_have_attribute("aria-sort", "ascending")
    let_go()
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("/events[?]sort=sender$"))
    expect(page.locator("#total")).to_have_text(f"{len(MAIL)} events")


def test_what_takes_long_shows_that_it_does(page: Page) -> None:
    """A bar, and the results marked as busy; both go with the answer."""
    let_go = held(page, "sort=sender")
    page.locator("#sort-sender").click()
    expect(page.locator("#progress")).to_have_class("on")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    let_go()
    expect(page.locator("th.c-sender")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#progress")).not_to_have_class("on")
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")


def test_a_server_that_fails_changes_nothing_and_can_be_asked_again(visit: Visitor) -> None:
    """The list stays, a message says so, and its button asks once more."""
    page = visit.open("/events")
    failures = failing(page, "sort=sender")
    page.locator("#sort-sender").click()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("The server did not answer. Nothing was changed.")
    expect(page.locator("tr.event")).to_have_count(50)
    assert "sort" not in page.url
    failures.clear()
    toast.get_by_role("button", name="Try again").click()
    expect(page.locator("th.c-sender")).to_have_attribute("aria-sort", "ascending")
    visit.complaints = [each for each in visit.complaints if "status of 503" not in each]


def test_the_count_is_announced(page: Page) -> None:
    """To those who do not see the list change."""
    search(page, JAN)
    expect(page.locator("#announcement")).to_have_text("1 event")


def test_nothing_but_htmx_may_write_html_and_nothing_is_evaluated(visit: Visitor) -> None:
    """Trusted Types refuse a string; htmx has no way to turn text into code."""
    page = visit.open("/events")
    refused = page.evaluate("() => { try { document.body.innerHTML = '<p>' } catch (error) { return error.name } return 'written' }")
    assert refused == "TypeError"
    outcome = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('htmx:error', event => done(String(event.detail.error)), {once: true});
            const button = Object.assign(document.createElement('button'), {type: 'button'});
            button.setAttribute('hx-get', '/events');
            button.setAttribute('hx-vals', 'js:{a: 1}');
            document.body.append(button);
            htmx.process(button);
            button.click();
        })"""
    )
    assert "Evaluation of text is switched off" in outcome
    visit.complaints.clear()


def test_a_value_is_copied_with_one_click(visit: Visitor) -> None:
    """As it came."""
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open(f"/events?q={JAN}&open={BOUNCED.id}")
    page.get_by_role("button", name="Copy: Why it came back").click()
    expect(page.locator("#toasts")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == BOUNCED.diagnostic


@pytest.mark.parametrize("width", [320, 360, 480, 720, 721, 1020, 1021, 1180, 1181, 1440, 1920, 2560])
@pytest.mark.parametrize("visit", [WIDE, DUTCH], ids=["English", "Dutch"], indirect=True)
def test_no_width_scrolls_sideways(visit: Visitor, width: int) -> None:
    """Also with a row open and an error shown."""
    visit.page.set_viewport_size({"width": width, "height": 800})
    page = visit.open(f"/events?q={JAN}&open={BOUNCED.id}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#q").fill("(type:bounce and an_error_that_is_longer_than_a_telephone_is_wide")
    page.keyboard.press("Enter")
    expect(page.locator("#problem mark")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def opened(page: Page) -> None:
    """A row opened by its caret."""
    page.locator("#row-3 .caret").click()
    expect(page.locator("#details-3")).to_be_visible()


def refused(page: Page) -> None:
    """A query that cannot be read, above the results before it."""
    search(page, "(type:bounce")
    expect(page.locator("#problem mark")).to_be_visible()


def exporting(page: Page) -> None:
    """The menu of exports."""
    page.get_by_role("button", name="Export").or_(page.get_by_role("button", name="Exporteer")).click()
    expect(page.get_by_role("link", name="CSV", exact=True)).to_be_visible()


def told(page: Page) -> None:
    """A message."""
    opened(page)
    page.locator("#details-3 .copy").last.click()
    expect(page.locator(".toast")).to_be_visible()


def far(page: Page) -> None:
    """The second fifty rows, with the bar and the headers stuck to the top."""
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#row-51")).to_be_attached()


@pytest.mark.parametrize("act", [opened, refused, exporting, told, far], ids=lambda act: act.__name__)
@pytest.mark.parametrize(
    "visit",
    [WIDE, DUTCH | {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "nl-NL"}],
    ids=["wide", "dark and Dutch", "phone"],
    indirect=True,
)
def test_what_appears_later_is_accessible_too(visit: Visitor, act: Callable[[Page], None]) -> None:
    """As the pages are that come whole (test_events_page)."""
    page = visit.open("/events")
    act(page)
    accessible(page)


def test_only_links_to_the_list_are_asked_for_in_the_background_even_if_modules_come_late(visit: Visitor) -> None:
    """Exports and pages of their own are ordinary links from the first moment on: what they lead to is never put into the page."""
    page = visit.page

    def late(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/js/rows.js", late)
    visit.open("/events")
    page.wait_for_function("() => document.querySelector('#sort-mx')._htmx")
    page.locator("#row-1 .caret").click()
    expect(page.locator("tr.details")).to_be_visible()
    elsewhere = "[...document.querySelectorAll('#results a')].filter(link => link.pathname !== '/events')"
    assert page.evaluate(f"{elsewhere}.length") > 6
    assert page.evaluate(f"{elsewhere}.filter(link => link._htmx).map(link => link.href)") == []
