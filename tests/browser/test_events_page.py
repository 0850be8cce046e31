"""The Events page in a real browser: its stories, its accessibility, its layout, and that it needs no JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Visitor
from playwright.sync_api import Page, expect
from samples import BOUNCED, JAN, MAIL

from app.events import COLUMNS
from store.reasons import explain

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = {"viewport": {"width": 1920, "height": 1000}, "color_scheme": "dark"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
SCRIPTLESS = {"java_script_enabled": False}
STATES = {
    "start": "/events",
    "open row": f"/events?q={JAN}&open={BOUNCED.id}",
    "sorted by another field": "/events?sort=-delay",
    "error in the query": "/events?q=(type:bounce",
    "error in a date": "/events?from=1+april",
    "nothing found": f"/events?q={JAN}&to=2026-10-20",
    "permanent link": f"/events/{BOUNCED.id}",
    "hostile mail": "/events/x%2F%22%3Cb%3E%3F%23%25%C3%A9",
    "not found": "/events/none",
    "help": "/help",
}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

# The element with the focus, or the frame around a field, has an outline.
OUTLINED = """[document.activeElement, document.activeElement.closest('.range, .query')]
    .some(element => element && getComputedStyle(element).outlineStyle === 'solid')"""


def carets(page: Page) -> list[str | None]:
    """Where the carets of the listed rows lead: one for each event, in order."""
    return [caret.get_attribute("href") for caret in page.locator(".caret").all()]


@pytest.mark.parametrize(
    ("visit", "state"),
    [
        *((WIDE, state) for state in STATES),
        *((DARK, state) for state in ("start", "open row", "error in the query", "help")),
        *((PHONE, state) for state in ("start", "open row", "error in the query", "nothing found", "hostile mail", "help")),
    ],
    indirect=["visit"],
)
def test_every_state_is_accessible_and_keeps_to_the_window(visit: Visitor, state: str) -> None:
    """No violation of WCAG 2.2 A and AA or of good practice, no report of the content policy, no sideways scroll."""
    page = visit.open(STATES[state])
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("visit", [WIDE, PHONE, SCRIPTLESS], ids=["wide", "phone", "without JavaScript"], indirect=True)
def test_two_actions_tell_why_a_mail_bounced(visit: Visitor) -> None:
    """Type the address and press Enter, click the caret: the reason and the next step stand there."""
    page = visit.open("/events")
    page.get_by_role("textbox", name="Search").fill(JAN)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=f"Details: Bounced, {JAN}").click()
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
    while page.get_by_role("link", name="Next").count():
        page.get_by_role("link", name="Next").click()
        seen += len(carets(page))
    assert seen == len(MAIL)
    page.get_by_role("link", name="Back to the first").click()
    expect(page.get_by_text(f"1–50 of {len(MAIL)} events")).to_be_visible()  # noqa: RUF001 - the dash that the page shows


@pytest.mark.parametrize("visit", [WIDE, SCRIPTLESS], ids=["wide", "without JavaScript"], indirect=True)
def test_both_ends_of_the_range_can_be_changed(visit: Visitor) -> None:
    """Each by itself; the query stays."""
    page = visit.open("/events?q=shop.example")
    page.get_by_label("From").fill("2026-11-01")
    page.get_by_role("button", name="Search").click()
    both = page.locator(".paging p").inner_text()
    page.get_by_label("To").fill("2026-11-03")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("From")).to_have_value("2026-11-01")
    expect(page.get_by_role("textbox", name="Search")).to_have_value("shop.example")
    assert page.locator(".paging p").inner_text() != both
    page.get_by_role("link", name="All time").click()
    expect(page.get_by_label("From")).to_have_value("")


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_an_error_is_mended_with_one_click(visit: Visitor) -> None:
    """The faulty part is marked; the fix is a link to a search that works."""
    page = visit.open("/events")
    page.get_by_role("textbox", name="Search").fill("(type:bounce")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("mark")).to_have_text("(")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator(".caret").first).to_be_visible()


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(visit: Visitor) -> None:
    """Tab goes from the skip link through the form, the presets and the headers to the carets, each with an outline."""
    page = visit.open("/events")
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert page.evaluate(OUTLINED), reached
    assert reached[0] == "skip"
    assert {"from", "to", "q", "sort-timestamp", "sort-mx", "caret"} <= set(reached)


@pytest.mark.parametrize("visit", [WIDE], indirect=True)
def test_a_page_is_small(visit: Visitor) -> None:
    """Fifty rows, styles and shapes in at most four requests of our own server and 150 kB before compression."""
    sizes: list[int] = []
    visit.page.on("response", lambda response: sizes.append(len(response.body())))
    visit.open("/events")
    visit.page.wait_for_load_state("networkidle")
    assert len(sizes) <= 4
    assert sum(sizes) < 150_000
