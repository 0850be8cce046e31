"""The pictures of the README: the portal over its own sample mail, in a real browser (`scripts/screenshots`)."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from conftest import QUIET, executable
from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[2]
IMAGES: Final = ROOT / "docs" / "images"
WIDE: Final[dict[str, Any]] = {"viewport": {"width": 1440, "height": 900}}
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
SETTLED: Final = 500  # ms until what moves has moved
STILL: Final = "() => !document.querySelector('[aria-busy=true], .htmx-request') && document.fonts.status === 'loaded'"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, and what is clicked on it before the picture is taken."""

    name: str
    path: str
    browser: dict[str, Any] = field(default_factory=lambda: WIDE)
    click: str | None = None


PICTURES: Final = (
    Picture("events", "/events?range=7d"),
    Picture("details", "/events?range=7d&q=type:bounce", click="tr.event .caret"),
    Picture("dates", "/events?range=7d", click="#from-open"),
    Picture("accounts", "/accounts"),
    Picture("dark", "/events?range=7d&q=type:bounce", {**WIDE, "color_scheme": "dark", "locale": "nl-NL"}),
    Picture("phone", "/events?range=7d&q=type:bounce", PHONE),
)


@contextmanager
def demo(data: Path) -> Iterator[tuple[str, str]]:
    """The address of `portal demo`, and the path that signs in there."""
    command = [sys.executable, "-m", "app.cli", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORTAL_DATA": str(data)}, stdout=subprocess.PIPE, text=True) as child:
        try:
            for line in child.stdout or ():
                if found := re.search(r"(http://127\.0\.0\.1:\d+)(/welcome/\S+)", line):
                    yield found[1], found[2]
                    return
            raise SystemExit("the demo did not start")
        finally:
            child.terminate()


def take(page: Page, picture: Picture, address: str) -> None:
    """Open the page, click, and keep what is seen."""
    page.goto(address + picture.path)
    settle(page)
    if picture.click:
        page.locator(picture.click).first.click()
        settle(page)
    page.screenshot(path=IMAGES / f"{picture.name}.png")


def settle(page: Page) -> None:
    """Wait until nothing is on its way any more: neither rows nor the chart nor what slides into place."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STILL)
    page.wait_for_timeout(SETTLED)


def main() -> None:
    """Take them all, or those that are named."""
    wanted = sys.argv[1:]
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data, demo(Path(data)) as (address, way_in), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=QUIET)
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                context = browser.new_context(timezone_id="Europe/Amsterdam", **picture.browser)
                page = context.new_page()
                page.goto(address + way_in)
                take(page, picture, address)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
