"""The chart of the Events page without a browser: its bars, its counts by type, its table, and that the list does not need it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from flask.testing import FlaskClient
from markup import Element, named, page
from samples import JAN, MAIL

from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.events import EventStore

HTMX = {"HX-Request": "true"}
TOTAL = len(MAIL)


def rows(html: str) -> list[tuple[str, int, str]]:
    """The bars as the table has them: words, number of events, and the address that has them."""
    found = []
    for row in (each for each in named(html, "tr") if "data-counts" in each.attributes):
        (link,) = (each for each in row.inside if each.tag == "a")
        found.append((link.text, sum(map(int, row["data-counts"].split())), link["href"]))
    return found


def chips(html: str) -> dict[str, Element]:
    """The types to choose from, by their words with their counts."""
    (listed,) = named(html, "ul", class_="chips")
    return {" ".join(each.text.split()): each for each in listed.inside if each.tag == "a"}


def total(client: FlaskClient, address: str) -> int:
    """How many events the list at an address has."""
    (said,) = named(client.get(address).text, "p", class_="total")
    return int(said.text.split()[0])


def test_the_page_comes_without_the_chart_and_asks_for_it(client: FlaskClient) -> None:
    """With the same search; whoever has no script finds a link in its place. The types can be chosen meanwhile."""
    html = client.get("/events?q=shop.example&type=bounce&sort=-type&range=1y").text
    (place,) = named(html, "section", id="chart")
    assert place["hx-get"] == "/events/chart?q=shop.example&range=1y&type=bounce&sort=-type"
    assert place["hx-trigger"] == "load, again"
    assert [each["href"] for each in place.inside if each.tag == "a" and each.text == "Show the counts and the chart"] == [place["hx-get"]]
    assert not named(html, "svg", class_="plot")
    assert "aria-current" in chips(html)["Bounced"].attributes


@pytest.mark.parametrize(
    "search",
    [
        "", "?range=1y", "?from=2026-10-25&to=2026-10-25", "?from=2026-10-25+02:12", "?to=2026-11-01", "?from=2026-11-02T03:04:05.678",
        f"?q={JAN}", "?type=bounce&type=complaint", "?from=1000&to=9999", "?from=2026-10-25T00:30Z&to=2026-10-25T01:40Z",
    ],
)  # fmt: skip
def test_each_row_leads_to_exactly_the_events_that_it_counts(client: FlaskClient, search: str) -> None:
    """Together they are the list's, in at most 72 rows, whatever was searched and when the clocks are put back."""
    html = client.get(f"/events/chart{search}", headers=HTMX).text
    found = rows(html)
    assert 1 <= len(found) <= 72
    assert sum(count for _, count, _ in found) == total(client, f"/events{search}")
    for _, count, address in found:
        assert total(client, address) == count


def test_without_a_range_the_bars_go_from_the_first_to_the_last_match(client: FlaskClient) -> None:
    """Also where somebody asks for all of history."""
    for search in ("", "?from=1000&to=9999"):
        found = rows(client.get(f"/events/chart{search}", headers=HTMX).text)
        assert (found[0][0], found[-1][0]) == ("Tue 20 Oct 00:00 \N{EN DASH} 12:00", "Mon 9 Nov 12:00 \N{EN DASH} 00:00")
    (only,) = rows(client.get(f"/events/chart?q={JAN}", headers=HTMX).text)
    assert only[1] == 1


def test_the_types_are_counted_whichever_of_them_are_chosen(client: FlaskClient) -> None:
    """So that the others can be weighed; a click adds a type or takes it away, and All takes all of them away."""
    every = chips(client.get("/events/chart", headers=HTMX).text)
    assert list(every)[:5] == [f"All {TOTAL}", "Delivered 80", "In queue 40", "Deferred 40", "Rejected 0"]
    assert [words for words, chip in every.items() if "aria-current" in chip.attributes] == [f"All {TOTAL}"]
    chosen = chips(client.get("/events/chart?type=bounce", headers=HTMX).text)
    assert list(chosen) == list(every)
    assert [words for words, chip in chosen.items() if "aria-current" in chip.attributes] == ["Bounced 41"]
    assert chosen["Delivered 80"]["href"] == "/events?type=bounce&type=delivery"
    assert chosen["Bounced 41"]["href"] == "/events"
    assert chosen[f"All {TOTAL}"]["href"] == "/events"


def test_the_chart_has_the_chosen_types_only(client: FlaskClient) -> None:
    """And scales to them."""
    html = client.get("/events/chart?type=bounce", headers=HTMX).text
    assert [each["class"] for each in named(html, "path")] == ["bar-bounce"]
    assert [each.text for each in named(html, "th", scope="col")] == ["Time", "Bounced"]
    assert named(html, "text", class_="highest")[0].text == "2"


def test_the_slider_says_in_words_where_it_stands(client: FlaskClient) -> None:
    """Before any script has run, in the reader's language."""
    html = client.get("/events/chart", headers=HTMX | {"Accept-Language": "nl"}).text
    (slider,) = named(html, "div", role="slider")
    assert slider["aria-valuetext"] == "ma 9 nov 12:00 \N{EN DASH} 00:00: 1 gebeurtenis"
    assert (slider["aria-valuemin"], slider["aria-valuemax"]) == ("1", str(len(rows(html))))


def test_without_a_script_the_chart_is_a_page(client: FlaskClient) -> None:
    """With the table in sight and a way back to the same search."""
    html = client.get("/events/chart?q=shop.example&type=bounce").text
    page(html)
    assert named(html, "svg", class_="plot")
    assert "popover" not in named(html, "div", id="numbers")[0].attributes
    assert not named(html, "div", role="slider")
    assert [each["href"] for each in named(html, "a") if each.text == "Back to the list"] == ["/events?q=shop.example&type=bounce"]


def test_nothing_found_is_no_chart(client: FlaskClient) -> None:
    """The list says it; only where types are chosen, the others may have something."""
    assert not named(client.get("/events?q=nobody").text, "section", id="chart")
    html = client.get("/events/chart?q=nobody&type=bounce", headers=HTMX).text
    assert not named(html, "svg", class_="plot")
    assert "All 0" in chips(html)


@pytest.mark.parametrize("search", ["?from=x", "?cursor=x", "?q=(", "?from=2026-11-02&to=2026-11-01"])
def test_what_cannot_be_read_is_refused(client: FlaskClient, search: str) -> None:
    """With what is wrong, in words."""
    assert client.get(f"/events/chart{search}").status_code == 400
    assert client.get(f"/events/chart{search}", headers=HTMX).status_code == 400


def test_a_store_that_fails_for_the_chart_leaves_the_list_alone(
    client: FlaskClient, mail_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are two requests."""

    def fail(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(mail_store, "histogram", fail)
    assert client.get("/events/chart", headers=HTMX).status_code == 503
    assert client.get("/events").status_code == 200


def test_a_source_with_hundreds_of_types_of_its_own_does_not_flood_the_page(
    client_of: Callable[[EventStore], FlaskClient], tmp_path: Path
) -> None:
    """The usual ones and a few of the others are shown."""
    store = EmbeddedStore(tmp_path)
    store.write([msgspec.structs.replace(MAIL[number], type=f"kind{number}") for number in range(100)])
    html = client_of(store).get("/events/chart", headers=HTMX).text
    assert len(chips(html)) == 1 + 6 + 8
    assert "All 100" in chips(html)
