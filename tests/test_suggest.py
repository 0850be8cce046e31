"""What is suggested while somebody types a query, and what is said of it meanwhile."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markup import named
from samples import JAN, MAIL
from test_page import ClientOf

from app.links import event_json, event_page
from store.embedded import EmbeddedStore
from store.errors import BadQueryError
from store.event import Event
from store.fields import FIELDS, Kind
from store.query import parse
from store.query.under_cursor import under_cursor


def suggested(client: FlaskClient, typed: str, **more: str | int) -> list[dict[str, str]]:
    """The options for a query; a `|` in it is the cursor, which else stands at its end."""
    before, _, after = typed.partition("|")
    answer = client.get("/events/suggest", query_string={"q": before + after, "at": len(before), **more})
    assert answer.status_code == 200
    options: list[dict[str, str]] = answer.json["options"]
    return options


def taken(client: FlaskClient, typed: str, place: int = 0) -> str:
    """The query after an option was taken."""
    before, _, after = typed.partition("|")
    answer: dict[str, Any] = client.get("/events/suggest", query_string={"q": before + after, "at": len(before)}).json
    whole = before + after
    return whole[: answer["start"]] + answer["options"][place]["insert"] + whole[answer["end"] :]


def labels(options: list[dict[str, str]]) -> list[str]:
    """What the options are called."""
    return [option["label"] for option in options]


def test_fields_come_with_their_help(client: FlaskClient) -> None:
    """Under the name that begins so, an alias too; none that cannot be searched."""
    options = suggested(client, "r")
    assert {"recipient:", "reason:", "remote_ip:", "relay:"} <= set(labels(options))
    assert "raw:" not in labels(options)
    assert options[0]["hint"] == next(field.help for field in FIELDS if field.name == options[0]["label"][:-1])
    assert labels(suggested(client, "TO")) == ["to:"]
    assert len(suggested(client, "")) == 10
    assert suggested(client, "r", at=9)[0] == options[0]


def test_fields_are_explained_in_the_readers_language(client: FlaskClient) -> None:
    """As on the help page."""
    client.set_cookie("language", "nl")
    (option,) = suggested(client, "subj")
    assert option["hint"] not in {field.help for field in FIELDS}


@pytest.mark.parametrize("typed", ["x ", "type:bounce a", '"a b" ', "(x or y) ", "x and not y o"])
def test_operators_come_behind_a_term(client: FlaskClient, typed: str) -> None:
    """The first of all, where one may stand."""
    first = labels(suggested(client, typed))[0]
    assert first == {"a": "AND", "o": "OR", " ": "AND"}[typed[-1]]
    for before in ("", "x and ", "not ", "("):
        assert not {"AND", "OR", "NOT"} & set(labels(suggested(client, before)))


def test_values_are_counted_in_the_range(client: FlaskClient) -> None:
    """The most frequent first, with the word that the list shows; within From and To, or the range."""
    options = suggested(client, "type:")
    assert [(each["label"], each["hint"], each["count"]) for each in options[:2]] == [
        ("delivery", "Delivered", "80"),
        ("bounce", "Bounced", "41"),
    ]
    assert [each["count"] for each in suggested(client, "type:bou", to="2026-10-20")] == ["1"]
    assert suggested(client, "type:bou", range="15m") == []
    assert client.get("/events/suggest?q=type:&from=soon").status_code == 400


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("type:bo", "type:bounce "),
        ("type:bo|ose and x", "type:bounce and x"),
        ("ty|", "type:"),
        ("ty|pe:bounce", "type:bounce"),
        ("x type:bounce ANd", "x type:bounce AND "),
        ('diagnostic:x smtp_command:"RCP', 'diagnostic:x smtp_command:"RCPT TO" '),
        ('smtp_command:"RCP|"', 'smtp_command:"RCPT TO" '),
        ("to:(jan@x.nl or b", "to:(jan@x.nl or *@bedrijf.example "),
        ("to:@b", "to:*@bedrijf.example "),
        ("to:*@b", "to:*@bedrijf.example "),
        ("to:jan.j", f"to:{JAN} "),
        ("not to:JAN.jansen@g", f"not to:{JAN} "),
        ("jan.j", f"{JAN} "),
        ("@geme", "@gemeente.example "),
        ("-smtp_code:5", "-smtp_code:552 "),
        ("expired:t", "expired:true "),
        ("remote_ip:198.51", "remote_ip:198.51.100.7 "),
        ("queue_id:4X", "queue_id:4xab12 "),
        ("\U0001f4e6 type:bo", "\U0001f4e6 type:bounce "),
    ],
)
def test_what_is_taken_stands_in_the_place_of_the_word(client_of: ClientOf, tmp_path: Path, typed: str, result: str) -> None:
    """Quoted where it must be; in any letter case."""
    store = EmbeddedStore(tmp_path / "data")
    command = Event(id="command", timestamp=MAIL[0].timestamp, type="bounce", source="ndjson", smtp_command="RCPT TO")
    store.write([*MAIL, command])
    assert taken(client_of(store), typed).lower() == result.lower()
    store.close()


@pytest.mark.parametrize(
    "typed", ["timestamp:2", "delay:5", "delay:>", "smtp_code:[4", "subject:fac", "_exists_:ty", 'to:"jan"', "id:", "queue_id:4", "zz:"]
)
def test_nothing_is_suggested_where_nothing_can_be_looked_up(client: FlaskClient, typed: str) -> None:
    """Times, numbers, words of texts, and fields of which every event has a value of its own."""
    assert suggested(client, typed) == []


def test_hostile_values_are_only_text(client: FlaskClient) -> None:
    """They come quoted, so that they are looked for as they are; what cannot be seen is shown as what it is."""
    (option,) = suggested(client, 'type:"<')
    assert option["insert"] == '"<i>odd</i>" '
    assert all("\u202e" not in each["label"] for each in suggested(client, "to:\u202e"))
    assert client.get("/events/suggest?q=x").content_type == "application/json"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["type:", "to:", "ja", "bo", " ", " and ", "(", ")", '"', "\\", ":", "-", "@", "*", "\ud83d"])).map("".join),
    st.integers(0, 40),
)
def test_whatever_is_typed_can_be_completed(client: FlaskClient, typed: str, at: int) -> None:
    """Never an error; the word lies around the cursor, and a value that is taken where the query ends can be read."""
    word = under_cursor(typed, at)
    if word is not None:
        assert 0 <= word.start <= min(at, len(typed)) <= word.end <= len(typed) or at > len(typed)
    if "\ud83d" in typed:  # no address can carry half a character
        return
    for place, option in enumerate(suggested(client, f"{typed.replace('|', '')}|")):
        if option["count"]:
            result = taken(client, f"{typed.replace('|', '')}|", place)
            try:
                parse(result)
            except BadQueryError as error:
                assert error.fault.code in {"parenthesis", "nested_field", "empty_group", "operator", "no_value", "unknown_field"}  # noqa: PT017 - what stood there before


def test_a_query_is_checked_while_it_is_typed(client: FlaskClient) -> None:
    """With the place, the words and the fix of a search that was refused; the state of the form is kept in the links."""
    answer: dict[str, Any] = client.get("/events/check", query_string={"q": "(type:bounce", "sort": "-type"}).json
    assert answer["wrong"] == [{"name": "q", "position": 0, "end": 1}]
    assert named(answer["problem"], "mark")[0].text == "("
    fix = named(answer["problem"], "a")[0]["href"]
    assert parse_qs(urlsplit(fix).query) == {"q": ["(type:bounce)"], "sort": ["-type"]}
    assert client.get("/events/check?q=type:bounce").json == {"problem": "", "wrong": []}
    assert client.get("/events/check?q=").json == {"problem": "", "wrong": []}


@pytest.mark.parametrize("typed", ["type:", "x and", "x and not ", "delay:>", "x or type: "])
def test_what_is_still_to_come_is_not_wrong_yet(client: FlaskClient, typed: str) -> None:
    """But it is once the search is asked for."""
    assert client.get("/events/check", query_string={"q": typed}).json["wrong"] == []
    assert client.get("/events", query_string={"q": typed}).status_code == 400


def test_all_that_is_wrong_in_the_form_is_said(client: FlaskClient) -> None:
    """A date that was refused stays so while the query is typed."""
    answer: dict[str, Any] = client.get("/events/check?q=(x&from=soon").json
    assert [each["name"] for each in answer["wrong"]] == ["from", "q"]


@pytest.mark.parametrize("name", ["suggest", "check"])
def test_an_event_with_the_id_of_a_view_is_linked_by_a_search(name: str) -> None:
    """Its own page would be the view."""
    assert event_page(name) == f"/events?q=id%3A{name}"
    assert event_json(name).startswith("/api/v1/events?")


def test_the_box_knows_every_field(client: FlaskClient) -> None:
    """For its colours."""
    names = set(named(client.get("/events").text, "input", id="q")[0]["data-fields"].split())
    assert names == {"_exists_"} | {name for field in FIELDS if field.kind is not Kind.STORED for name in (field.name, *field.aliases)}
