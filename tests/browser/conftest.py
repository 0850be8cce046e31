"""A real server process over sample mail, and a real browser in front of it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from absent import absent
from axe_playwright_python.sync_playwright import Axe
from inside import COOKIE, session_in
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Route, expect, sync_playwright
from samples import MAIL

from store.embedded import EmbeddedStore

ROOT = Path(__file__).parents[2]
PATIENCE = 20_000  # ms; a machine that has other work to do is slow, not wrong
expect.set_options(timeout=PATIENCE)
# Of what is in order nothing is told: to hand it over takes twice as long as to look for it.
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SESSIONS: dict[str, str] = {}  # address of a portal -> the secret of a session there
# Reported by the page itself, because the console does not tell a blocked style from any other error.
REPORT = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI, e.sample))"


def executable(playwright: Playwright) -> str | None:
    """An installed Chromium: of the system, or else playwright's own."""
    own = playwright.chromium.executable_path
    return next(filter(None, map(shutil.which, NAMES)), None) or (own if Path(own).exists() else None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; where there is none the tests are skipped, and fail in continuous integration."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            names = ", ".join(NAMES)
            absent(f"no Chromium: none of {names} is on the PATH and playwright has none. Install one (apt-get install chromium).")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def served(data: Path, **settings: str) -> Iterator[str]:
    """`portal serve` on a free port over a data folder, with further settings; its address."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "app.cli", "serve", "--port", "0", "--workers", "1"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_DATA": str(data)} | settings,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        line = next((line for line in server.stdout if "http://" in line), "")
        assert line, "the server did not start"
        try:
            address = "http://" + line.split("http://")[1].split("/")[0]
            SESSIONS[address] = session_in(data)
            yield address
        finally:
            server.terminate()
        assert server.wait(20) == 0


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A portal over the sample mail, until the tests are done."""
    data = tmp_path_factory.mktemp("portal")
    store = EmbeddedStore(data / "events")
    store.write(MAIL)
    store.close()
    with served(data) as found:
        yield found


def accessible(page: Page) -> None:
    """A page without a violation of WCAG 2.2 A and AA or of good practice, and without a sideways scroll."""
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def failing(page: Page, address: str) -> list[bool]:
    """Have requests to addresses that match fail, until the list that is given back is emptied."""
    until_emptied = [True]

    def answer(route: Route, _request: Request) -> None:
        if until_emptied:
            route.fulfill(status=503, body="<p>no</p>")
        else:
            route.continue_()

    page.route(re.compile(address), answer)
    return until_emptied


class Visitor:
    """A page in the browser, and everything that the browser complained about while it was looked at."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.signed_in = True
        self.complaints: list[str] = []
        self.address = address
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._note_failure)

    def open(self, path: str) -> Page:
        """Go to a path of the portal, signed in where this is one of ours; cookies are of a host and know no ports."""
        if self.signed_in and self.address in SESSIONS:
            self.page.context.add_cookies([{"name": COOKIE, "value": SESSIONS[self.address], "url": self.address}])
        self.page.goto(self.address + path)
        return self.page

    def _note_failure(self, request: Request) -> None:
        # Without scripts a browser gives up the modules that a page names; htmx gives up a request that a newer one replaces. No faults.
        if request.resource_type != "script" and request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url}")

    def _note(self, message: ConsoleMessage) -> None:
        # A 400 or 404 page is meant to be one; the browser notes it all the same.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A fresh visitor; parametrise it with the options of a browser context. It must leave without a complaint."""
    context = browser.new_context(**getattr(request, "param", {}))
    if getattr(request, "param", {}).get("java_script_enabled", True):
        context.add_init_script(REPORT)
    visitor = Visitor(context, address)
    yield visitor
    context.close()
    assert visitor.complaints == []
