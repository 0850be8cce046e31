"""English and Dutch: every text is there, a reader gets his own language, and programs always get English."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markup import named, page
from samples import BOUNCED, JAN, MAIL

from app.details import facts
from app.language import NAMES, said
from store.event import Event
from store.reasons import LANGUAGES, explain
from store.said import Said, say

ROOT = Path(__file__).parent.parent
DUTCH = {"Accept-Language": "nl-NL,nl;q=0.9,en;q=0.8"}


def test_the_catalogue_is_complete_and_written_out() -> None:
    """No text is missing, left over or doubtful, and what is read is what translators wrote."""
    command = [sys.executable, str(ROOT / "scripts" / "messages"), "check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_languages_are_those_of_the_reasons() -> None:
    """So that no page mixes two."""
    assert tuple(NAMES) == LANGUAGES


@pytest.mark.parametrize(
    ("accepted", "cookie", "language"),
    [
        ("", None, "en"),
        ("nl-NL,nl;q=0.9,en;q=0.8", None, "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", None, "en"),
        ("de-DE,de", None, "en"),
        ("nl", "en", "en"),
        ("en", "nl", "nl"),
        ("nl", "xx", "nl"),
    ],
)
def test_the_cookie_decides_and_else_the_browser(client: FlaskClient, accepted: str, cookie: str | None, language: str) -> None:
    """English where neither names a language that there is."""
    if cookie:
        client.set_cookie("language", cookie)
    html = client.get("/events", headers={"Accept-Language": accepted}).text
    assert named(html, "html")[0]["lang"] == language
    assert ("Gebeurtenissen" in html) == (language == "nl")


@pytest.mark.parametrize(
    "path", ["/events", "/help", f"/events/{BOUNCED.id}", "/events?q=nobody", "/events?q=(&from=x&to=y&sort=z", "/events/none", "/nothing"]
)
def test_a_dutch_page_has_no_english_left(client: FlaskClient, path: str) -> None:
    """Every text that the catalogue knows is said in Dutch, but for those that are the same in both."""
    english = texts(client.get(path).text)
    dutch = texts(client.get(path, headers=DUTCH).text)
    same = {text for text in english & dutch if re.search(r"[A-Za-z]{4}", text)}
    assert {text for text in same if not untranslated(text)} == set()


def texts(html: str) -> set[str]:
    """What stands in the innermost elements of a page, and the names of its controls."""
    found = {
        each.text.strip()
        for each in page(html)
        if not each.inside and each.tag not in ("script", "code", "pre", "bdi", "mark", "dd", "time", "kbd")
    }
    return found | {each["aria-label"] for each in page(html) if "aria-label" in each.attributes}


def untranslated(text: str) -> bool:
    """What is the same in every language: names, addresses, dates that look alike, other languages' names, words that Dutch shares."""
    shared = {
        "Europe/Amsterdam",
        "NDJSON",
        "Excel",
        "Server",
        "Status",
        "Message-ID",
        "Details",
        "JSON",
        "English",
        "Nederlands",
        "Live",
        "Accounts",
    }
    return text in shared or "@" in text or "example" in text or text in NAMES.values() or bool(re.search(r"\d\d:\d\d", text))


def test_numbers_and_dates_are_written_as_the_language_does(client: FlaskClient) -> None:
    """Weekdays and months in words."""
    html = client.get("/events", headers=DUTCH).text
    days = [each.text for each in named(html, "span", class_="day")]
    assert days[0] == "di 20 okt"
    assert named(html, "p", class_="total")[0].text == f"{len(MAIL)} gebeurtenissen"


def test_a_reason_is_explained_in_dutch(client: FlaskClient) -> None:
    """The sentence, the next step, and whose problem it is."""
    html = client.get("/events", query_string={"q": JAN, "open": BOUNCED.id}, headers=DUTCH).text
    why = explain("unknown_user", "nl")
    assert why
    assert all(text in html for text in (why.sentence, why.next_step, why.whose.capitalize(), "Onbekende gebruiker", "Teruggekomen"))


@pytest.mark.parametrize(("headers", "word"), [(DUTCH, "ja"), ({}, "yes")])
def test_yes_and_no_are_words_beside_what_can_be_searched_for(portal: Flask, headers: dict[str, str], word: str) -> None:
    """A flag in the details, with the value that a query takes."""
    event = Event(id="1", timestamp=0, type="bounce", source="ndjson", expired=True)
    with portal.test_request_context("/events", headers=headers):
        assert [(fact.text, fact.code) for fact in facts(event, "UTC") if fact.field == "expired"] == [(word, "true")]


def test_what_the_dutch_list_shows_can_be_searched_for(client: FlaskClient) -> None:
    """The word for a type leads to the query for it."""
    html = client.get("/events?q=teruggekomen", headers=DUTCH).text
    assert "/events?q=type%3Abounce" in [each["href"] for each in named(html, "a")]


def test_programs_are_answered_in_english(client: FlaskClient) -> None:
    """Whatever the browser or the cookie says."""
    client.set_cookie("language", "nl")
    error = client.get("/api/v1/events?q=(type:bounce", headers=DUTCH).json["error"]
    assert error["message"] == "This parenthesis is not closed."


def test_an_error_is_said_in_dutch_with_its_values(portal: Flask) -> None:
    """The pattern is translated, and numbers are written as the language does."""
    sentence = say("A query has at most %(most)s characters; this one has %(length)s.", most=2000, length=12345)
    assert isinstance(sentence, Said)
    assert sentence == "A query has at most 2,000 characters; this one has 12,345."
    with portal.test_request_context(headers=DUTCH):
        assert said(sentence) == "Een zoekvraag heeft hooguit 2.000 tekens; deze heeft er 12.345."
    with portal.test_request_context():
        assert said(sentence) == sentence


@pytest.mark.parametrize(
    "referrer", ["http://localhost/events?q=a&sort=-type", "http://localhost//evil.example/", "http://evil.example/", None]
)
def test_a_choice_is_kept_and_leads_back_to_its_page(client: FlaskClient, referrer: str | None) -> None:
    """By a plain form; never to another site."""
    answer = client.post("/preferences", data={"language": "nl"}, headers={"Referer": referrer} if referrer else {})
    assert answer.status_code == 303
    own = referrer is not None and referrer.startswith("http://localhost")
    assert answer.headers["Location"] == (referrer if own else "/events")
    assert 'lang="nl"' in client.get("/events").text


def test_the_theme_is_the_system_s_own_until_one_is_chosen(client: FlaskClient) -> None:
    """The button goes through dark and light and back; the page is drawn in the theme from its first byte."""
    seen = []
    for _ in range(4):
        html = client.get("/help").text
        (button,) = named(html, "button", name="theme")
        seen.append((named(html, "html")[0].attributes.get("data-theme", ""), button["value"]))
        client.post("/preferences", data={"theme": button["value"]}, headers={"Sec-Fetch-Site": "same-origin"})
    assert seen == [("", "dark"), ("dark", "light"), ("light", "system"), ("", "dark")]


def test_a_choice_from_another_site_is_refused(client: FlaskClient) -> None:
    """As every change is."""
    assert client.post("/preferences", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
