"""Accounts in the JSON API: the list, one account, changes with their conflicts and limits, and the export."""

import csv
import io
from typing import Any

import pytest
from accounts_portal import PEOPLE, SCOPE, portal_with
from flask.testing import FlaskClient
from samples import JAN

from app.accounts.csv_reading import lines
from store.accounts import Accounts
from store.embedded import EmbeddedStore
from store.events import Scope

LIST = "/api/v1/accounts"
ONE = f"{LIST}/{JAN}"
FIELDS = {
    "address", "phone", "state", "first_mail", "last_mail", "last_bounce", "version", "changed_at", "changed_by", "why", "returned",
}  # fmt: skip


@pytest.fixture
def client(mail_store: EmbeddedStore, accounts: Accounts) -> FlaskClient:
    """A program's side of a portal with those accounts."""
    return portal_with(mail_store, accounts).test_client()


def error(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - an answer of the test client
    """The status and the code of an answer that is an error in the one shape."""
    assert set(answer.json["error"]) == {"code", "message", "position", "end", "fix", "request_id"}
    return answer.status_code, answer.json["error"]["code"]


def test_the_list_has_all_that_contain_q_page_by_page(client: FlaskClient) -> None:
    """Each once, in order, with what is known of the whole."""
    found, query = [], {"q": "EXAMPLE", "limit": "4"}
    while True:
        answer = client.get(LIST, query_string=query).json
        assert set(answer) == {"total", "total_is_exact", "took_ms", "accounts", "next"}
        assert (answer["total"], answer["total_is_exact"]) == (len(PEOPLE), True)
        found += answer["accounts"]
        if answer["next"] is None:
            break
        query["cursor"] = answer["next"]
    assert [each["address"] for each in found] == list(PEOPLE)
    assert all(set(each) == FIELDS for each in found)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "sort=phone", "filter=x", "cursor=forged", "cursor=&q=a&q=b", "from=2024"])
def test_parameters_that_cannot_be_are_refused(client: FlaskClient, query: str) -> None:
    """With a sentence, never with another list."""
    assert client.get(f"{LIST}?{query}").status_code == 400


def test_a_number_is_put_read_and_removed(client: FlaskClient, accounts: Accounts) -> None:
    """In any usual spelling; with the version as entity tag, and who looked in the history."""
    answer = client.put(ONE, json={"phone": "06-12345678", "version": 0, "why": "sync"})
    assert (answer.status_code, answer.json["phone"], answer.json["state"], answer.headers["ETag"]) == (200, "+31612345678", "new", '"1"')
    assert client.get(ONE.replace("jan", "JAN")).json == answer.json
    assert [change.what for change in accounts.history(JAN, SCOPE)][:1] == ["seen"]
    assert client.put(ONE, json={"phone": None}, headers={"If-Match": '"1"'}).json["phone"] is None
    gone = client.delete(ONE, headers={"If-Match": '"2"'})
    assert (gone.status_code, gone.json["address"]) == (200, JAN)
    assert gone.json["deleted"].endswith("Z")
    assert error(client.get(ONE)) == (404, "not_found")
    assert client.post(f"{ONE}/restore").status_code == 200
    assert client.get(ONE).status_code == 200


def test_an_account_is_made_only_where_there_is_none(client: FlaskClient) -> None:
    """201 then; without a version what is there is never overwritten."""
    path = f"{LIST}/new+tag@x.nl"
    assert client.put(path, json={"phone": "+32475123456"}).status_code == 201
    assert error(client.put(path, json={"phone": "+31612345678"})) == (409, "conflict")


def test_a_conflict_comes_with_the_account_as_it_is(client: FlaskClient, accounts: Accounts) -> None:
    """For a change and for a deletion, by version or by tag."""
    accounts.put(JAN, SCOPE, phone="+31612345678", by="eva", version=0)
    for answer in (
        client.put(ONE, json={"phone": "+31687654321", "version": 0}),
        client.put(ONE, json={"phone": "+31687654321", "version": 1}, headers={"If-Match": '"0"'}),
        client.delete(f"{ONE}?version=0"),
        client.delete(ONE, headers={"If-Match": '"7"'}),
    ):
        assert error(answer) == (409, "conflict")
        assert (answer.json["current"]["phone"], answer.json["current"]["version"]) == ("+31612345678", 1)
    assert accounts.get(JAN, SCOPE).phone == "+31612345678"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": "06-1", "version": 0}, "number_short"),
        ({"phone": "x", "version": 0}, "number_letters"),
        ({"phone": "0" * 10_000, "version": 0}, "number_long"),
        ({"phone": "020-1234567", "version": 0}, "number_doubtful"),
        ({"version": 0}, "bad_body"),
        ({"phone": 6, "version": 0}, "bad_body"),
        ({"phone": None, "version": "0"}, "bad_body"),
        ({"phone": None, "version": 0, "admin": True}, "bad_body"),
        ({"phone": None, "version": 0, "state": "proved"}, "bad_body"),
        ([], "bad_body"),
    ],
)
def test_a_body_that_cannot_be_kept_is_refused(client: FlaskClient, accounts: Accounts, body: object, code: str) -> None:
    """With the reason, and nothing is changed."""
    assert error(client.put(ONE, json=body)) == (422, code)
    assert accounts.history(JAN, SCOPE) == []


def test_a_landline_is_kept_where_it_is_confirmed(client: FlaskClient) -> None:
    """And then again without."""
    assert client.put(ONE, json={"phone": "020-1234567", "version": 0, "confirm": True}).status_code == 200
    assert client.put(ONE, json={"phone": "+31201234567", "version": 1}).status_code == 200


def test_only_json_is_taken_and_not_much_of_it(client: FlaskClient) -> None:
    """A form of another site cannot be sent as JSON."""
    assert error(client.put(ONE, data='{"phone": null, "version": 0}')) == (415, "not_json")
    assert error(client.put(ONE, data="phone=1", content_type="application/x-www-form-urlencoded")) == (415, "not_json")
    assert error(client.put(ONE, data="{", content_type="application/json")) == (422, "bad_body")
    assert error(client.put(ONE, data="[" * 100_000, content_type="application/json")) == (422, "bad_body")
    assert error(client.put(ONE, data=b"\xff", content_type="application/json")) == (422, "bad_body")
    assert error(client.put(ONE, data=" " * (2 << 20), content_type="application/json")) == (413, "too_large")
    assert error(client.put(ONE, json={"phone": None}, headers={"If-Match": "W/x"})) == (412, "bad_tag")
    assert error(client.put(ONE, json={"phone": None}, headers={"Sec-Fetch-Site": "cross-site"})) == (403, "foreign_origin")


@pytest.mark.parametrize("address", ["nobody@x.nl", "x", "a" * 300, "%00"])
def test_what_is_not_there_is_the_same_for_every_verb(client: FlaskClient, address: str) -> None:
    """404; a number for what is no address is refused."""
    path = f"{LIST}/{address}"
    assert error(client.get(path)) == (404, "not_found")
    assert error(client.delete(path)) == (404, "not_found")
    assert error(client.post(f"{path}/restore")) == (404, "not_found")
    if "@" in address:
        assert error(client.put(path, json={"phone": None, "version": 1})) == (404, "not_found")
    else:
        assert client.put(path, json={"phone": None, "version": 1}).status_code == 422


def test_the_account_of_another_customer_is_not_there(client: FlaskClient, accounts: Accounts) -> None:
    """For every verb, in lists, counts, the export, and as another holder of a number; nothing is changed."""
    other = Scope.operator("other")
    accounts.put("theirs@x.nl", other, phone="+31612345678", by="eva", version=None)
    path = f"{LIST}/theirs@x.nl"
    assert error(client.get(path)) == (404, "not_found")
    assert error(client.put(path, json={"phone": None, "version": 1})) == (404, "not_found")
    assert error(client.delete(path)) == (404, "not_found")
    assert error(client.post(f"{path}/restore")) == (404, "not_found")
    assert client.get(LIST, query_string={"q": "theirs"}).json["total"] == 0
    assert "theirs" not in client.get(f"{LIST}.csv").text
    for page in ("/accounts?q=theirs", "/accounts/doubtful"):
        assert "theirs@x.nl" not in client.get(page).text
    assert client.get("/accounts/theirs@x.nl").status_code == 404
    assert client.post(f"/accounts/{JAN}", data={"phone": "+31612345678", "version": "0"}).status_code == 303
    kept = accounts.get("theirs@x.nl", other)
    assert kept is not None
    assert (kept.phone, kept.version) == ("+31612345678", 1)


@pytest.mark.parametrize(("excel", "separator"), [("0", ","), ("1", ";")])
def test_the_export_is_whole_neutral_and_can_be_imported(client: FlaskClient, accounts: Accounts, excel: str, separator: str) -> None:
    """Every address with its number, no cell a formula, and an end row; the import reads the same from it."""
    accounts.put(JAN, SCOPE, phone="+31612345678", by="=cmd", why="+why", version=0)
    accounts.put("+plus@x.nl", SCOPE, phone="+32475123456", by="eva", version=None)
    answer = client.get(f"{LIST}.csv?excel={excel}")
    assert answer.data.startswith(b"\xef\xbb\xbf") == (excel == "1")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=separator))
    assert rows[0][:2] == ["email_address", "phone_number"]
    assert rows[-1][0] == f"# end: {len(PEOPLE) + 1} accounts"
    assert not [cell for row in rows[1:-1] for cell in row if cell.startswith(("=", "+", "-", "@"))]
    read = {line.address: line.phone for line in lines(answer.data)}
    assert len(read) == len(PEOPLE) + 1
    assert (read["'+plus@x.nl"], read[JAN]) == ("'+32475123456", "'+31612345678")
