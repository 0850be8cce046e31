"""The pages without a browser: what they show, what their links lead to, and that their state is in the URL."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from inside import portal_of
from markup import Element, named, page
from samples import BOUNCED, COMPLAINT, HOSTILE, JAN, MAIL, mail

from app import dates, shown
from app.columns import COLUMNS
from app.links import Links, event_json, event_page, term
from app.nearby import without_one_term
from app.settings import Settings
from store.embedded import EmbeddedStore
from store.event import Event
from store.events import EventStore
from store.fields import FIELDS
from store.query import parse
from store.reasons import explain
from store.tree import Exact

ClientOf = Callable[[EventStore], FlaskClient]


def ids(html: str) -> list[str]:
    """The ids of the listed events, from their carets."""
    return [caret["value"] for caret in named(html, "button", class_="caret")]


def sent(html: str, caret: Element) -> tuple[str, dict[str, str]]:
    """What a browser without scripts asks for when a caret is clicked: the path, and the fields of its form with its own."""
    (form,) = named(html, "form", id=caret["form"])
    fields = {each["name"]: each["value"] for each in form.inside if each.tag == "input"}
    return caret["formaction"], fields | ({caret["name"]: caret["value"]} if "name" in caret.attributes else {})


def ways_out(html: str) -> dict[str, str]:
    """What an empty list offers, with how many it finds, to where it leads."""
    lists = named(html, "ul", class_="ways")
    return {" ".join(each.text.split()): each["href"] for each in lists[0].inside if each.tag == "a"} if lists else {}


def test_the_portal_opens_on_the_events(client: FlaskClient) -> None:
    """From / to the list."""
    assert client.get("/").headers["Location"] == "/events"


def test_the_list_is_from_old_to_new_and_says_how_many(client: FlaskClient) -> None:
    """Fifty rows of all there are."""
    html = client.get("/events").text
    assert ids(html) == [event.id for event in MAIL[:50]]
    assert f"50 of {len(MAIL)}" in named(html, "tr", class_="more")[0].text
    assert [each.text.strip() for each in named(html, "th", scope="col")] == [
        next(field.label for field in FIELDS if field.name == name) for name in COLUMNS
    ]


def test_a_header_sorts_by_its_column_and_flips_it(client: FlaskClient) -> None:
    """Every column that is shown; `aria-sort` says which one and how."""
    for name in COLUMNS:
        html = client.get("/events?q=shop.example").text
        for direction in ("descending", "ascending") if name == "timestamp" else ("ascending", "descending", "ascending"):
            html = client.get(named(html, "a", id=f"sort-{name}")[0]["href"]).text
            active = [each["class"].split()[0] for each in named(html, "th") if each["aria-sort"] != "none"]
            assert active == [f"c-{name}"]
            assert named(html, "th", class_=f"c-{name}")[0]["aria-sort"] == direction
            assert named(html, "input", id="q")[0]["value"] == "shop.example"


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.sortable])
def test_the_list_shows_the_column_that_it_is_sorted_by(client: FlaskClient, field: str) -> None:
    """Also one that is not among the usual ones."""
    html = client.get(f"/events?sort=-{field}").text
    assert named(html, "th", class_=f"c-{field}")[0]["aria-sort"] == "descending"


def test_paging_reaches_the_end_and_counts_along(client: FlaskClient) -> None:
    """Every event once; the last page has no next, every later page a way back."""
    html = client.get("/events?sort=-type").text
    seen = ids(html)
    while following := named(html, "a", rel="next"):
        html = client.get(following[0]["href"]).text
        assert f"From number {len(seen) + 1}." in html
        assert "Show from the start" in html
        seen += ids(html)
    assert sorted(seen) == sorted(event.id for event in MAIL)
    assert named(html, "tr", class_="end")[0].text.strip() == f"{len(MAIL)} of {len(MAIL)}"


def test_a_row_opens_in_place_and_closes_again(client: FlaskClient) -> None:
    """The caret is a button that says whether its row is open; the rest of the state stays."""
    asked = {"q": "jan.jansen@gemeente.example", "sort": "-timestamp", "columns": "timestamp,recipient", "type": "bounce"}
    html = client.get("/events", query_string=asked).text
    (caret,) = named(html, "button", class_="caret")
    assert caret["aria-expanded"] == "false"
    assert sent(html, caret) == ("/events#row-1", asked | {"open": BOUNCED.id})
    html = client.get("/events", query_string=sent(html, caret)[1]).text
    (opened,) = named(html, "button", class_="caret")
    assert opened["aria-expanded"] == "true"
    assert named(html, "tr", id=opened["aria-controls"])
    assert sent(html, opened) == ("/events#row-1", asked)


def test_an_open_row_ends_with_why_and_what_to_do(client: FlaskClient) -> None:
    """All fields, the original record, and last the code, the plain words, the next step and the raw answer."""
    html = client.get("/events", query_string={"q": JAN, "open": BOUNCED.id}).text
    details = named(html, "tr", class_="details")[0].text
    why = explain("unknown_user")
    assert why
    order = ["4XaB12", "198.51.100.7", BOUNCED.id, "Original record", "550", why.sentence, why.next_step, BOUNCED.diagnostic or ""]
    places = [details.rindex(text) if text == "550" else details.index(text) for text in order[:4]]
    answer = named(html, "section", class_="answer")[0].text
    assert places == sorted(places)
    assert details.rstrip().endswith(answer.strip())
    assert all(text in answer for text in ["550", "5.1.1", *order[5:], why.whose.capitalize()])


@pytest.mark.parametrize("event", [MAIL[0], MAIL[1], BOUNCED, HOSTILE, COMPLAINT], ids=lambda event: event.type)
def test_the_permanent_page_has_every_field_that_has_a_value(client: FlaskClient, event: Event) -> None:
    """Under the link that the details give."""
    html = client.get(
        "/events", query_string={"q": f'id:"{event.id}"' if event is not HOSTILE else "reason:no_such_reason", "open": event.id}
    ).text
    link = next(each for each in named(html, "a") if each.text == "Link to this event")["href"]
    html = client.get(link).text
    labels = [each.text for each in named(html, "dt")]
    for field in FIELDS:
        if getattr(event, field.name) not in (None, ()) and field.name not in ("raw", "diagnostic"):
            assert field.label in labels
    assert (event.raw is None) == ("Original record" not in html)


def test_hostile_mail_is_shown_as_text(client: FlaskClient) -> None:
    """No element of its own making, no character that hides or turns its surroundings, and no more of it than a page can carry."""
    for address in (
        f"/events?open={HOSTILE.id.replace('%', '%25').replace('#', '%23').replace('?', '%3F')}&sort=-timestamp",
        "/events/x%2F%22%3Cb%3E%3F%23%25%C3%A9",
    ):
        html = client.get(address).text
        page(html)
        assert "gpj.exe" in html
        assert "<script>" not in html
        assert "<img" not in html
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)
        assert len(html) < 700_000
    assert "show all 16," in html


def test_the_details_lead_to_the_other_events_of_the_recipient_and_the_message(client: FlaskClient) -> None:
    """Over all time, whatever was searched."""
    html = client.get("/events", query_string={"q": f"id:{mail(7).id}", "open": mail(7).id}).text
    links = {each.text: each["href"] for each in named(html, "a")}
    recipients = client.get(links["All events for this recipient"]).text
    assert ids(recipients) == [event.id for event in MAIL if event.recipient == mail(7).recipient]
    assert ids(client.get(links["All events of this message"]).text) == [mail(7).id]


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip() == text))
def test_a_link_to_a_value_is_a_query_for_exactly_it(value: str) -> None:
    """However the value is written."""
    typed = term("message_id", value)
    assert typed is not None
    assert parse(typed, "UTC").tree == Exact("message_id", value.lower())


def test_a_broken_query_is_shown_in_place(client: FlaskClient) -> None:
    """The box keeps what was typed, the faulty part is marked, the fix is a link that works."""
    answer = client.get("/events", query_string={"q": "<b> (type:bounce", "sort": "-type", "range": "30d"})
    assert answer.status_code == 400
    box = named(answer.text, "input", id="q")[0]
    assert (box["value"], box["aria-invalid"], box["aria-describedby"]) == ("<b> (type:bounce", "true", "problem")
    assert named(answer.text, "mark")[0].text == "("
    assert named(answer.text, "input", name="range")[0]["value"] == "30d"
    problem = named(answer.text, "div", id="problem")[0]
    fix = next(each for each in problem.inside if each.tag == "a")
    assert client.get(fix["href"]).status_code == 200
    assert "sort=-type" in fix["href"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("from", "1 april"), ("to", "2026-02-30"), ("range", "soon"), ("sort", "x"), ("cursor", "x"), ("seen", "-1"), ("form", "x")],
)
def test_a_wrong_parameter_is_shown_in_place_with_a_way_on(client: FlaskClient, name: str, value: str) -> None:
    """What was typed stays, and a link leads to the search without it."""
    arguments = {"q": "type:bounce", name: value} | ({"cursor": "x"} if name == "seen" else {})
    answer = client.get("/events", query_string=arguments)
    assert answer.status_code == 400
    problem = named(answer.text, "div", id="problem")[0]
    assert client.get(next(each for each in problem.inside if each.tag == "a")["href"]).status_code == 200
    if name in ("from", "to"):
        box = named(answer.text, "input", id=name)[0]
        assert (box["value"], box["aria-invalid"]) == (value, "true")


def test_a_blank_box_is_everything(client: FlaskClient) -> None:
    """The form sends its empty fields along."""
    html = client.get("/events?q=+&from=&to=").text
    assert named(html, "p", class_="total")[0].text == f"{len(MAIL)} events"


def test_a_typed_date_replaces_a_range(client: FlaskClient) -> None:
    """The form still carries the range when a date is typed into it; the links after that do not."""
    html = client.get("/events?range=24h&from=2026-10-20&to=2026-10-20").text
    assert named(html, "p", class_="total")[0].text == "7 events"
    assert "range=24h" not in named(html, "a", id="sort-type")[0]["href"]
    assert named(html, "input", id="from")[0]["value"] == "2026-10-20"


def test_the_presets_keep_the_query(client: FlaskClient) -> None:
    """And exactly one of them is the current one; none where dates were typed."""
    html = client.get("/events?q=type:bounce&range=7d&cursor=").text
    (current,) = (each for each in presets(html) if "aria-current" in each.attributes)
    assert current.text == "Last 7 days"
    assert "q=type%3Abounce" in current["href"]
    assert not [each for each in presets(client.get("/events?from=2026-10-20").text) if "aria-current" in each.attributes]


def presets(html: str) -> list[Element]:
    """The links to ranges in the panel of the dates."""
    (listed,) = named(html, "ul", class_="presets")
    return [each for each in listed.inside if each.tag == "a"]


def test_an_empty_list_says_what_would_find_something(client: FlaskClient) -> None:
    """Each way out says how many it finds, and finds them."""
    html = client.get("/events", query_string={"q": JAN, "to": "2026-10-20"}).text
    assert "No events match" in html
    assert JAN in html
    ways = ways_out(html)
    assert ids(client.get(ways["Search all time 1"]).text) == [BOUNCED.id]
    assert [text for text in ways if text.startswith("Clear the search ")]


def test_an_empty_list_says_which_term_is_in_the_way(client: FlaskClient) -> None:
    """Where terms stand side by side, each is tried without; a query of another shape is left whole."""
    html = client.get("/events", query_string={"q": f"{JAN} type:complaint"}).text
    ways = ways_out(html)
    assert ids(client.get(ways["Without type:complaint 1"]).text) == [BOUNCED.id]
    assert f"Without {JAN} 1" in ways
    html = client.get("/events", query_string={"q": f"{JAN} and (type:complaint or type:open)"}).text
    assert not [way for way in ways_out(html) if way.startswith("Without")]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a b", ["b", "a"]),
        ('a and subject:"b c"', ['subject:"b c"', "a"]),
        ("a", []),
        ("a or b", []),
        ("a (b c)", []),
        ("a b c d e f", []),
        ("", []),
    ],
)
def test_a_term_at_a_time_is_taken_out(text: str, left: list[str]) -> None:
    """Only where leaving one out surely means less."""
    assert [rest for _, rest in without_one_term(text)] == left


@pytest.mark.parametrize("event_id", [".", "..", "histogram", "top", "chart", "/x", "x/", "a//b", "top/"])
def test_an_id_that_no_path_can_carry_is_linked_by_a_search(event_id: str) -> None:
    """A browser takes dots out of a path, and the API has addresses of its own there."""
    for link, path in ((event_page, "/events"), (event_json, "/api/v1/events")):
        address = urlsplit(link(event_id))
        assert address.path == path
        assert parse(parse_qs(address.query)["q"][0], "UTC").tree == Exact("id", event_id)
    assert event_page("..a") == "/events/..a"
    assert event_json("x/y") == "/api/v1/events/x%2Fy"


def test_dates_the_wrong_way_round_lead_to_the_right_way_and_hide_no_other_error(client: FlaskClient) -> None:
    """Both are shown; the link exchanges the dates and keeps the rest."""
    html = client.get("/events", query_string={"q": "(type:bounce", "from": "2026-11-10", "to": "2026-11-01"}).text
    messages = [each.text for each in named(html, "p", class_="message")]
    assert messages[0].startswith("From (10 Nov 2026) is later than To (1 Nov 2026).")
    assert len(messages) == 2
    assert named(html, "title")[0].text.startswith("Error: From (10 Nov 2026) is later than To")
    assert {each["id"] for each in named(html, "input") if each.attributes.get("aria-invalid")} == {"from", "q"}
    links = {each.text: each["href"] for each in named(html, "div", id="problem")[0].inside if each.tag == "a"}
    assert parse_qs(urlsplit(links["Search the exchanged dates"]).query)["from"] == ["2026-11-01"]
    assert links["Search the exchanged dates"] == "/events?q=%28type%3Abounce&from=2026-11-01&to=2026-11-10"


def test_a_forged_count_of_seen_events_shows_no_impossible_numbers(client: FlaskClient) -> None:
    """Where the page says it is ends at the total."""
    following = named(client.get("/events").text, "a", rel="next")[0]["href"]
    html = client.get(re.sub("seen=[0-9]+", "seen=400000", following)).text
    assert f"From number {len(MAIL) - 49}." in html
    assert f"{len(MAIL)} of {len(MAIL)}" in html


def test_the_total_stands_above_the_list(client: FlaskClient) -> None:
    """One event is not `events`."""
    html = client.get("/events", query_string={"q": JAN}).text
    assert named(html, "p", class_="total")[0].text == "1 event"
    assert html.index('class="total"') < html.index("<table")
    assert named(html, "tr", class_="end")[0].text.strip() == "1 of 1"


def test_the_details_say_what_the_list_says_with_the_code_behind_it(client: FlaskClient) -> None:
    """Offsets as people write them, and the id last."""
    html = client.get(f"/events/{BOUNCED.id}").text
    facts = [each.inside for each in named(html, "div") if each.inside and each.inside[0].tag == "dt"]
    shown_facts = {each[0].text: " ".join(each[1].text.split()) for each in facts}
    assert shown_facts["Event"] == "Bounced bounce"
    assert shown_facts["Reason"] == "Unknown user unknown_user"
    assert shown_facts["Time (UTC)"].endswith(" +00:00")
    assert re.search(r"\+0[12]:00$", shown_facts["Time"])
    assert [label for label in shown_facts if label not in ("Next step", "Whose problem")][-1] == "Id"


@pytest.mark.parametrize(
    ("event", "says", "says_not"),
    [
        (Event(id="1", timestamp=0, type="bounce", source="ndjson"), "The record holds no answer", "What the server answered"),
        (Event(id="1", timestamp=0, type="reject", source="ndjson", diagnostic="No."), "Read the answer below", "holds no answer"),
        (Event(id="1", timestamp=0, type="complaint", source="ses", diagnostic="abuse"), "Kind of complaint: abuse", "server answered"),
        (Event(id="1", timestamp=0, type="delivery", source="ses", diagnostic="250 OK"), "The server's answer", "server answered:"),
    ],
    ids=["bounce without anything", "reject without a reason", "complaint", "delivery"],
)
def test_the_answer_fits_what_there_is(client_of: ClientOf, tmp_path: Path, event: Event, says: str, says_not: str) -> None:
    """A failure always says what to do next; nothing is said twice."""
    store = EmbeddedStore(tmp_path / "data")
    store.write([event])
    answer = " ".join(named(client_of(store).get("/events/1").text, "section", class_="answer")[0].text.split())
    assert says in answer
    assert says_not not in answer


def test_every_caret_has_a_name_of_its_own(client: FlaskClient) -> None:
    """Address and time; what it controls is named only where it is there."""
    html = client.get("/events").text
    carets = named(html, "button", class_="caret")
    assert len({caret["aria-label"] for caret in carets}) == len(carets)
    assert carets[0]["aria-label"] == f"Details: {MAIL[0].recipient}, {shown.stamp(MAIL[0].timestamp, 'Europe/Amsterdam')}, Delivered"
    assert not any("aria-controls" in caret.attributes for caret in carets)


def test_every_order_can_be_chosen_where_columns_are_hidden(client: FlaskClient) -> None:
    """The choice keeps the search, and the one in use is chosen."""
    html = client.get("/events?q=shop.example&sort=-mx").text
    form = named(html, "form", class_="order")[0]
    options = [each for each in form.inside if each.tag == "option"]
    assert {each["value"] for each in options} == {f"{sign}{name}" for name in COLUMNS for sign in ("", "-")}
    assert [each["value"] for each in options if "selected" in each.attributes] == ["-mx"]
    assert [(each["name"], each["value"]) for each in form.inside if each.tag == "input"] == [("q", "shop.example")]


def test_the_latest_are_one_click_away(client: FlaskClient) -> None:
    """Newest first, whatever the range."""
    html = client.get("/events?range=1y&q=bank.example").text
    link = next(each["href"] for each in named(html, "a") if each.text == "Latest first")
    assert link == "/events?q=bank.example&range=1y&sort=-timestamp"


def test_the_first_run_names_the_folder_of_this_server(tmp_path: Path) -> None:
    """Where it is another than the one that the command would take by itself."""
    store = EmbeddedStore(tmp_path / "my data" / "events")
    html = portal_of(store, settings=Settings(data=tmp_path / "my data")).test_client().get("/events").text
    store.close()
    (command,) = (each.text for each in named(html, "pre"))
    assert command == f"PORTAL_DATA='{tmp_path}/my data' portal index /var/log/mail.log"


def test_the_first_run_says_which_command_brings_mail_in(client_of: ClientOf, tmp_path: Path) -> None:
    """Instead of an empty list."""
    html = client_of(EmbeddedStore(tmp_path / "data")).get("/events").text
    assert "There are no events yet" in html
    assert "portal index" in html


def test_a_mixed_query_says_how_it_was_read(client: FlaskClient) -> None:
    """With parentheses."""
    html = client.get("/events?q=type:bounce+or+type:send+and+shop.example").text
    assert "Read as" in html
    assert "(" in html.split("Read as")[1].split("</p>")[0]


def test_the_export_links_carry_the_search(client: FlaskClient) -> None:
    """The same events in the same order, with times in the portal's zone."""
    html = client.get("/events?q=type:bounce&from=2026-10-20&sort=-recipient&open=x").text
    links = {each.text: each["href"] for each in named(html, "a")}
    assert parse_qs(urlsplit(links["CSV"]).query) == {
        "q": ["type:bounce"], "from": ["2026-10-20"], "sort": ["-recipient"], "tz": ["Europe/Amsterdam"], "columns": [",".join(COLUMNS)],
    }  # fmt: skip
    lines = client.get(links["NDJSON"]).text.splitlines()
    assert len(lines) - 1 == sum(event.type == "bounce" for event in MAIL)


def test_every_example_of_the_help_page_finds_a_way(client: FlaskClient) -> None:
    """Each is a link to a search that can be read."""
    html = client.get("/help").text
    links = [each["href"] for each in named(html, "a") if each["href"].startswith("/events?")]
    assert len(links) > 25
    for link in links:
        assert client.get(link).status_code == 200, link
    assert all(f"<code>{field.name}</code>" in html for field in FIELDS if field.name != "raw")


@pytest.mark.parametrize("path", ["/events", "/events/", "/help", "/help/", f"/events/{BOUNCED.id}/"])
def test_pages_are_well_formed_with_or_without_a_slash(client: FlaskClient, path: str) -> None:
    """Elements close in order, every id stands once, HEAD has no body."""
    answer = client.get(path)
    assert answer.status_code == 200
    found = [element["id"] for element in page(answer.text) if "id" in element.attributes]
    assert len(found) == len(set(found))
    assert client.head(path).data == b""


@given(st.text(max_size=200))
def test_what_is_shown_hides_nothing(text: str) -> None:
    """Only line feeds and tabs are left of the control characters, and text without any stays as it is."""
    result = shown.visible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", result)
    if text.isascii() and text.isprintable():
        assert result == text


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """Times inside it show their offset; others do not need to."""
    first, second = (dates.local(milliseconds, "Europe/Amsterdam") for milliseconds in (1_792_888_200_000, 1_792_891_800_000))
    assert (first.hour, first.minute) == (second.hour, second.minute) == (2, 30)
    assert [shown.offset(first), shown.offset(second)] == ["+02:00", "+01:00"]
    assert dates.doubled(first)
    assert dates.doubled(second)
    assert not dates.doubled(dates.local(1_792_800_000_000, "Europe/Amsterdam"))


def test_links_drop_what_is_empty_and_keep_one_order() -> None:
    """So that one state has one address."""
    links = Links({"sort": "-type", "q": "a b&c", "open": "x", "cursor": "y"})
    assert links.search() == "/events?q=a+b%26c&sort=-type"
    assert links.here(open=None) == "/events?q=a+b%26c&sort=-type&cursor=y"
    assert Links({}).search(q="") == "/events"
