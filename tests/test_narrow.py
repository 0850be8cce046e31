"""The + and - beside a value: the query that they lead to finds, or leaves out, exactly the events with that value."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markup import named
from matcher import matches
from odd_events import odd_events
from samples import BOUNCED, HOSTILE, JAN, MAIL, mail
from test_page import ClientOf

from app.narrow import narrowed, term_of
from store.embedded import EmbeddedStore
from store.errors import BadQueryError
from store.event import Event
from store.events import Page, Query, Scope, Sort
from store.fields import BY_NAME, FIELDS, Field, Kind
from store.query import parse
from store.tree import And
from store.words import lower

TEXTS = [field for field in FIELDS if field.kind in (Kind.EXACT, Kind.ADDRESS) and not field.many]
MARKS = st.text(alphabet=st.sampled_from("ab5.@<>\"'\\()[]{}*?~:/,;-+ \t\u202eNOT or\u00e9\u0130"), min_size=1, max_size=12)
HTMX = {"HX-Request": "true"}


def having(name: str, value: object) -> Event:
    """An event with this value of a field."""
    return Event(**({"id": "x", "timestamp": 0, "type": "send", "source": "ndjson"} | {name: value}))


def alike(one: object, other: object) -> bool:
    """Whether two values of a field are found by one query."""
    return lower(one) == lower(other) if isinstance(one, str) and isinstance(other, str) else one == other


@given(st.sampled_from(TEXTS), MARKS, MARKS)
def test_a_term_means_its_value_and_no_other(field: Field, value: str, other: str) -> None:
    """However hostile the value; where the language cannot say it there is no term."""
    found = term_of(field, value)
    if found is None:
        return
    for tried in (value, other):
        same = lower(tried) == lower(value)
        assert matches(parse(found.only).tree, having(field.name, tried)) == same
        assert matches(parse(found.without).tree, having(field.name, tried)) != same


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**9), 10**9))
def test_numbers_are_found_again(delay: float, code: int) -> None:
    """To the last digit that the language reads."""
    for name, value in (("delay", delay), ("smtp_code", code)):
        if found := term_of(BY_NAME[name], value):
            assert matches(parse(found.only).tree, having(name, value))
            assert not matches(parse(found.only).tree, having(name, value + 1 + abs(value)))


@given(MARKS, MARKS, st.booleans())
def test_a_term_joins_whatever_was_typed(typed: str, value: str, without: bool) -> None:  # noqa: FBT001 - hypothesis gives it by place
    """Both hold, however the query before is built; what is too much together says so."""
    found = term_of(BY_NAME["mx"], value)
    if found is None:
        return
    added = found.without if without else found.only
    try:
        before = parse(typed).tree
    except BadQueryError:
        return
    together = parse(narrowed(typed, added)).tree
    both = And((before, parse(added).tree))
    for event in (having("mx", value), having("mx", "other"), having("subject", typed), having("subject", "a b 5")):
        assert matches(together, event) == matches(both, event)


@pytest.mark.parametrize("query", ["a or b", "a b", "not a", "jan@x.nl, piet@x.nl", "(a or b) c", "a and not b or c"])
def test_parentheses_are_put_only_where_they_are_needed(query: str) -> None:
    """A query stays as it was typed where it can."""
    made = narrowed(query, "type:bounce")
    assert parse(made).tree == parse(f"({query}) and type:bounce").tree
    assert made == (f"{query} type:bounce" if " or " not in query or query.startswith("(") else f"({query}) type:bounce")


def test_the_engine_finds_exactly_the_events_with_the_value(tmp_path: Path) -> None:
    """Also values that cannot be indexed as they are: the search finds those that have it, or there is none."""
    store = EmbeddedStore(tmp_path)
    store.write((*odd_events(), HOSTILE))
    kept = {event.id: event for event in store.export(Query(), Scope.operator(), Sort())}
    asked: set[str] = set()
    exact = [field for field in FIELDS if field.kind in (Kind.EXACT, Kind.ADDRESS, Kind.INTEGER, Kind.NUMBER, Kind.FLAG)]
    for event in kept.values():
        for field in exact:
            value = getattr(event, field.name)
            if field.many or value is None or (found := term_of(field, value)) is None or found.only in asked:
                continue
            asked.add(found.only)
            results = store.search(Query(parse(found.only).tree), Scope.operator(), Page(Sort(), 1000))
            same = {each.id for each in kept.values() if alike(getattr(each, field.name), value)}
            assert {each.id for each in results.events} == same, (field.name, value)
    store.close()


def test_the_details_lead_to_the_same_search_with_or_without_a_value(client: FlaskClient) -> None:
    """Each a link, which works without a script; the rest of the search stays."""
    html = client.get("/events", query_string={"q": "shop.example", "sort": "-type", "open": mail(4).id}).text
    links = {each["aria-label"]: each["href"] for each in named(html, "a") if "aria-label" in each.attributes}
    answer = client.get(links["Only this: Recipient"])
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer.location).query)
    assert asked == {"q": [f"shop.example recipient:{mail(4).recipient}"], "sort": ["-type"]}
    only = int(named(client.get(answer.location).text, "p", id="total")[0].text.split()[0])
    answer = client.get(links["Without this: Recipient"])
    without = int(named(client.get(answer.location).text, "p", id="total")[0].text.split()[0])
    assert only + without == int(named(client.get("/events?q=shop.example").text, "p", id="total")[0].text.split()[0])
    assert "Only this: Time" not in links
    assert "Only this: Id" not in links


def test_what_is_lacking_can_be_asked_for(client: FlaskClient) -> None:
    """A value that is not there is a value too; of several, the one at its place."""
    for asked, query in (
        ({"only": "subject", "of": mail(7).id}, "not _exists_:subject"),
        ({"without": "subject", "of": mail(7).id}, "_exists_:subject"),
        ({"only": "tags", "of": HOSTILE.id, "at": "1"}, 'tags:"<b>"'),
        ({"only": "tags", "of": BOUNCED.id}, "not _exists_:tags"),
    ):
        location = client.get("/events", query_string=asked).location
        assert parse_qs(urlsplit(location).query)["q"] == [query]


@pytest.mark.parametrize(
    "asked", [{"only": "raw"}, {"only": "nothing"}, {"without": "timestamp"}, {"only": "subject"}, {"only": "mx", "at": "x"}]
)
def test_what_cannot_be_asked_for_is_said_in_place(client: FlaskClient, asked: dict[str, str]) -> None:
    """The results stay."""
    answer = client.get("/events", query_string=asked | {"of": HOSTILE.id}, headers=HTMX)
    assert answer.status_code == 422
    assert "HX-Trigger" in answer.headers


def test_the_story_of_a_message_ends_with_what_counts(client_of: ClientOf, tmp_path: Path) -> None:
    """All of its events from old to new, the one that is open marked, and the state by rank, not by time."""
    store = EmbeddedStore(tmp_path / "data")
    made = [
        Event(id=str(number), timestamp=number * 1000, type=kind, source="ndjson", sender="a@x.nl", recipient=to, message_id="m@x.nl")
        for number, (kind, to) in enumerate([("send", JAN), ("bounce", JAN), ("delivery", "piet@x.nl"), ("deferral", JAN)])
    ]
    store.write([*made, Event(id="other", timestamp=5, type="complaint", source="ndjson", message_id="n@x.nl")])
    html = client_of(store).get("/events/0").text
    (told,) = named(html, "ol", class_="story")
    assert [" ".join(each.text.split())[-9:] for each in told.inside if "type" in each.attributes.get("class", "").split()] == [
        "In queue", "Bounced", "Delivered", "Deferred",
    ]  # fmt: skip
    assert "piet@x.nl" in told.text
    assert JAN not in told.text
    assert [each.text.strip() for each in told.inside if each.attributes.get("aria-current")] == [told.inside[0].text.strip()]
    assert "Bounced" in named(html, "p", class_="state-now")[0].text
    assert "piet@x.nl" not in named(html, "p", class_="state-now")[0].text


def test_a_message_to_many_shows_what_concerns_the_recipient(client_of: ClientOf, tmp_path: Path) -> None:
    """And how many events there are in all; one of an old queue id that came again is no part of it."""
    store = EmbeddedStore(tmp_path / "data")
    week = 7 * 86_400_000
    made = [
        Event(id=f"{number:03}", timestamp=number, type="delivery", source="postfix", recipient=f"p{number % 60}@x.nl", queue_id="4XaB12")
        for number in range(120)
    ]
    store.write([*made, Event(id="old", timestamp=week + 500, type="bounce", source="postfix", recipient="p0@x.nl", queue_id="4XaB12")])
    html = client_of(store).get("/events/000").text
    (told,) = named(html, "ol", class_="story")
    assert len([each for each in told.inside if each.tag == "li"]) == 2
    assert "120 events of this message" in html
    assert "Delivered" in named(html, "p", class_="state-now")[0].text


def test_an_event_without_company_tells_no_story(client: FlaskClient) -> None:
    """It is all there is."""
    html = client.get(f"/events/{MAIL[0].id}").text
    assert not named(html, "ol", class_="story")
