"""The live list and the chosen columns without a browser: what a page is given, and what it gets when it asks for more."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markup import named
from samples import BOUNCED, MAIL
from test_page import ClientOf, ids

from app.columns import COLUMNS, arranged
from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.event import Event
from store.events import Results
from store.said import say

HTMX = {"HX-Request": "true"}
LAST = MAIL[-50:]


def event(name: str, timestamp: int) -> Event:
    """An event of this name and time."""
    return Event(id=name, timestamp=timestamp, type="send", source="ndjson")


def poll(client: FlaskClient, since: int, count: int, number: int) -> tuple[int, str]:
    """What a page gets that has so much."""
    answer = client.get(f"/events?live=1&since={since}&count={count}&number={number}", headers=HTMX)
    return answer.status_code, answer.text


def test_a_live_list_begins_with_the_newest(client: FlaskClient) -> None:
    """From old to new, without a next page; a button leads back to the ordinary list."""
    html = client.get("/events?live=1&q=").text
    assert ids(html) == [each.id for each in LAST]
    assert not named(html, "a", rel="next")
    assert "The latest 50 of" in named(html, "tr", class_="earlier")[0].text
    assert named(html, "button", id="live")[0]["aria-pressed"] == "true"
    assert [each["name"] for each in named(html, "form", id="toggle-live")[0].inside] == []
    (header,) = named(html, "a", id="sort-type")
    assert "live" not in header["href"]


@pytest.mark.parametrize("other", ["to=2030-01-01", "sort=-timestamp"])
def test_what_has_an_end_or_an_order_of_its_own_is_not_live(client: FlaskClient, other: str) -> None:
    """The button says so."""
    html = client.get(f"/events?live=1&{other}").text
    assert named(html, "button", id="live")[0]["aria-pressed"] == "false"


def test_a_page_gets_what_it_lacks_and_nothing_while_it_lacks_nothing(client_of: ClientOf, tmp_path: Path) -> None:
    """Also what comes late, between rows that are there; rows are numbered on."""
    store = EmbeddedStore(tmp_path / "data")
    client = client_of(store)
    assert "New events appear here." in client.get("/events?live=1").text
    assert poll(client, 0, 0, 0) == (204, "")
    store.write([event("a", 1000), event("c", 3000)])
    status, rows = poll(client, 0, 0, 0)
    assert (status, ids(rows)) == (200, ["a", "c"])
    assert poll(client, 1000, 2, 2)[0] == 204
    store.write([event("b", 2000)])
    status, rows = poll(client, 1000, 2, 2)
    assert ids(rows) == ["a", "b", "c"]
    assert named(rows, "tr")[0]["id"] == "row-3"
    assert client.get("/events?live=1&since=x", headers=HTMX).status_code == 422


def test_a_live_page_hears_how_many_there_are_in_all(client_of: ClientOf, tmp_path: Path) -> None:
    """Of the whole search, in words as they stand above the list; not only of the time that the page looks at."""
    store = EmbeddedStore(tmp_path / "data")
    store.write([event("a", 1000), event("b", 2000)])
    answer = client_of(store).get("/events?live=1&since=2000&count=0&number=1", headers=HTMX | {"Accept-Language": "nl"})
    assert json.loads(answer.headers["HX-Trigger"]) == {"live-total": {"words": "2 gebeurtenissen"}}


def test_chosen_columns_are_kept_and_an_address_wins(portal: Flask) -> None:
    """A link from elsewhere changes nothing that is kept; the usual ones forget it."""
    client = portal.test_client()
    chosen = {"column": ["recipient", "timestamp", "nonsense"], "width": ["recipient:wide", "timestamp:huge"], "act": "up timestamp"}
    answer = client.post("/preferences/columns", data=chosen, headers={"Referer": "http://localhost/events?q=a&columns=type"})
    assert parse_qs(urlsplit(answer.location).query) == {"q": ["a"], "columns": ["timestamp,recipient:wide"]}
    titles = [each["class"].split() for each in named(client.get("/events").text, "th")]
    assert titles == [["c-timestamp"], ["c-recipient", "wide"]]
    assert "columns=timestamp%2Crecipient%3Awide" in named(client.get("/events").text, "a", id="sort-recipient")[0]["href"]
    assert len(named(client.get("/events?columns=type,mx,timestamp").text, "th")) == 3
    assert len(named(client.get("/events").text, "th")) == 2
    client.post("/preferences/columns", data={"act": "usual"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert len(named(client.get("/events").text, "th")) == len(COLUMNS)
    client.set_cookie("columns", "raw")
    assert client.get("/events").status_code == 200


def test_what_the_chooser_does_not_know_it_leaves_out() -> None:
    """Nothing ticked, or the usual ones, is the usual."""
    assert arranged([], [], "") is None
    assert arranged(COLUMNS, [], "down nonsense") is None
    assert arranged(["type", "mx"], ["mx:narrow"], "up type") == "type,mx:narrow"
    assert arranged(["type", "mx"], [], "down type") == "mx,type"


def test_why_the_store_cannot_answer_is_said_in_the_readers_language(portal: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """On pages; programs get English."""

    def search(*_: object) -> Results:
        message = "The disk of %(place)s is full; nothing of the last batch was kept. Free some space and go on."
        raise StoreUnavailableError(say(message, place="/x"))

    monkeypatch.setattr(EmbeddedStore, "search", search)
    client = portal.test_client()
    assert "De schijf van /x is vol" in client.get("/events", headers={"Accept-Language": "nl"}).text
    assert "The disk of /x is full" in client.get("/api/v1/events", headers={"Accept-Language": "nl"}).json["error"]["message"]


def test_the_details_survive_a_store_that_does_not_answer_for_the_message(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """They say that something may be missing."""

    def search(*_: object) -> Results:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(EmbeddedStore, "search", search)
    html = client.get(f"/events/{BOUNCED.id}").text
    assert "other events of this message may be missing" in html
