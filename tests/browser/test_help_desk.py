"""The questions of a help desk, each answered from the start page in two actions at most: a search typed and sent, or a click."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Visitor
from playwright.sync_api import Locator, Page, expect
from samples import BOUNCED, JAN, MAIL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("visit", [{"viewport": {"width": 1280, "height": 800}}, {"java_script_enabled": False}], indirect=True),
]
MOST = 2


class Desk:
    """Somebody at the start page, whose actions are counted."""

    def __init__(self, visit: Visitor) -> None:
        self.page: Page = visit.open("/")
        self._left = MOST

    def search(self, text: str, found: int) -> None:
        """Type a search and send it, and wait for as many events as it finds."""
        self._act(lambda: (self.page.locator("#q").fill(text), self.page.keyboard.press("Enter")))
        expect(self.page.locator("#total")).to_have_text(re.compile(rf"^{found} events?$"))

    def click(self, what: Locator) -> None:
        """Click something."""
        self._act(what.click)

    def _act(self, do: Callable[[], object]) -> None:
        assert self._left, f"more than {MOST} actions"
        self._left -= 1
        do()


def test_did_somebody_get_a_days_mail(visit: Visitor) -> None:
    """The address is enough: its rows say the day and what became of it."""
    desk = Desk(visit)
    desk.search("anna@school.example", 50)
    row = desk.page.locator("tr.event", has_text="Sat 24 Oct").first
    expect(row).to_contain_text("anna@school.example")
    expect(row.locator(".c-type")).to_have_text(re.compile("Delivered|Deferred|Bounced|In queue"))


def test_why_not(visit: Visitor) -> None:
    """The reason in the row, and with its caret in plain words with the code, the next step and what the server answered."""
    desk = Desk(visit)
    desk.search(JAN, 1)
    expect(desk.page.locator("tr.event .c-reason")).to_contain_text("5.1.1")
    desk.click(desk.page.locator("tr.event .caret"))
    answer = desk.page.get_by_role("region", name="Why it came back")
    expect(answer).to_contain_text("Next step")
    expect(answer).to_contain_text("Whose problem")
    expect(answer).to_contain_text(BOUNCED.diagnostic or "")


def test_is_it_final(visit: Visitor) -> None:
    """The details say whether it is permanent."""
    desk = Desk(visit)
    desk.search(JAN, 1)
    desk.click(desk.page.locator("tr.event .caret"))
    expect(desk.page.locator("tr.details dd", has_text=re.compile("^permanent", re.IGNORECASE)).first).to_be_visible()


def test_only_this_person_or_the_whole_domain(visit: Visitor) -> None:
    """The domain's bounces in one search: whose they are stands in each row."""
    desk = Desk(visit)
    desk.search("*@school.example and bounce", 20)
    recipients = set(desk.page.locator("tr.event .c-recipient bdi").all_inner_texts())
    assert recipients == {"anna@school.example", "dirk@school.example"}


def test_since_when(visit: Visitor) -> None:
    """The list goes from old to new: the first row is the first time."""
    desk = Desk(visit)
    desk.search("dirk@school.example and bounce", 10)
    expect(desk.page.locator("tr.event").first).to_contain_text("Wed 21 Oct")


def test_which_bounces_are_the_newest(visit: Visitor) -> None:
    """All bounces, and the latest of them first."""
    desk = Desk(visit)
    desk.search("type:bounce", 41)
    desk.click(desk.page.get_by_role("link", name="Latest first"))
    expect(desk.page.locator("tr.event").first).to_contain_text(JAN)


def test_everything_about_a_message(visit: Visitor) -> None:
    """Its events by its id, and the details of one with the record as it came."""
    desk = Desk(visit)
    desk.search("afspraak@shop.example", 1)
    desk.click(desk.page.locator("tr.event .caret"))
    details = desk.page.locator("tr.details")
    expect(details).to_contain_text("Uw afspraak")
    expect(details.get_by_role("link", name="All events of this message")).to_be_visible()


def test_as_a_file(visit: Visitor, tmp_path: Path) -> None:
    """What is shown, from the menu of the start page."""
    desk = Desk(visit)
    desk.click(desk.page.get_by_role("button", name="Export"))
    with desk.page.expect_download() as coming:
        desk.click(desk.page.get_by_role("link", name="NDJSON").first)
    file = tmp_path / "events"
    coming.value.save_as(file)
    assert json.loads(file.read_text().splitlines()[-1]) == {"end": True, "events": len(MAIL)}
