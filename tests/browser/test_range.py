"""The date range, the types to choose from and the histogram, in a real browser."""

import re
from collections.abc import Callable

import pytest
from conftest import Visitor, accessible, failing
from playwright.sync_api import Locator, Page, Route, expect
from samples import MAIL

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1440, "height": 900}}
DARK = WIDE | {"color_scheme": "dark", "locale": "nl-NL"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCRIPTLESS = {"java_script_enabled": False}
MARK = "window.still = true"
SAME = "window.still === true"
DATED = "/events?from=2026-10-24+08:30&to=2026-11-03"


def day(page: Page, date: str) -> Locator:
    """A day of the calendar."""
    return page.locator("calendar-month").get_by_role("button", name=re.compile(f"^{date}"))


def opened(page: Page, name: str) -> None:
    """The panel of the dates, opened by one of its buttons, with its calendar."""
    page.locator(f"#{name}-open").click()
    expect(page.locator("#dates")).to_be_visible()
    expect(page.locator(f"#{name}")).to_be_focused()
    expect(page.locator("calendar-month").first).to_be_visible()


def charted(page: Page) -> Page:
    """The chart has come."""
    expect(page.locator("#drawing")).to_be_visible()
    expect(page.locator("#chip-all b")).to_be_visible()
    return page


@pytest.fixture
def page(visit: Visitor) -> Page:
    """The start page, marked, with its chart."""
    page = charted(visit.open("/events"))
    page.evaluate(MARK)
    return page


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_either_button_opens_the_same_panel_at_its_own_field(visit: Visitor) -> None:
    """They say both ends in words; Escape closes the panel and gives the focus back."""
    page = visit.open(DATED)
    expect(page.locator("#from-open")).to_have_text("From Sat 24 Oct 2026 08:30")
    expect(page.locator("#to-open")).to_have_text("To Tue 3 Nov 2026 23:59")
    for name in ("from", "to"):
        opened(page, name)
        page.keyboard.press("Escape")
        expect(page.locator("#dates")).to_be_hidden()
        expect(page.locator(f"#{name}-open")).to_be_focused()


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_without_a_script_the_panel_opens_and_its_fields_and_ranges_work(visit: Visitor) -> None:
    """By the browser itself."""
    page = visit.open("/events?q=shop.example")
    page.locator("#from-open").click()
    page.locator("#from").fill("24-10-2026")
    page.locator("#to").fill("2026-10-25 12:00")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#from-open")).to_have_text("From Sat 24 Oct 2026 00:00")
    expect(page.locator("#to-open")).to_have_text("To Sun 25 Oct 2026 12:00")
    assert "q=shop.example" in page.url
    page.locator("#to-open").click()
    page.get_by_role("link", name="Last year").click()
    expect(page.locator("#from-open")).to_have_text("From 1 year ago")
    expect(page).to_have_url(re.compile(r"q=shop\.example&range=1y$"))


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_opened_by_from_two_clicks_choose_both_days(visit: Visitor) -> None:
    """The first the start, the second the end, whole days; Apply searches them in place."""
    page = visit.open(DATED)
    page.evaluate(MARK)
    opened(page, "from")
    day(page, "28 October").click()
    expect(page.locator("#from")).to_have_value("2026-10-28 00:00")
    day(page, "30 October").click()
    expect(page.locator("#to")).to_have_value("2026-10-30 23:59")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"from=2026-10-28\+00%3A00&to=2026-10-30\+23%3A59$"))
    expect(page.locator("#dates")).to_be_hidden()
    expect(page.locator("#from-open")).to_have_text("From Wed 28 Oct 2026 00:00")
    expect(page.locator("#to-open")).to_have_text("To Fri 30 Oct 2026 23:59")
    assert page.evaluate(SAME)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_opened_by_to_the_start_stays_and_one_click_sets_the_end(visit: Visitor) -> None:
    """The start with its time of day."""
    page = visit.open(DATED)
    opened(page, "to")
    day(page, "1 November").click()
    expect(page.locator("#to")).to_have_value("2026-11-01 23:59")
    expect(page.locator("#from")).to_have_value("2026-10-24 08:30")
    page.keyboard.press("Escape")
    expect(page.locator("#to-open")).to_have_text("To Tue 3 Nov 2026 23:59")
    opened(page, "to")
    expect(page.locator("#to")).to_have_value("2026-11-03")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_one_end_alone_can_be_chosen(visit: Visitor) -> None:
    """An end without a start, with the calendar; a start without an end, by typing."""
    page = visit.open("/events")
    opened(page, "to")
    day(page, "2 November").click()
    expect(page.locator("#to")).to_have_value("2026-11-02 23:59")
    expect(page.locator("#from")).to_have_value("")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"events\?to=2026-11-02\+23%3A59$"))
    opened(page, "from")
    page.locator("#from").fill("1-11-2026")
    page.locator("#to").fill("")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"events\?from=1-11-2026$"))
    expect(page.locator("#from-open")).to_have_text("From Sun 1 Nov 2026 00:00")
    expect(page.locator("#to-open")).to_have_text("To now")


def test_what_was_not_applied_is_forgotten(page: Page) -> None:
    """By Cancel, by Escape, by a click beside the panel."""
    for leave in (
        lambda: page.get_by_role("button", name="Cancel").click(),
        lambda: page.keyboard.press("Escape"),
        lambda: page.mouse.click(1200, 700),
    ):
        opened(page, "from")
        page.locator("#from").fill("2026-11-01")
        leave()
        expect(page.locator("#dates")).to_be_hidden()
        expect(page.locator("#from")).to_have_value("")


def test_ranges_keep_what_is_searched_now_and_move_with_time(page: Page) -> None:
    """Also what was searched since the page was loaded; a range becomes two ends when one of them is changed."""
    page.locator("#q").fill("shop.example")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=shop.example$"))
    opened(page, "from")
    page.get_by_role("link", name="Last year").click()
    expect(page).to_have_url(re.compile(r"q=shop\.example&range=1y$"))
    expect(page.locator("#from-open")).to_have_text("From 1 year ago")
    expect(page.locator("#dates")).to_be_hidden()
    opened(page, "to")
    expect(page.locator("#range-1y")).to_have_attribute("aria-current", "true")
    expect(page.locator("#from")).to_have_value(re.compile(r"^20\d\d-\d\d-\d\d \d\d:\d\d$"))
    day(page, "1 November").click()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"from=20\d\d-.*&to=2026-11-01\+23%3A59&q=shop\.example$"))
    assert page.evaluate(SAME)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_calendar_shows_a_span_up_to_now(visit: Visitor) -> None:
    """From its first day to today, though the field of the end is empty."""
    page = visit.open("/events?range=7d")
    opened(page, "from")
    expect(page.locator("#to")).to_have_value("")
    first = page.locator("#from").input_value()[:10]
    today = page.evaluate("new Intl.DateTimeFormat('sv', {timeZone: 'Europe/Amsterdam'}).format()")
    expect(page.locator("calendar-range")).to_have_js_property("value", f"{first}/{today}")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_what_there_is_no_search_for_is_not_offered(visit: Visitor) -> None:
    """Live and Export go with the results; a page whose search cannot be read has none."""
    page = visit.open("/events?q=bounce")
    for name in ("#live", ".export"):
        expect(page.locator(name)).to_be_visible()
    page = visit.open("/events?q=(")
    for name in ("#live", ".export"):
        expect(page.locator(name)).to_be_hidden()
    visit.complaints.clear()  # the browser's own, of the 400


def test_a_date_that_is_none_is_said_in_place(page: Page) -> None:
    """Its button shows it and has the focus; ends the wrong way round are exchanged with one click."""
    opened(page, "to")
    page.locator("#to").fill("1 april")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_contain_text("“1 april” is not a date".replace("“", '"').replace("”", '"'))
    expect(page.locator("#to-open")).to_be_focused()
    expect(page.locator("#to-open")).to_have_text("To 1 april")
    expect(page.locator("tr.event")).to_have_count(50)
    opened(page, "to")
    page.locator("#to").fill("2026-10-22")
    page.locator("#from").fill("2026-10-24")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Search the exchanged dates").click()
    expect(page).to_have_url(re.compile("from=2026-10-22&to=2026-10-24$"))
    expect(page.locator("#problem")).to_be_empty()
    expect(page.locator("#to-open")).to_have_text("To Sat 24 Oct 2026 23:59")


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_on_a_phone_the_panel_comes_from_below(visit: Visitor) -> None:
    """As wide as the screen, with one month, and everything in it large enough for a finger."""
    page = visit.open(DATED)
    opened(page, "from")
    expect(page.locator("calendar-month >> visible=true")).to_have_count(1)
    box = page.locator("#dates").bounding_box()
    assert box
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    small = page.locator("#dates").evaluate("""panel => {
        const days = [...panel.querySelectorAll('calendar-month')].flatMap(month => [...month.shadowRoot.querySelectorAll('button')]);
        const moves = [...panel.querySelector('calendar-range').shadowRoot.querySelectorAll('button')];
        return [...panel.querySelectorAll('a, button, input'), ...days, ...moves]
            .map(each => each.getBoundingClientRect()).filter(box => box.height && box.height < 44).length;
    }""")
    assert small == 0


def test_types_are_chosen_by_their_chips(page: Page) -> None:
    """One and another, in place and with the focus kept; the counts stay, and All takes the choice away."""
    chip = page.locator("#chip-bounce")
    expect(chip).to_have_text("Bounced 41")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("events[?]type=bounce$"))
    expect(page.locator("#total")).to_have_text("41 events")
    expect(page.locator("#chip-all")).to_have_text(f"All {len(MAIL)}")
    expect(chip).to_be_focused()
    expect(chip).to_have_attribute("aria-current", "true")
    page.locator("#chip-complaint").click()
    expect(page.locator("#total")).to_have_text("42 events")
    expect(page.locator("#announcement")).to_have_text("42 events")
    expect(page.locator("#chip-delivery")).to_have_text("Delivered 80")
    page.locator("#chip-all").click()
    expect(page.locator("#total")).to_have_text(f"{len(MAIL)} events")
    assert page.evaluate(SAME)


def at(page: Page, bar: int) -> tuple[float, float]:
    """Where a bar is on the screen, from 0."""
    box = page.locator("#drawing").bounding_box()
    assert box
    return box["x"] + box["width"] * (bar + 0.5) / page.locator("#numbers tbody tr").count(), box["y"] + 60


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_stretch_of_bars_is_brushed_with_the_mouse(page: Page) -> None:
    """What is under the brush is told on the way; letting go searches it, and Back undoes that."""
    page.mouse.move(*at(page, 2))
    tip = page.locator(".tip")
    expect(tip.locator(".when")).to_have_text("Wed 21 Oct 00:00 – 12:00")  # noqa: RUF001 - as people write it
    expect(tip.locator("p")).to_have_text(["Wed 21 Oct 00:00 – 12:00", "Delivered2", "In queue1", "Deferred1", "Bounced1"])  # noqa: RUF001
    page.mouse.down()
    page.mouse.move(*at(page, 5), steps=3)
    expect(tip.locator(".when")).to_have_text("Wed 21 Oct 00:00 – Fri 23 Oct 00:00")  # noqa: RUF001
    expect(tip.locator(".hint")).to_be_visible()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=2026-10-21\+00%3A00&to=2026-10-22\+23%3A59$"))
    expect(page.locator("#total")).to_have_text("20 events")
    expect(page.locator("#from-open")).to_have_text("From Wed 21 Oct 2026 00:00")
    assert page.evaluate(SAME)
    page.go_back()
    expect(page.locator("#total")).to_have_text(f"{len(MAIL)} events")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_click_searches_one_bar(page: Page) -> None:
    """As many events as it was said to have."""
    page.mouse.click(*at(page, 10))
    expect(page).to_have_url(re.compile(r"from=2026-10-25\+00%3A00&to=2026-10-25\+11%3A59$"))
    expect(page.locator("#total")).to_have_text("6 events")


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_a_finger_is_told_first_and_zooms_with_a_second_touch(page: Page) -> None:
    """There is no pointing without touching."""
    page.touchscreen.tap(*at(page, 10))
    expect(page.locator(".tip .when")).to_have_text("Sun 25 Oct 00:00 – 12:00")  # noqa: RUF001
    assert page.url.endswith("/events")
    page.touchscreen.tap(*at(page, 10))
    expect(page.locator("#total")).to_have_text("6 events")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_keyboard_goes_over_the_bars_selects_and_zooms(page: Page) -> None:
    """Each bar says what it is; Escape gives a selection up."""
    slider = page.get_by_role("slider")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", "Mon 9 Nov 12:00 – 00:00: 1 event, Complaint 1")  # noqa: RUF001
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "2")
    page.keyboard.press("Shift+PageUp")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Tue 20 Oct 12:00 – Sun 25 Oct 00:00: 45 events.*, selected$"))  # noqa: RUF001
    page.keyboard.press("Escape")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Sat 24 Oct 12:00 – 00:00: 5 events"))  # noqa: RUF001
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=2026-10-24\+00%3A00&to=2026-10-24\+23%3A59$"))
    expect(page.locator("#total")).to_have_text("10 events")
    assert page.evaluate(SAME)


def test_the_table_has_the_same_numbers_and_each_row_zooms(page: Page) -> None:
    """It opens beside the chart and goes with the search."""
    page.get_by_role("button", name="Show as table").click()
    row = page.locator("#numbers tbody tr").nth(10)
    expect(row.locator("td")).to_have_text(["2", "1", "1", "2", "", ""])
    row.get_by_role("link").click()
    expect(page.locator("#total")).to_have_text("6 events")
    expect(page.locator("#numbers")).to_be_hidden()
    assert page.evaluate(SAME)


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_without_a_script_a_link_shows_the_chart(visit: Visitor) -> None:
    """As a page with the table, whose rows lead to the list."""
    page = visit.open("/events?q=shop.example")
    page.get_by_role("link", name="Show the counts and the chart").click()
    expect(page.locator("svg.plot")).to_be_visible()
    count = page.locator("#numbers tbody tr").nth(3).get_attribute("data-counts") or ""
    page.locator("#numbers tbody tr").nth(3).get_by_role("link").click()
    expect(page.locator("#total")).to_have_text(f"{sum(map(int, count.split()))} events")
    expect(page.locator("#q")).to_have_value("shop.example")


def test_rows_do_not_wait_and_a_chart_that_nobody_needs_is_given_up(visit: Visitor) -> None:
    """The list is whole and not dimmed while its chart takes long; the next search ends the request for it."""
    page = visit.page
    waiting: list[Route] = []
    given_up: list[str] = []
    page.route(re.compile("/events/chart"), lambda route: waiting.append(route))  # noqa: PLW0108 - playwright counts parameters
    page.on("requestfailed", lambda request: given_up.append(request.url))
    visit.open("/events")
    expect(page.locator("tr.event")).to_have_count(50)
    page.wait_for_timeout(400)
    assert waiting
    expect(page.locator("#progress")).not_to_have_class("on")
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    page.locator("#sort-sender").click()
    expect(page.locator("th.c-sender")).to_have_attribute("aria-sort", "ascending")
    page.wait_for_timeout(200)
    assert [url.partition("/events")[2] for url in given_up] == ["/chart"]
    waiting[-1].continue_()
    charted(page)


def test_a_chart_that_fails_is_said_where_it_would_be(visit: Visitor) -> None:
    """The list is there; the button asks for the chart again."""
    page = visit.page
    failures = failing(page, "/events/chart")
    visit.open("/events")
    expect(page.locator("#chart .failed")).to_contain_text("The counts and the chart did not come. The list is not affected.")
    expect(page.locator("tr.event")).to_have_count(50)
    expect(page.locator("#toasts")).to_be_empty()
    failures.clear()
    page.locator("#chart").get_by_role("button", name="Try again").click()
    charted(page)
    visit.complaints = [each for each in visit.complaints if "status of 503" not in each]


def dates(page: Page) -> None:
    """The panel of the dates."""
    page.locator("#to-open").click()
    expect(page.locator("calendar-month").first).to_be_visible()
    page.wait_for_timeout(100)  # the calendar goes to its month


def table(page: Page) -> None:
    """The numbers as a table."""
    page.locator(".as-table").click()
    expect(page.locator("#numbers")).to_be_visible()


def selected(page: Page) -> None:
    """A stretch of bars, and what they are."""
    page.get_by_role("slider").focus()
    page.keyboard.press("Shift+PageDown")
    expect(page.locator(".tip .hint")).to_be_visible()


def chosen(page: Page) -> None:
    """A type chosen."""
    page.locator("#chip-bounce").click()
    expect(page.locator("#chip-bounce")).to_have_attribute("aria-current", "true")
    charted(page)


def refused(page: Page) -> None:
    """An end that is no date."""
    page.locator("#to-open").click()
    page.locator("#to").fill("1 april")
    page.keyboard.press("Enter")
    expect(page.locator("#problem .message")).to_be_visible()


@pytest.mark.parametrize("act", [charted, dates, table, selected, chosen, refused], ids=lambda act: act.__name__)
@pytest.mark.parametrize("visit", [WIDE, DARK, PHONE | {"locale": "nl-NL"}], ids=["wide", "dark and Dutch", "phone"], indirect=True)
def test_every_state_is_accessible_and_keeps_to_the_window(visit: Visitor, act: Callable[[Page], None]) -> None:
    """No violation, no report of the content policy, no sideways scroll."""
    page = charted(visit.open(DATED))
    act(page)
    accessible(page)


@pytest.mark.parametrize("visit", [WIDE, PHONE], ids=["wide", "phone"], indirect=True)
def test_the_page_of_the_chart_is_accessible(visit: Visitor) -> None:
    """The one for those who have no script: none of ours comes here, while the check itself needs a browser that runs one."""
    visit.page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page = visit.open("/events/chart?range=1y&type=bounce")
    accessible(page)


@pytest.mark.parametrize("width", [320, 360, 480, 720, 721, 1020, 1021, 1180, 1440, 2560])
@pytest.mark.parametrize("visit", [WIDE, WIDE | {"locale": "nl-NL"}], ids=["English", "Dutch"], indirect=True)
def test_no_width_scrolls_sideways(visit: Visitor, width: int) -> None:
    """With the chart, and with the panel of the dates open, which is within the window."""
    visit.page.set_viewport_size({"width": width, "height": 800})
    page = charted(visit.open(DATED))
    dates(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("#dates").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_list_stays_where_it_is_when_its_chart_comes(visit: Visitor) -> None:
    """The place for it is as high as it is."""
    page = visit.page
    waiting: list[Route] = []
    page.route(re.compile("/events/chart"), lambda route: waiting.append(route))  # noqa: PLW0108 - playwright counts parameters
    visit.open("/events")
    row = page.locator("#row-1")
    expect(row).to_be_visible()
    before = row.bounding_box()
    page.wait_for_timeout(100)
    for route in waiting:
        route.continue_()
    charted(page)
    assert row.bounding_box() == before
