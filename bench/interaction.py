"""How quickly the list answers with 1,000 rows loaded on a slow machine: rows, keys, typing, menus, the calendar, sorting.

`scripts/bench interaction` serves events of its own and drives Chromium with its processor slowed down four times; the figures are those of
the browser's own event timing (from the input to the next frame, in steps of 8 ms). Needs an installed Chromium. With an argument it
measures the page at that address instead: `python bench/interaction.py http://127.0.0.1:8000/events`.
"""

import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))

import engine
from conftest import QUIET, SESSIONS, executable, served
from inside import COOKIE
from playwright.sync_api import Locator, Page, sync_playwright

from store.embedded import EmbeddedStore

EVENTS = 1_500
ROWS = 1_000
SLOWED = 4
ROUNDS = 5
GOAL = 200  # ms
SETTLED = 500  # ms from the pointer's or the focus' coming to the click or the key
LOADED = 3_000  # ms for a slow machine to be done with the last rows
OBSERVE = """
    window.felt = [];
    new PerformanceObserver(list => list.getEntries().forEach(entry => entry.interactionId && window.felt.push(entry.duration)))
        .observe({type: 'event', durationThreshold: 16, buffered: false});
"""


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where an interaction is slower than the goal."""
    with ExitStack() as stack:
        if arguments:
            address = arguments[0]
        else:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            store = EmbeddedStore(data / "events")
            store.write(list(engine.events(EVENTS)))
            store.close()
            address = stack.enter_context(served(data)) + "/events"
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=QUIET)
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        if (origin := address.removesuffix("/events")) in SESSIONS:
            page.context.add_cookies([{"name": COOKIE, "value": SESSIONS[origin], "url": origin}])
        page.set_default_timeout(120_000)
        page.goto(address)
        loaded(page)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        page.evaluate(OBSERVE)
        print(
            f"{platform.processor() or platform.machine()}, Chromium {browser.version}, {ROWS} rows, processor / {SLOWED}, {ROUNDS} rounds"
        )
        felt = [measured(page, name, act) for name, act in ACTS.items()]
    usual, slowest = max(map(median, felt)), max(map(max, felt))
    print(f"slowest {slowest} ms (goal {GOAL}), slowest kind {usual:.0f} ms at the median")
    return 1 if slowest > GOAL else 0


def loaded(page: Page) -> None:
    """Scroll until all rows are there that come by themselves."""
    while page.locator("tr.event").count() < ROWS:
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(100)
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.wait_for_timeout(LOADED)


def measured(page: Page, name: str, act: Callable[[Page, int], None]) -> list[int]:
    """Do something some times; how long each took to be answered, in ms."""
    felt: list[int] = []
    for number in range(ROUNDS):
        page.evaluate("window.felt.length = 0")
        act(page, number)
        page.wait_for_timeout(700)
        felt.append(round(max(page.evaluate("window.felt"), default=0)))
    print(f"{name:24} {felt} ms")
    return felt


def _caret(page: Page, number: int) -> None:
    _click(page, page.locator(f"#row-{500 + 3 * number} .caret"))


def _sort(page: Page, number: int) -> None:
    loaded(page)
    _click(page, page.locator("#rows th a").nth(number))


def _arrow(page: Page, number: int) -> None:
    _press(page, f"#row-{520 + number} .caret", "ArrowDown")


def _type(page: Page, _number: int) -> None:
    _press(page, "#q", "a")


def _calendar(page: Page, _number: int) -> None:
    _press(page, "#row-540 .caret", "d")
    page.locator("calendar-range").wait_for()
    page.wait_for_timeout(SETTLED)
    page.keyboard.press("Escape")


def _opened(selector: str, key: str) -> Callable[[Page, int], None]:
    """What a key opens where the focus is, and Escape closes."""
    return lambda page, _number: _press(page, selector, key, "Escape")


def _click(page: Page, place: Locator) -> None:
    """Click once what the pointer's coming there cost is over: scrolling, and rows that were not drawn before."""
    place.hover()
    page.wait_for_timeout(SETTLED)
    place.click()


def _press(page: Page, selector: str, *keys: str) -> None:
    """Press keys once what the focus' coming there cost is over."""
    page.locator(selector).evaluate("place => place.focus()")
    page.wait_for_timeout(SETTLED)
    for key in keys:
        page.keyboard.press(key)


ACTS: dict[str, Callable[[Page, int], None]] = {
    "open a row": _caret,
    "close it, still there": _caret,
    "open it again": _caret,
    "next row by arrow": _arrow,
    "type a letter": _type,
    "menu of exports": _opened("[popovertarget=exports]", "Enter"),
    "list of keys": _opened("#row-530 .caret", "?"),
    "chooser of columns": _opened("[popovertarget=columns]", "Enter"),
    "calendar": _calendar,
    "sort by a column": _sort,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
