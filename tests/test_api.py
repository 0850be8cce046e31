"""The JSON API and the exports, through HTTP over the real engine."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from samples import BOUNCED, HOSTILE, JAN, MAIL, START

from app.export import COLUMNS
from app.shown import csv_cell
from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.event import Event, iso, public
from store.events import EventStore, Query, Scope, Sort
from store.fields import FIELDS

ClientOf = Callable[[EventStore], FlaskClient]
EVENTS = "/api/v1/events"


def get(client: FlaskClient, path: str = EVENTS, **arguments: str) -> Any:  # noqa: ANN401 - JSON
    """The JSON of a GET that succeeds; `from_` stands for `from`."""
    answer = client.get(path, query_string={name.rstrip("_"): value for name, value in arguments.items()})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_page_has_the_events_in_order_and_what_is_known_of_the_whole(client: FlaskClient) -> None:
    """The envelope is the documented one; old comes first; an event has its fields, and no others."""
    answer = get(client, limit="3")
    assert set(answer) == {"total", "total_is_exact", "partial", "missing", "read_as", "took_ms", "events", "next"}
    assert (answer["total"], answer["total_is_exact"], answer["partial"]) == (len(MAIL), True, False)
    assert answer["events"] == [public(event) for event in MAIL[:3]]
    assert answer["events"][0]["timestamp"] == iso(START)


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "*:*"}])
def test_no_query_is_everything(client: FlaskClient, query: dict[str, str]) -> None:
    """A missing and an empty q mean the same."""
    assert get(client, **query)["total"] == len(MAIL)


def test_a_query_of_spaces_is_the_parsers_error(client: FlaskClient) -> None:
    """A program that sends blanks has lost its query."""
    answer = client.get(EVENTS, query_string={"q": "   "})
    assert answer.status_code == 400
    assert answer.json["error"]["position"] == 0


def test_following_the_cursor_gives_every_event_once(client: FlaskClient) -> None:
    """Pages of any size, joined, are the whole; the last one has no next."""
    seen: list[str] = []
    arguments = {"limit": "41", "sort": "-recipient"}
    while True:
        page = get(client, **arguments)
        seen += [event["id"] for event in page["events"]]
        if page["next"] is None:
            break
        arguments["cursor"] = page["next"]
    assert sorted(seen) == sorted(event.id for event in MAIL)


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.sortable])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_field_sorts_both_ways_with_missing_values_last(client: FlaskClient, field: str, sign: str) -> None:
    """The order is that of the values without regard to case."""
    values = [event.get(field) for event in get(client, sort=sign + field, limit="1000")["events"]]
    present = [value for value in values if value is not None]
    assert values == present + [None] * (len(values) - len(present))
    if field != "remote_ip":
        keys = [value.lower() if isinstance(value, str) else value for value in present]
        if field not in ("subject", "diagnostic"):  # cut long; the contract suite holds their order
            assert keys == sorted(keys, reverse=bool(sign))


def test_dates_bound_the_search_and_the_last_day_counts_whole(client: FlaskClient) -> None:
    """Ten events a day, in UTC unless told."""
    assert get(client, from_="2026-10-22", to="2026-10-23")["total"] == sum(
        1 for event in MAIL if "2026-10-22" <= iso(event.timestamp)[:10] <= "2026-10-23"
    )
    shifted = get(client, from_="2026-10-22", to="2026-10-22", tz="Pacific/Auckland")["events"]
    assert [shifted[0]["timestamp"][:10], shifted[-1]["timestamp"][:10]] == ["2026-10-21", "2026-10-22"]


def test_times_in_the_query_are_in_the_zone_asked_for(client: FlaskClient) -> None:
    """`timestamp:` in q and from/to mean the same day."""
    zoned = get(client, q="timestamp:2026-10-22", tz="Asia/Tokyo")["total"]
    assert zoned == get(client, from_="2026-10-22", to="2026-10-22", tz="Asia/Tokyo")["total"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"limit": "0"}, "from 1 to 1,000"),
        ({"limit": "1001"}, "from 1 to 1,000"),
        ({"limit": "abc"}, "from 1 to 1,000"),
        ({"sort": "raw"}, "not a field to sort by"),
        ({"from": "tomorrow"}, 'From: "tomorrow" is not a date'),
        ({"to": "2026-13-01"}, 'To: "2026-13-01" is not a date'),
        ({"from": "2026-10-02", "to": "2026-10-01"}, "Exchange the two"),
        ({"range": "soon"}, "not a span of time"),
        ({"range": "7d", "from": "2026-10-01"}, "either range, or from and to"),
        ({"tz": "Moon"}, "not a time zone"),
        ({"query": "x"}, "Use q, from, to"),
    ],
)
def test_a_parameter_that_cannot_be_used_gets_the_cure(client: FlaskClient, arguments: dict[str, str], says: str) -> None:
    """400 in the one shape of errors."""
    answer = client.get(EVENTS, query_string=arguments)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_parameter"
    assert says in answer.json["error"]["message"]


@pytest.mark.parametrize("cursor", ["x", "0", "AAAA", "é", "=" * 5000, "..%2f"])
def test_a_cursor_of_nobodys_is_refused(client: FlaskClient, cursor: str) -> None:
    """Forged and damaged ones alike, and a true one of another order."""
    assert client.get(EVENTS, query_string={"cursor": cursor}).json["error"]["code"] == "bad_cursor"
    true = get(client, limit="1")["next"]
    assert client.get(EVENTS, query_string={"cursor": true, "sort": "-delay"}).json["error"]["code"] == "bad_cursor"


def test_a_broken_query_says_where_and_what_would_be_right(client: FlaskClient) -> None:
    """Position and end are characters of q; the fix is a query that works."""
    error = client.get(EVENTS, query_string={"q": "(type:bounce"}).json["error"]
    assert set(error) == {"code", "message", "position", "end", "fix", "request_id"}
    assert error["position"] == 0
    assert get(client, q=error["fix"])["total"] == get(client, q="type:bounce")["total"]


def test_one_event_is_found_by_its_id(client: FlaskClient) -> None:
    """Whatever characters the id has; an unknown one is a 404."""
    found = get(client, f"{EVENTS}/{BOUNCED.id}")
    explanation = found.pop("explanation")
    assert found == public(BOUNCED)
    assert set(explanation) == {"en", "nl"}
    assert all(set(words) == {"sentence", "next_step", "whose"} for words in explanation.values())
    assert explanation["en"] != explanation["nl"]
    assert get(client, f"{EVENTS}/x%2F%22%3Cb%3E%3F%23%25%C3%A9")["id"] == HOSTILE.id
    missing = client.get(f"{EVENTS}/{'0' * 32}")
    assert (missing.status_code, missing.json["error"]["code"]) == (404, "not_found")


def test_the_histogram_counts_every_match_once(client: FlaskClient) -> None:
    """Per type and in time order, whatever the interval; automatic ones give few bars."""
    for interval in ("", "15m", "1h", "1d", "1w", "1M"):
        answer = get(client, f"{EVENTS}/histogram", interval=interval, tz="Europe/Amsterdam")
        assert sum(bucket["total"] for bucket in answer["buckets"]) == len(MAIL)
        assert all(bucket["total"] == sum(bucket["counts"].values()) for bucket in answer["buckets"])
        starts = [bucket["start"] for bucket in answer["buckets"]]
        assert len(starts) == len(set(starts))
        assert len(starts) <= 200 or interval
        assert answer["interval"] == (interval or "3h")
    days = get(client, f"{EVENTS}/histogram", interval="1d", tz="Europe/Amsterdam")["buckets"]
    assert {day["start"][11:] for day in days} == {"00:00:00.000+02:00", "00:00:00.000+01:00"}  # the clock goes back in between


def test_the_histogram_of_nothing_is_empty(client: FlaskClient) -> None:
    """No match is no error."""
    assert get(client, f"{EVENTS}/histogram", q="nobody@nowhere.example")["buckets"] == []


@pytest.mark.parametrize("interval", ["2h", "x", "1"])
def test_an_interval_is_one_of_a_few(client: FlaskClient, interval: str) -> None:
    """Others get the list."""
    answer = client.get(f"{EVENTS}/histogram", query_string={"interval": interval})
    assert "15m, 1h" in answer.json["error"]["message"]


def test_the_most_frequent_values_come_with_their_counts(client: FlaskClient) -> None:
    """Of any exact field, by name or alias, within the search."""
    answer = get(client, f"{EVENTS}/top", field="recipient_domain", q="type:bounce", limit="2")
    assert answer["field"] == "recipient_domain"
    assert len(answer["values"]) == 2
    for value in answer["values"]:
        assert get(client, q=f"type:bounce recipient_domain:{value['value']}")["total"] == value["count"]
    assert get(client, f"{EVENTS}/top", field="to")["field"] == "recipient"


@pytest.mark.parametrize("field", ["", "subject", "timestamp", "raw", "nothing"])
def test_values_of_text_and_time_are_not_counted(client: FlaskClient, field: str) -> None:
    """The error names the fields that are."""
    answer = client.get(f"{EVENTS}/top", query_string={"field": field})
    assert answer.status_code == 400
    assert "recipient_domain" in answer.json["error"]["message"]


def test_ndjson_has_every_match_in_order_and_an_end_line(client: FlaskClient) -> None:
    """The end line alone has `end`, and says how many there were."""
    *lines, end = [json.loads(line) for line in client.get(f"{EVENTS}.ndjson?q=type:bounce&sort=-timestamp").text.splitlines()]
    assert end == {"end": True, "events": len(lines)}
    assert lines == [public(event) for event in sorted(MAIL, key=lambda event: -event.timestamp) if event.type == "bounce"]


def test_csv_is_read_back_by_any_reader(client: FlaskClient) -> None:
    """A header, a row an event, and an end row of the same width whose other cells are empty."""
    answer = client.get(f"{EVENTS}.csv?tz=Europe/Amsterdam")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *rows, end = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert tuple(header) == COLUMNS
    assert {len(row) for row in [*rows, end]} == {len(COLUMNS)}
    assert end == [f"# end: {len(MAIL)} events"] + [""] * (len(COLUMNS) - 1)
    assert [row[0] for row in rows[:200]] == [event.id for event in MAIL[:200]]
    first = dict(zip(header, rows[0], strict=True))
    assert first["timestamp"] == "2026-10-20T08:00:00.000+02:00"
    hostile = dict(zip(header, rows[-2], strict=True))
    assert hostile["subject"] == f"'{HOSTILE.subject}"
    assert hostile["tags"] == "'@tag, <b>"


def test_csv_for_excel_begins_with_the_mark_of_utf_8(client: FlaskClient) -> None:
    """Only when asked for, because other readers take it for a part of the first name."""
    assert client.get(f"{EVENTS}.csv").data.startswith(b"id,")
    assert client.get(f"{EVENTS}.csv?bom=1").data.startswith(b"\xef\xbb\xbfid,")


def test_csv_for_a_dutch_excel_has_semicolons_and_decimal_commas(client: FlaskClient) -> None:
    """It opens in columns there, with numbers that are numbers; a strict reader told of the semicolon gets the same texts."""
    answer = client.get(f"{EVENTS}.csv?excel=1")
    assert answer.data.startswith(b"\xef\xbb\xbfid;")
    header, *rows, end = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert tuple(header) == COLUMNS
    assert {len(row) for row in [*rows, end]} == {len(COLUMNS)}
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert named[1]["delay"] == "0,25"
    assert named[-2]["tags"] == "'@tag, <b>"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(1)", " =1", "\u200b=1", "\ufeff@x", "\uff1d1", "\0"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(start: str) -> None:
    """Also behind blanks and characters that nobody sees."""
    assert csv_cell(start) == f"'{start}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\t=1", "'\t'=1"),
        ("\r\n=1", "'\r\n'=1"),
        ("a;=1+1", "a;'=1+1"),
        ('a; "@SUM(1)', "a; \"'@SUM(1)"),
        ("a\t\u200b+1;-1", "a\t\u200b'+1;'-1"),
        ("a\n=1", "a\n'=1"),
        ("a, -1; b", "a, -1; b"),
    ],
)
def test_what_another_reader_would_cut_off_as_a_formula_is_none(text: str, safe: str) -> None:
    """Excel with Dutch settings cuts a file with commas at semicolons and at line ends in the middle of a text."""
    assert csv_cell(text) == safe
    assert csv_cell("a,=1;-1", ";") == "a,'=1;-1"


def test_a_long_run_of_separators_costs_no_more_than_its_length() -> None:
    """What is hostile is not slow: this would take minutes if each of them looked through the rest."""
    assert csv_cell("a" + ";\t" * 200_000).count("'") == 0


@pytest.mark.parametrize("text", ["", "a=b", "jan@x.example", "5.1.1", "Re: =x"])
def test_an_ordinary_cell_is_left_alone(text: str) -> None:
    """So that what is exported can be compared."""
    assert csv_cell(text) == text


def test_numbers_stay_numbers_in_csv(client_of: ClientOf, tmp_path: Path) -> None:
    """A negative delay is a number, not a formula."""
    store = EmbeddedStore(tmp_path / "data")
    store.write([Event(id="1", timestamp=0, type="delivery", source="ndjson", delay=-1.5, smtp_code=250, expired=True)])
    text = client_of(store).get(f"{EVENTS}.csv").text
    row = dict(zip(COLUMNS, text.splitlines()[1].split(","), strict=True))
    assert (row["delay"], row["smtp_code"], row["expired"], row["timestamp"]) == ("-1.5", "250", "true", "1970-01-01T00:00:00.000Z")


class _Breaking(EmbeddedStore):
    """An engine that goes away in the middle of an export."""

    def export(self, query: Query, scope: Scope, sort: Sort) -> Iterator[Event]:
        for number, event in enumerate(super().export(query, scope, sort)):
            if number == 3:
                raise StoreUnavailableError("The folder is gone. Put it back.") from OSError("/secret/path")
            yield event


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_an_export_that_breaks_off_says_so_in_its_last_line(client_of: ClientOf, tmp_path: Path, form: str) -> None:
    """No end line, an error in its place, and nothing of the engine's own words."""
    store = _Breaking(tmp_path / "data")
    store.write(MAIL[:10])
    answer = client_of(store).get(f"{EVENTS}.{form}")
    last = answer.text.splitlines()[-1]
    if form == "ndjson":
        assert json.loads(last)["end"] is False
        assert json.loads(last)["error"]["code"] == "store_unavailable"
    else:
        assert "# error: the export broke off after " in last
    assert "secret" not in answer.text


def test_an_export_that_cannot_begin_is_an_ordinary_error(client: FlaskClient) -> None:
    """The status says it, before anything is sent."""
    assert client.get(f"{EVENTS}.csv?q=(").status_code == 400
    assert client.get(f"{EVENTS}.ndjson?cursor=x").status_code == 400


@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}.csv", f"{EVENTS}.ndjson", f"{EVENTS}/{BOUNCED.id}", f"{EVENTS}/histogram", "/healthz"])
def test_head_and_a_trailing_slash_do_not_surprise(client: FlaskClient, path: str) -> None:
    """HEAD answers as GET without a body; a slash at the end is forgiven."""
    assert client.head(path).status_code == 200
    assert client.head(path).data == b""
    assert client.get(f"{path}/").status_code == 200


def test_health_and_readiness_are_told_apart(client: FlaskClient, client_of: ClientOf, tmp_path: Path) -> None:
    """Alive is about the process; ready is about its parts, one by one."""
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json["parts"]["events"]["ok"] is True
    (tmp_path / "data").write_text("a file where a folder should be")
    broken = client_of(EmbeddedStore(tmp_path / "data"))
    assert broken.get("/healthz").status_code == 200
    assert broken.get("/readyz").status_code == 503
    assert broken.get("/readyz").json["parts"]["events"]["ok"] is False


def test_every_address_and_code_of_the_api_is_documented(portal: Flask) -> None:
    """In docs/api.md."""
    text = (Path(__file__).parent.parent / "docs" / "api.md").read_text()
    for rule in portal.url_map.iter_rules():
        if rule.endpoint.startswith(("api.", "health.")):
            assert f"`GET {rule.rule.replace('<path:event_id>', '<id>')}`" in text
    for code in (
        "bad_parameter",
        "bad_cursor",
        "bad_request",
        "unknown_host",
        "foreign_origin",
        "store_unavailable",
        "store_busy",
        "unexpected",
    ):
        assert f"`{code}`" in text


def test_an_address_finds_its_bounce(client: FlaskClient) -> None:
    """What the help desk types most."""
    assert [event["reason"] for event in get(client, q=JAN)["events"]] == ["unknown_user"]
