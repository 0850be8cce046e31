"""Other ways to write a query that finds nothing: which are offered, that each says how many it finds, and what they cost."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from inside import portal_of
from markup import named
from samples import START

from app.nearby import rewritings
from store.embedded import EmbeddedStore
from store.event import Event
from store.events import EventStore, Query, Scope

ClientOf = Callable[[EventStore], FlaskClient]

PEOPLE = ("petra.de.wit@freemail.example", "petra.de.wittt@freemail.example", "j.devries@school.example")
VALUES = {
    "type": ["delivery", "bounce"],
    "reason": ["unknown_user"],
    "status": ["5.1.1", "4.2.0"],
    "recipient_domain": ["freemail.example"],
}


class _Counting(EmbeddedStore):
    """An engine that counts what it is asked."""

    asked = 0

    def count(self, query: Query, scope: Scope) -> int:
        type(self).asked += 1
        return super().count(query, scope)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A portal over a few people's mail; the first one's bounced."""
    store = _Counting(tmp_path_factory.mktemp("people"))
    store.write(
        [
            Event(
                id=str(number),
                timestamp=START + number * 86_400_000,
                type="delivery" if number else "bounce",
                source="ndjson",
                sender="info@shop.example",
                recipient=PEOPLE[number % 3],
                status=None if number else "5.1.1",
                reason=None if number else "unknown_user",
            )
            for number in range(6)
        ]
    )
    return portal_of(store).test_client()


def offered(client: FlaskClient, **arguments: str) -> dict[str, tuple[str, str]]:
    """Each query that an empty list offers, to how many it says that it finds and where it leads."""
    html = client.get("/events", query_string=arguments).text
    found = {}
    for link in (each for ways in named(html, "ul", class_="ways") for each in ways.inside if each.tag == "a"):
        query = next((each.text for each in link.inside if each.tag == "bdi"), "")
        found[query or link.text.split("\n")[0]] = (link.inside[-1].text, link["href"])
    return found


@pytest.mark.parametrize(
    ("typed", "query", "count"),
    [
        ("petra", "petra*", "4"),
        ("recipient:petra", "recipient:petra*", "4"),
        ("Petra de Wit", "petra.de.wit*", "4"),
        ("J\u00f6rg de Vries", "j.devries*", "2"),
        ("bounced", "type:bounce", "1"),
        ("Unknown user", "reason:unknown_user", "1"),
        ("petra bounced", "petra* type:bounce", "1"),
        ("type:bounc", "type:bounce", "1"),
        ("reason:unknwn", "reason:unknown_user", "1"),
        ("status:9", "status:5.1.1", "1"),
        ("@fremail.example", "@freemail.example", "4"),
        ("to:fremail.example", "to:freemail.example", "4"),
        ("petra.de.witt@freemail.example", "petra.de.wit@freemail.example", "2"),
        ("petra.de.witt@freemail.example", "petra.de.wittt@freemail.example", "2"),
        ("to:petra.de.wit@fremail.exmple", "to:petra.de.wit@freemail.example", "2"),
        ("infos@shop.example", "info@shop.example", "6"),
        ("petra.de.wit@elsewhere.example", "recipient:petra.de.wit", "2"),
        ("from:info@elsewhere.example", "from:info", "6"),
    ],
)
def test_an_empty_list_offers_what_was_meant(people: FlaskClient, typed: str, query: str, count: str) -> None:
    """With the true number, and a link that leads there."""
    assert offered(people, q=typed)[query][0] == count
    page = people.get(offered(people, q=typed)[query][1])
    assert named(page.text, "p", class_="total")[0].text == f"{count} event" + ("s" if count != "1" else "")


def test_nothing_is_offered_that_finds_nothing(people: FlaskClient) -> None:
    """Only the way to everything is left where nothing is near."""
    assert [way for way in offered(people, q="zzzzzz") if way.endswith("*")] == []
    assert len(offered(people, q="zzzzzz")) == 1
    assert list(offered(people, q="Petra de Wit")) == ["petra.de.wit*", "Clear the search 6"]


def test_a_name_outside_the_range_is_offered_over_all_time(people: FlaskClient) -> None:
    """Where both the range and the word are in the way."""
    html = people.get("/events?q=petra&range=15m").text
    assert "over all time: petra*" in html.replace("<code><bdi>", "")
    assert "Nothing over all time either" in html
    assert list(offered(people, q="zzzzzz", range="15m")) == ["All events 6"]


@pytest.mark.parametrize("typed", ["a1 b1 c1 d1 e1", "petra nobody type:none status:7 mx:none", "Ann Bea Cas Dob"])
def test_an_empty_page_stays_cheap(people: FlaskClient, typed: str) -> None:
    """A bounded number of counts, however much could be tried."""
    _Counting.asked = 0
    assert people.get("/events", query_string={"q": typed, "range": "1h"}).status_code == 200
    assert 0 < _Counting.asked <= 9


@examples(max_examples=60, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Jan", "de", "type:x", "@a.b", "x@y.z", '"', "-", ":", "*", "\0"]), max_size=7).map(" ".join)
)
def test_whatever_is_typed_gets_no_more_than_a_handful(text: str) -> None:
    """And never an error."""

    class Some:
        """What there is."""

        def values(self, name: str) -> Sequence[str]:
            return VALUES.get(name, ())

        def near(self, name: str, address: str) -> Sequence[str]:
            return [f"{name}@{address}", "<b>@x", *PEOPLE]

    assert len(list(rewritings(text, Some()))) <= 6


def test_a_known_address_is_not_taken_for_a_mistake(people: FlaskClient) -> None:
    """Where another term is in the way the address stays as it is."""
    ways = offered(people, q="petra.de.wit@freemail.example type:complaint")
    assert list(ways) == ["petra.de.wit@freemail.example type:delivery", "Without type:complaint 2", "Clear the search 6"]


def test_where_only_the_range_is_in_the_way_nothing_else_is_changed_with_it(people: FlaskClient) -> None:
    """And there are three ways out at most."""
    ways = offered(people, q="petra.de.wit@freemail.example", to="2026-10-19")
    assert list(ways) == ["Search all time 2", "All events 6"]
    for typed in ("petra.de.witt@freemail.example", "petra bounced", "a type:bounce"):
        assert len(offered(people, q=typed, range="1h")) <= 3


def test_an_empty_list_says_which_types_it_looked_for(people: FlaskClient) -> None:
    """And how a query was read that mixes operators."""
    html = people.get("/events?q=x+or+y+and+z&type=bounce&type=send").text
    assert "Event types: Bounced, In queue." in html
    assert "x or (y and z)" in html


def test_a_field_is_looked_up_for_few_terms_only(people: FlaskClient, client_of: ClientOf, tmp_path: Path) -> None:
    """Each look-up is a search of its own: the third field and those after it get none."""
    looked: list[str] = []

    class Looked(EmbeddedStore):
        def top(self, field: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
            looked.append(field)
            return super().top(field, query, scope, limit)

    store = Looked(tmp_path / "data")
    store.write([Event(id="1", timestamp=START, type="bounce", source="ndjson", recipient=PEOPLE[0])])
    assert client_of(store).get("/events?q=type:x+reason:x+mx:x+status:9").status_code == 200
    assert looked == ["type", "reason"]
    assert people
