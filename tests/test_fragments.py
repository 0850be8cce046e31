"""Parts of the Events page by themselves, as htmx asks for them; each must render without the page around it."""

import json

import pytest
from flask.testing import FlaskClient
from markup import named, page
from samples import BOUNCED, JAN, MAIL
from test_page import ids

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/events", "title"),
        ("/events?q=nobody", "title"),
        (f"/events?open={BOUNCED.id}", "tr"),
        ("/events?q=(", "p"),
    ],
    ids=["results", "nothing found", "details", "problem"],
)
def test_a_part_comes_without_the_page_around_it(client: FlaskClient, path: str, first: str) -> None:
    """Well formed, every id once, and no part of the frame."""
    answer = client.get(path, headers=HTMX)
    elements = page(answer.text)
    assert elements[0].tag == first
    assert not {"html", "body", "main", "script", "nav"} & {element.tag for element in elements}
    found = [element["id"] for element in elements if "id" in element.attributes]
    assert len(found) == len(set(found))
    assert "HX-Request" in answer.vary


def test_the_results_are_those_of_the_page(client: FlaskClient) -> None:
    """The same rows; the fields that the form sends along are in them, so that an exchange keeps the form right."""
    path = "/events?q=shop.example&sort=-type&range=1y&type=bounce&type=send&columns=type,recipient"
    part = client.get(path, headers=HTMX).text
    assert ids(part) == ids(client.get(path).text) != []
    assert [(each["name"], each["value"]) for each in named(part, "input", form="filters")] == [
        ("range", "1y"), ("type", "bounce"), ("type", "send"), ("sort", "-type"), ("columns", "type,recipient"),
    ]  # fmt: skip


def test_the_next_page_is_rows_alone(client: FlaskClient) -> None:
    """Numbered on, and ending with the way to the next one."""
    following = named(client.get("/events", headers=HTMX).text, "a", rel="next")[0]
    assert following["hx-get"] == following["href"]
    assert "intersect" in following["hx-trigger"]
    part = client.get(following["href"], headers=HTMX).text
    rows = [each for each in page(part) if each.tag == "tr"]
    assert [row["id"] for row in rows[:2]] == ["row-51", "row-52"]
    assert rows[-1]["class"] == "more"
    assert ids(part) == [event.id for event in MAIL[50:100]]


def test_far_down_the_next_page_waits_for_a_click(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many rows nothing comes by itself any more; the link stays."""
    monkeypatch.setattr("app.events._MOST_BY_ITSELF", 100)
    triggers = []
    following = "/events"
    while links := named(client.get(following, headers=HTMX).text, "a", rel="next"):
        following = links[0]["href"]
        triggers.append(links[0]["hx-trigger"])
    assert triggers == ["click, intersect once rootMargin:800px", "click", "click", "click"]


def test_the_details_are_a_row_as_wide_as_the_list(client: FlaskClient) -> None:
    """Also where another column is shown because the list is sorted by it."""
    for path, width in (("", 7), ("&sort=delay", 8), ("&columns=type,recipient", 3)):
        part = client.get(f"/events?open={BOUNCED.id}{path}", headers=HTMX).text
        (row,) = named(part, "tr")
        assert "id" not in row.attributes
        assert int(named(part, "td")[1]["colspan"]) == width
        assert BOUNCED.diagnostic in row.text


def test_an_event_that_is_gone_is_a_404(client: FlaskClient) -> None:
    """The page leaves what is there and says that nothing came."""
    assert client.get("/events?open=none", headers=HTMX).status_code == 404


def test_what_cannot_be_read_is_a_422_with_its_place(client: FlaskClient) -> None:
    """The words in the body, for the reader; where it is in a header, for the script. A whole page stays a 400."""
    answer = client.get("/events", query_string={"q": "(type:bounce"}, headers=HTMX)
    assert answer.status_code == 422
    assert json.loads(answer.headers["HX-Trigger"]) == {"query-error": {"name": "q", "position": 0, "end": 1}}
    assert named(answer.text, "mark")[0].text == "("
    answer = client.get("/events?from=x", headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["query-error"] == {"name": "from", "position": None, "end": None}
    assert client.get("/events?q=(").status_code == 400


def test_a_page_of_the_history_is_whole(client: FlaskClient) -> None:
    """Where htmx restores one, a part would stand there bare."""
    assert named(client.get("/events", headers=HTMX | {"HX-History-Restore-Request": "true"}).text, "html")


@pytest.mark.parametrize(("types", "count"), [(["bounce"], 41), (["bounce", "SEND"], 81), (["none"], 0), ([" "], len(MAIL))])
def test_types_are_chosen_beside_the_query(client: FlaskClient, types: list[str], count: int) -> None:
    """One or several, in the page, the API and the exports alike; the query stays as it was typed."""
    asked = {"type": types}
    assert client.get("/api/v1/events", query_string=asked).json["total"] == count
    html = client.get("/events", query_string=asked).text
    if count:
        assert named(html, "p", class_="total")[0].text == f"{count} events"
        export = next(each["href"] for each in named(html, "a") if each.text == "NDJSON")
        assert len(client.get(export).text.splitlines()) == count + 1
    else:
        assert "Show all event types" in html


def test_chosen_types_and_the_query_must_both_hold(client: FlaskClient) -> None:
    """And what would find something is tried among them."""
    html = client.get("/events", query_string={"q": JAN, "type": ["bounce", "delivery"]}).text
    assert ids(html) == [BOUNCED.id]
    html = client.get("/events", query_string={"q": JAN, "type": "delivery"}).text
    (link,) = (each["href"] for each in named(html, "a") if each.text.startswith("Show all event types"))
    assert ids(client.get(link).text) == [BOUNCED.id]


def test_columns_are_chosen_in_the_address(client: FlaskClient) -> None:
    """In their order, each once, under any name of the field; a field that cannot be sorted by has a plain title."""
    html = client.get("/events?columns=to,type,tags,to").text
    assert [each.text.strip() for each in named(html, "th")] == ["Recipient", "Event", "Tags", "Time"]
    assert "aria-sort" not in named(html, "th", class_="c-tags")[0].attributes
    assert client.get("/events?columns=raw").status_code == 400
    assert client.get("/events?columns=").status_code == 200
