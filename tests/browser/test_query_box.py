"""The query box: its colours, its check and its suggestions while somebody types, and the searches it remembers."""

import re
from collections.abc import Callable

import pytest
from conftest import Visitor, accessible
from playwright.sync_api import Page, Route, expect
from samples import JAN, MAIL
from typed_queries import Typist

from store.query.scanner import tokenise
from store.query.tokens import Sort

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1280, "height": 800}}
DARK = WIDE | {"color_scheme": "dark", "locale": "nl-NL"}
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "locale": "nl-NL"}
FORCED = WIDE | {"forced_colors": "active"}
SCRIPTLESS = WIDE | {"java_script_enabled": False}
BROKEN = "type:bounce and (to:jan"

KINDS = {
    Sort.FIELD: "field", Sort.COLON: "field", Sort.OPEN: "group", Sort.CLOSE: "group", Sort.PHRASE: "value", Sort.LOW: "value",
    Sort.HIGH: "value", Sort.TO: "value", Sort.LESS: "value", Sort.GREATER: "value", Sort.AND: "operator", Sort.OR: "operator",
    Sort.NOT: "operator", Sort.PLUS: "operator", Sort.MINUS: "operator",
}  # fmt: skip
COLOURED = """async ([queries, names]) => {
    const {parts} = await import(document.querySelector('script[type=module]').src.replace('app.js', 'query-colours.js'));
    const known = new Set(names.split(' '));
    return queries.map(query => parts(query, name => known.has(name.toLowerCase().replaceAll('-', '_'))));
}"""


@pytest.fixture
def page(visit: Visitor) -> Page:
    """The start page, with the focus in the box."""
    page = visit.open("/events")
    page.locator("#q").focus()
    return page


def options(page: Page) -> list[str]:
    """The labels of what is suggested, once there is something."""
    expect(page.get_by_role("option").first).to_be_visible()
    return page.locator("#suggestions .label").all_inner_texts()


def kinds(query: str) -> list[str | None]:
    """What the server takes each character for; None between the tokens, and where it is not to be seen in colours."""
    found: list[str | None] = [None] * len(query)
    groups: list[bool] = []
    in_field = False
    for token in tokenise(query):
        if token.sort is Sort.CLOSE:
            groups.pop()
        kind = ("value" if in_field or any(groups) else "") if token.sort is Sort.TERM else KINDS.get(token.sort)
        found[token.start : token.end] = [kind] * (token.end - token.start)
        if token.sort is Sort.OPEN:
            groups.append(in_field)
        in_field = token.sort in (Sort.COLON, Sort.LESS, Sort.GREATER, Sort.LOW, Sort.TO)
    return found


def test_the_colours_are_those_of_the_servers_reading(page: Page) -> None:
    """Over queries as people type them."""
    typist = Typist(7, MAIL)
    queries = [typist.readable()[0] for _ in range(600)]
    queries += [
        "a -b !c +d - e",
        "to:(a or b) and c",
        "delay:> 5 x",
        'y "a:b and c" d\\:e',
        "http://to:x/ Re: x",
        "TO:x Message-ID:y",
        "\U0001f4e6 to:\U0001f4e6 a",
    ]
    names = page.locator("#q").get_attribute("data-fields")
    for query, coloured in zip(queries, page.evaluate(COLOURED, [queries, names]), strict=True):
        assert "".join(text for _, text in coloured) == query
        seen = [kind for kind, text in coloured for _ in text]
        wanted = kinds(query)
        assert [kind if want is not None else None for kind, want in zip(seen, wanted, strict=True)] == wanted, query


@pytest.mark.parametrize("text", ["type:bounce", 'to:jan AND "mailbox full" ' * 9], ids=["short", "longer than the box"])
@pytest.mark.parametrize("visit", [WIDE, PHONE], ids=["wide", "phone"], indirect=True)
def test_the_colours_lie_on_the_text(page: Page, text: str) -> None:
    """At the same place, as wide, and scrolled along."""
    page.locator("#q").fill(text)
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    assert page.locator(".mirror").text_content() == text
    page.wait_for_function("""() => {
        const [box, mirror] = [document.querySelector('#q'), document.querySelector('.mirror')];
        const start = box.getBoundingClientRect().left + parseFloat(getComputedStyle(box).paddingLeft);
        return Math.abs(start - mirror.getBoundingClientRect().left) < 1 && box.scrollLeft === mirror.scrollLeft
            && Math.abs((box.scrollWidth - box.clientWidth) - (mirror.scrollWidth - mirror.clientWidth)) <= 1;
    }""")


@pytest.mark.parametrize("visit", [FORCED], indirect=True)
def test_forced_colours_show_the_text_itself(page: Page) -> None:
    """In the colour that the reader chose."""
    page.locator("#q").fill("type:bounce")
    expect(page.locator(".mirror")).to_be_hidden()
    assert page.locator("#q").evaluate("box => getComputedStyle(box).color") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("visit", [SCRIPTLESS], indirect=True)
def test_without_scripts_it_is_a_plain_field(visit: Visitor) -> None:
    """Nothing promises what is not there, and a search works."""
    page = visit.open("/events")
    box = page.get_by_role("textbox", name="Search")
    box.fill(JAN)
    box.press("Enter")
    expect(page.locator("tr.event")).to_have_count(1)
    expect(page.locator(".mirror, #suggestions")).to_have_count(0)


# All that is announced, which the next announcement takes the place of.
LISTEN = """() => {
    const place = document.querySelector("#announcement");
    window.said = [];
    new MutationObserver(() => said.push(place.textContent)).observe(place, {childList: true, characterData: true, subtree: true});
}"""


def test_a_fault_is_said_while_somebody_types_and_goes_when_it_is_mended(page: Page) -> None:
    """In place, marked, with its fix; the results and the focus stay, and the address."""
    box = page.locator("#q")
    page.evaluate(LISTEN)
    box.press_sequentially(BROKEN)
    expect(page.locator("#problem .message")).to_have_text("This parenthesis is not closed.")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".mirror .bad")).to_have_text("(")
    page.wait_for_function("() => said.includes('This parenthesis is not closed.')")
    expect(box).to_be_focused()
    expect(page.locator("tr.event")).to_have_count(50)
    assert page.url.endswith("/events")
    box.press_sequentially(")")
    expect(page.locator("#problem")).to_be_empty()
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".mirror .bad")).to_have_count(0)


def test_the_fix_is_one_click_away_while_somebody_types(page: Page) -> None:
    """It is a search like any other."""
    page.evaluate("window.still = true")
    page.locator("#q").fill("stauts:5.2.2")
    page.locator("#problem a").first.click()
    expect(page).to_have_url(re.compile("q=status%3A5.2.2$"))
    expect(page.locator("#q")).to_have_value("status:5.2.2")
    expect(page.locator("#problem")).to_be_empty()
    assert page.evaluate("window.still")


def test_a_place_behind_an_emoji_is_marked_where_it_is(page: Page) -> None:
    """The server counts characters, the browser halves of them; both while typing and when the search was asked for."""
    page.locator("#q").fill("\U0001f4e6\U0001f4e6 (x")
    expect(page.locator(".mirror .bad")).to_have_text("(")
    page.keyboard.press("Enter")
    page.wait_for_function("() => { const q = document.querySelector('#q'); return q.selectionEnd - q.selectionStart === 1; }")
    assert page.locator("#q").evaluate("q => q.value.slice(q.selectionStart, q.selectionEnd)") == "("


def test_a_page_that_came_with_a_fault_marks_it(visit: Visitor) -> None:
    """Also where the server wrote it into the page."""
    page = visit.open("/events?q=(type:bounce")
    expect(page.locator(".mirror .bad")).to_have_text("(")


def test_a_field_and_its_value_are_chosen_with_the_keyboard(page: Page) -> None:
    """Arrows choose, the field keeps the focus, Enter takes; the values come with their counts; the next Enter searches."""
    box = page.locator("#q")
    box.press_sequentially("ty")
    assert options(page) == ["type:"]
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(page.get_by_role("option", selected=True)).to_contain_text("What happened")
    page.keyboard.press("Tab")
    expect(box).to_have_value("type:")
    expect(page.get_by_role("option").nth(1)).to_contain_text("bounce")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text(re.compile("bounce.*Bounced.*41"))
    page.keyboard.press("Enter")
    expect(box).to_have_value("type:bounce ")
    expect(box).to_be_focused()
    assert page.url.endswith("/events")
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("41 events")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_arrows_go_round_through_the_field(page: Page) -> None:
    """Up from the field is the last one, and on from there the field again, where nothing is chosen."""
    box = page.locator("#q")
    box.fill("type:b")
    options(page)
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))


def test_enter_takes_nothing_that_was_not_chosen(page: Page) -> None:
    """It searches for what was typed; Tab goes on to the next control."""
    box = page.locator("#q")
    box.fill("type:b")
    options(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=type%3Ab$"))
    expect(box).to_have_value("type:b")
    expect(page.locator("#suggestions")).to_be_hidden()
    box.fill("type:bo")
    options(page)
    page.keyboard.press("Tab")
    expect(box).not_to_be_focused()
    expect(box).to_have_value("type:bo")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_escape_closes_the_list_and_leaves_the_text(page: Page) -> None:
    """An arrow brings it back."""
    box = page.locator("#q")
    box.fill("type:bo")
    options(page)
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("type:bo")
    page.keyboard.press("ArrowDown")
    assert options(page) == ["bounce"]


def test_a_click_takes_and_the_field_keeps_the_focus(page: Page) -> None:
    """In the middle of a query too."""
    box = page.locator("#q")
    box.fill("to: and type:bounce")
    box.evaluate("box => box.setSelectionRange(3, 3)")
    page.keyboard.type("bram")
    page.get_by_role("option").filter(has_text="bram@bedrijf.example").click()
    expect(box).to_have_value("to:bram@bedrijf.example and type:bounce")
    expect(box).to_be_focused()


def test_a_click_replaces_the_word_as_it_has_become(page: Page) -> None:
    """Also one on an option that was there before the last keys."""
    box = page.locator("#q")
    box.fill("to: and type:bounce")
    box.evaluate("box => box.setSelectionRange(3, 3)")
    page.keyboard.type("b")
    option = page.get_by_role("option").filter(has_text="bram@bedrijf.example")
    expect(option).to_be_visible()
    page.route("**/events/suggest?*", lambda _route: None)
    page.keyboard.type("ram")
    option.click()
    expect(box).to_have_value("to:bram@bedrijf.example and type:bounce")


def test_a_late_answer_never_replaces_a_newer_one(page: Page) -> None:
    """Neither of suggestions nor of the check."""
    waiting: list[Route] = []
    page.route(re.compile(r"(suggest|check)\?.*q=%28sen(&|$)"), lambda route: waiting.append(route))  # noqa: PLW0108 - playwright counts a function's parameters
    box = page.locator("#q")
    with page.expect_request(re.compile("check.*q=%28sen")):
        box.fill("(sen")
    box.fill("type:bo")
    assert options(page) == ["bounce"]
    for route in waiting:
        route.continue_()
    page.wait_for_timeout(700)
    assert options(page) == ["bounce"]
    expect(page.locator("#problem")).to_be_empty()


def test_the_server_may_be_away(visit: Visitor) -> None:
    """Then nothing is suggested, nothing is said, and the box works as it is."""
    page = visit.open("/events")
    page.route(re.compile("/events/(suggest|check)"), lambda route: route.abort())
    page.locator("#q").fill("type:bounce")
    page.wait_for_timeout(700)
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#toasts")).to_be_empty()
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("41 events")
    visit.complaints = [
        each for each in visit.complaints if "events/suggest" not in each and "events/check" not in each and "ERR_FAILED" not in each
    ]


def search(page: Page, query: str, total: str) -> None:
    """Search, and wait for the results."""
    page.locator("#q").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text(total)


def test_the_last_searches_are_offered_in_the_empty_box(page: Page) -> None:
    """The newest first, each once, also after the page was loaded anew; one is searched when it is taken; they go with a click."""
    search(page, JAN, "1 event")
    search(page, "type:bounce", "41 events")
    search(page, JAN, "1 event")
    page.wait_for_function("query => JSON.parse(localStorage.getItem('portal:searches'))[0] === query", arg=JAN)
    page.reload()
    box = page.locator("#q")
    box.fill("")
    assert options(page) == [JAN, "type:bounce", "Forget these searches"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("41 events")
    expect(box).to_have_value("type:bounce")
    box.fill("")
    page.get_by_role("option", name="Forget these searches").click()
    expect(page.locator("#suggestions")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('portal:searches')") is None
    box.blur()
    box.focus()
    page.wait_for_timeout(300)
    expect(page.locator("#suggestions")).to_be_hidden()


def test_a_browser_that_keeps_nothing_has_no_last_searches(visit: Visitor) -> None:
    """And works otherwise; so does one in which something else was kept."""
    visit.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})")
    page = visit.open("/events")
    search(page, "type:bounce", "41 events")
    page.locator("#q").fill("")
    assert options(page)[0].endswith(":")


def test_not_every_search_is_kept(page: Page) -> None:
    """Eight at most, and none that is as long as a pasted list."""
    page.evaluate("localStorage['portal:searches'] = JSON.stringify(Array.from({length: 30}, (_, n) => 'word' + n).concat([7, null]))")
    search(page, "type:bounce", "41 events")
    page.evaluate("document.querySelector('#total').textContent = ''")
    search(page, "type:bounce " + " or zzzz" * 60, "41 events")
    kept = page.evaluate("JSON.parse(localStorage['portal:searches'])")
    assert kept == ["type:bounce", *(f"word{number}" for number in range(7))]


def suggesting(page: Page) -> None:
    """Values, one of them chosen."""
    page.locator("#q").fill("type:bounce and to:b")
    options(page)
    page.keyboard.press("ArrowDown")


def explaining(page: Page) -> None:
    """Fields with their help, and operators."""
    page.locator("#q").fill("type:bounce ")
    options(page)


def faulty(page: Page) -> None:
    """A fault, found while typing."""
    page.locator("#q").fill(BROKEN)
    expect(page.locator(".mirror .bad")).to_be_visible()


def remembering(page: Page) -> None:
    """The last searches."""
    page.evaluate("localStorage['portal:searches'] = JSON.stringify(['type:bounce', 'x'.repeat(200)])")
    page.locator("#q").click()
    options(page)


@pytest.mark.parametrize("act", [suggesting, explaining, faulty, remembering], ids=lambda act: act.__name__)
@pytest.mark.parametrize("visit", [WIDE, DARK, PHONE], ids=["wide", "dark and Dutch", "phone"], indirect=True)
def test_every_state_of_the_box_is_accessible(page: Page, act: Callable[[Page], None]) -> None:
    """And keeps to the window."""
    act(page)
    accessible(page)
    if page.locator("#suggestions").is_visible():
        place = page.locator("#suggestions").bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= page.evaluate("innerWidth")
