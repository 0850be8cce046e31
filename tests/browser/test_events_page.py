"""The Events page in a real browser: its stories, its accessibility, its layout, and that it needs no JavaScript."""

import re
from urllib.parse import urlsplit

import pytest
from conftest import Visitor, accessible
from playwright.sync_api import Page, expect
from samples import BOUNCED, JAN, MAIL

from app.columns import COLUMNS
from store.reasons import explain

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = {"viewport": {"width": 1920, "height": 1000}, "color_scheme": "dark"}
DUTCH = {"viewport": {"width": 1020, "height": 800}, "locale": "nl-NL"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
POCKET = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCRIPTLESS = {"java_script_enabled": False}
STATES = {
    "start": "/events",
    "open row": f"/events?q={JAN}&open={BOUNCED.id}",
    "sorted by another field": "/events?sort=-delay",
    "error in the query": "/events?q=(type:bounce",
    "errors in a date and the query": "/events?from=2026-11-10&to=2026-11-01&q=(type:bounce",
    "nothing found": f"/events?q={JAN}&to=2026-10-20",
    "autumn hour": "/events?from=2026-10-25&to=2026-10-25",
    "permanent link": f"/events/{BOUNCED.id}",
    "hostile mail": "/events/x%2F%22%3Cb%3E%3F%23%25%C3%A9",
    "not found": "/events/none",
    "help": "/help",
}

# The element with the focus, or the frame around a field, has an outline.
OUTLINED = """[document.activeElement, document.activeElement.closest('.range, .box')]
    .some(element => element && getComputedStyle(element).outlineStyle === 'solid')"""


def carets(page: Page) -> list[str]:
    """The ids of the listed events, in order."""
    found: list[str] = page.locator(".caret").evaluate_all("carets => carets.map(caret => caret.value)")
    return found


@pytest.mark.parametrize(
    ("visit", "state"),
    [
        *((WIDE, state) for state in STATES),
        *((DARK, state) for state in ("start", "open row", "error in the query", "help")),
        *((DUTCH, state) for state in ("start", "open row", "errors in a date and the query", "nothing found", "not found", "help")),
        *((PHONE, state) for state in ("start", "open row", "errors in a date and the query", "nothing found", "hostile mail", "help")),
    ],
    indirect=["visit"],
)
def test_every_state_is_accessible_and_keeps_to_the_window(visit: Visitor, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of good practice, no report of the content policy, no sideways scroll."""
    page = visit.open(STATES[state])
    accessible(page)


@pytest.mark.parametrize("visit", [WIDE, PHONE, SCRIPTLESS], ids=["wide", "phone", "without JavaScript"], indirect=True)
def test_two_actions_tell_why_a_mail_bounced(visit: Visitor) -> None:
    """Type the address and press Enter, click the caret: the reason and the next step stand there."""
    page = visit.open("/events")
    page.locator("#q").fill(JAN)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Details: {JAN}").click()
    why = explain("unknown_user")
    assert why
    answer = page.get_by_role("region", name="Why it came back")
    expect(answer).to_be_visible()
    for text in (why.sentence, why.next_step, "550", "5.1.1", BOUNCED.diagnostic or ""):
        expect(answer.get_by_text(text, exact=False).first).to_be_visible()


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_every_column_sorts_by_its_header_and_flips(visit: Visitor) -> None:
    """Two clicks a column; `aria-sort` and the arrow follow, and the first row changes where values differ."""
    page = visit.open("/events?q=info@bank.example")
    for name in COLUMNS:
        header = page.locator(f"th.c-{name}")
        first = "descending" if name == "timestamp" else "ascending"
        header.get_by_role("link").click()
        expect(header).to_have_attribute("aria-sort", first)
        one_way = carets(page)
        header.get_by_role("link").click()
        expect(header).to_have_attribute("aria-sort", "descending" if first == "ascending" else "ascending")
        assert carets(page) != one_way


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_paging_goes_to_the_end_and_back_to_the_first(visit: Visitor) -> None:
    """Every event is listed once on the way."""
    page = visit.open("/events")
    seen = len(carets(page))
    while page.get_by_role("link", name="Load more").count():
        page.get_by_role("link", name="Load more").click()
        expect(page.get_by_text(f"From number {seen + 1}.")).to_be_visible()
        expect(page.locator("tr.more, tr.end")).to_be_attached()
        seen += len(carets(page))
    assert seen == len(MAIL)
    page.get_by_role("link", name="Show from the start").click()
    expect(page.get_by_text(f"50 of {len(MAIL)}")).to_be_visible()


@pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)
def test_both_ends_of_the_range_can_be_changed(visit: Visitor) -> None:
    """Each by itself; the query stays."""
    page = visit.open("/events?q=shop.example")
    page.locator("#from-open").click()
    page.locator("#from").fill("2026-11-01")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**from=2026-11-01*")
    both = page.locator("#total").inner_text()
    page.locator("#to-open").click()
    page.locator("#to").fill("2026-11-03")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**to=2026-11-03*")
    expect(page.locator("#from")).to_have_value("2026-11-01")
    expect(page.locator("#q")).to_have_value("shop.example")
    expect(page.locator("#total")).not_to_have_text(both)
    page.locator("#from-open").click()
    page.get_by_role("link", name="All time").click()
    expect(page.locator("#from")).to_have_value("")


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_an_error_is_mended_with_one_click(visit: Visitor) -> None:
    """The faulty part is marked; the fix is a link to a search that works."""
    page = visit.open("/events")
    page.locator("#q").fill("(type:bounce")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("mark")).to_have_text("(")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator(".caret").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 721, 1280, 1600, 1920])
def test_the_offset_in_the_autumn_hour_is_never_cut(visit: Visitor, width: int) -> None:
    """It is what tells two times apart."""
    visit.page.set_viewport_size({"width": width, "height": 800})
    page = visit.open(STATES["autumn hour"])
    expect(page.locator(".shift")).to_have_text("+01:00")
    assert page.evaluate("""[...document.querySelectorAll('td.c-timestamp')].every(cell => cell.scrollWidth <= cell.clientWidth
        && [...cell.querySelectorAll('span')].every(part => part.getBoundingClientRect().right <= cell.getBoundingClientRect().right))""")


@pytest.mark.parametrize("visit", [POCKET], indirect=True)
def test_a_phone_shows_why_within_a_screen(visit: Visitor) -> None:
    """The reason stands in the list, and in an open row nothing lesser pushes it away; the other fields are one click away."""
    page = visit.open(STATES["open row"] + "#row-1")
    why = explain("unknown_user")
    assert why
    expect(page.locator("#row-1 .brief")).to_have_text(why.sentence)
    answer = page.get_by_role("region", name="Why it came back").locator(".why")
    place = answer.bounding_box()
    assert place
    assert place["y"] + place["height"] < POCKET["viewport"]["height"]
    expect(page.get_by_text(BOUNCED.id)).to_be_hidden()
    page.get_by_text("More fields").click()
    expect(page.get_by_text(BOUNCED.id)).to_be_visible()


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_wide_screen_shows_every_field_at_once(visit: Visitor) -> None:
    """Nothing is folded where there is room."""
    page = visit.open(STATES["open row"])
    expect(page.get_by_text(BOUNCED.id)).to_be_visible()
    expect(page.get_by_text("More fields")).to_be_hidden()


@pytest.mark.parametrize("visit", [POCKET], indirect=True)
def test_a_phone_sorts_by_a_column_that_it_hides(visit: Visitor) -> None:
    """With a list to choose from and a button."""
    page = visit.open("/events?q=bank.example")
    page.get_by_label("Sort by").select_option("Server, Z to A")
    page.get_by_role("button", name="Sort").click()
    expect(page).to_have_url(re.compile(r"q=bank\.example&sort=-mx"))


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_a_typed_date_with_its_time_is_seen_whole(visit: Visitor) -> None:
    """On the smallest screen: in its field, and in words on its button."""
    page = visit.open("/events?from=2026-10-20+12:00&to=2026-11-01+12:00:30")
    assert page.evaluate("[...document.querySelectorAll('.opener .at')].every(words => words.scrollWidth <= words.clientWidth)")
    page.locator("#from-open").click()
    expect(page.locator("#from")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('.range input')].every(box => box.scrollWidth <= box.clientWidth)")


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_paper_says_what_was_searched(visit: Visitor) -> None:
    """The form is not printed; the query and the range are."""
    page = visit.open("/events?q=bank.example&from=2026-10-25")
    expect(page.locator(".printed")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".printed")).to_have_text("Searched for bank.example from 2026-10-25. Times in Europe/Amsterdam.")
    expect(page.locator("#q")).to_be_hidden()


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(visit: Visitor) -> None:
    """Tab goes from the skip link through the form, the types, the chart and the headers to the carets, each with an outline."""
    page = visit.open("/events")
    expect(page.locator("#bar")).to_be_visible()
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert page.evaluate(OUTLINED), reached
    assert reached[0] == "skip"
    assert {"from-open", "to-open", "q", "chip-all", "bar", "latest", "sort-timestamp", "sort-mx", "caret"} <= set(reached)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_visit_is_small(visit: Visitor) -> None:
    """The first one less than 100 kB on the wire, less than 60 kB of it JavaScript; the next one is the page and its chart alone."""
    first = transferred(visit, "/events")
    assert sum(first.values()) < 100_000, first
    assert sum(size for path, size in first.items() if path.endswith(".js")) < 60_000
    following = transferred(visit, "/events?sort=-timestamp")
    assert sorted(following) == ["/events", "/events/chart"]
    assert sum(following.values()) < 15_000


def transferred(visit: Visitor, path: str) -> dict[str, int]:
    """Path -> bytes on the wire of each answer while a page is loaded; what the browser had already is not among them."""
    network = visit.page.context.new_cdp_session(visit.page)
    network.send("Network.enable")
    paths: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network.on("Network.responseReceived", lambda event: paths.update({event["requestId"]: urlsplit(event["response"]["url"]).path}))
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    visit.open(path)
    visit.page.wait_for_load_state("networkidle")
    network.detach()
    return {paths[each]: int(size) for each, size in sizes.items() if size}
