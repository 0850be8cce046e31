"""Importing accounts: files as people have them, the preview row by row, and all or nothing."""

import io
import re

import pytest
from accounts_portal import SCOPE, portal_with
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markup import named
from samples import JAN

from app.accounts.carried import packed, unpacked
from app.accounts.csv_reading import MAX_BYTES, BadUploadError, Line, lines
from app.accounts.preview import Fate, preview
from store.accounts import MAX_ROWS, Account, Accounts
from store.embedded import EmbeddedStore

MOBILE = "+31612345678"
OTHER = "+31687654321"


@pytest.fixture
def client(mail_store: EmbeddedStore, accounts: Accounts) -> FlaskClient:
    """A browser's side of a portal with those accounts."""
    return portal_with(mail_store, accounts).test_client()


@pytest.mark.parametrize(
    "content",
    [
        b"email_address,phone_number\njan@x.nl,06-12345678\n",
        b"email_address;phone_number\r\njan@x.nl;06-12345678\r\n",
        b"email_address\tphone_number\njan@x.nl\t06-12345678\n",
        b"email_address|phone_number\njan@x.nl|06-12345678\n",
        b"\xef\xbb\xbfemail_address;phone_number\r\njan@x.nl;06-12345678",
        b"sep=;\r\nemail_address;phone_number\r\njan@x.nl;06-12345678",
        b'"sep=,"\r\nemail_address,phone_number\r\njan@x.nl,06-12345678',
        "E-mailadres;Mobiel nummer\njan@x.nl;06-12345678".encode("utf-16"),
        b'"E-mail";"Naam";"Tel.nr."\n"jan@x.nl";"Wit; de";"06-12345678"\n',
        b"Telefoonnummer;E-mailadres;Opmerking\n06-12345678;jan@x.nl;ja\n",
        b"Naam;Telefoon;Mobiel;E-mail\nJan;020-1234567;06-12345678;jan@x.nl\n",
        "Pati\u00ebnt;E-mail adres;Mobiel\nAndr\u00e9;jan@x.nl;06-12345678".encode("cp1252"),
        b"Name,E-mail 1 - Value,Phone 1 - Value\nJan,jan@x.nl,06-12345678\n",
        b"jan@x.nl;06-12345678\n",
        b"1;Jan;jan@x.nl;06-12345678\n",
        b"\r\n\r\nEMAIL ADDRESS , PHONE NUMBER\r\n\r\njan@x.nl,06-12345678\r\n,\r\n",
        b"ontvanger,gsm\rjan@x.nl,06-12345678\r",
    ],
)
def test_a_file_is_read_as_people_have_it(content: bytes) -> None:
    """Whatever separates, encodes and heads it."""
    assert [(line.address, line.phone) for line in lines(content)] == [("jan@x.nl", "06-12345678")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\r\n;\r\n", "empty"),
        (b"email_address;phone_number\r\n", "no rows"),
        (b"email_address;name\r\njan@x.nl;Jan", "no column of phone numbers"),
        (b"phone_number;name\r\n0612345678;Jan", "no column of addresses"),
        (b"a;b\r\n1;2", "columns are not known"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"\x00\x01\x02", "not a text file"),
        (b"email;phone\n" + b'"' + b"x" * 200_000, "CSV"),
        (b"x" * (MAX_BYTES + 1), "5 MB"),
        (b"email;tel\n" + b"a@x.nl;1\n" * (MAX_ROWS + 1), "100,000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_cure(content: bytes, says: str) -> None:
    """In a sentence."""
    with pytest.raises(BadUploadError, match=re.escape(says)):
        lines(content)


@given(st.binary(max_size=400) | st.text('ab@x.nl06;,\t|"\r\n =', max_size=300).map(str.encode))
def test_whatever_is_uploaded_is_rows_or_refused(content: bytes) -> None:
    """Nothing else comes of it, and each row is judged."""
    try:
        found = lines(content)
    except BadUploadError:
        return
    assert len(preview(found, {}, doubtful=True).rows) == len(found)


def test_each_row_has_its_fate_and_reason() -> None:
    """Added, changed, the same or refused, with the line that it stands on."""
    known = {"has@x.nl": Account("has@x.nl", phone=MOBILE, version=3), "none@x.nl": Account("none@x.nl")}
    rows = [
        Line(2, "New@X.nl", "06-12345678"),
        Line(3, "has@x.nl", "06-87654321"),
        Line(4, "has@x.nl ", "0612345678"),
        Line(5, "none@x.nl", "06-12345678"),
        Line(6, "none@x.nl", "+31 6 12345678"),
        Line(7, "x", "06-12345678"),
        Line(8, "a@x.nl", "3,16123E+10"),
        Line(9, "b@x.nl", "020-1234567"),
        Line(10, "c@x.nl", ""),
    ]
    found = preview(rows, known, doubtful=False)
    assert [(row.line, row.fate.value) for row in found.rows] == [
        (2, "added"), (3, "changed"), (4, "refused"), (5, "added"), (6, "same"),
        (7, "refused"), (8, "refused"), (9, "refused"), (10, "same"),
    ]  # fmt: skip
    reasons = {row.line: row.reason for row in found.rows if row.reason}
    assert "Line 3 has another number" in reasons[4]
    assert "Excel" in reasons[8]
    assert "landline" in reasons[9]
    assert [(row.address, row.phone, row.version) for row in found.to_write()] == [
        ("new@x.nl", MOBILE, 0), ("has@x.nl", OTHER, 3), ("none@x.nl", MOBILE, 0),
    ]  # fmt: skip
    assert preview(rows[7:8], known, doubtful=True).rows[0].fate is Fate.ADDED


def test_what_a_form_carries_comes_back_whole_or_is_refused() -> None:
    """What somebody made of it is an error with a cure, never a failure."""
    rows = [Line(2, "jan@x.nl", "06"), Line(3, "x", "\u00e9")]
    carried = unpacked(packed(rows, {"jan@x.nl": 4}, doubtful=True, keys=["jan@x.nl", None]))
    assert (carried.rows, carried.doubtful) == ([(2, "jan@x.nl", "06", 4), (3, "x", "\u00e9", None)], True)
    for text in ("", "x", "\u00e9", "AAAA", packed(rows, {}, doubtful=True, keys=[None, None])[:-8]):
        with pytest.raises(BadUploadError):
            unpacked(text)


def uploaded(client: FlaskClient, content: str) -> str:
    """The preview of a file."""
    answer = client.post("/accounts/import", data={"file": (io.BytesIO(content.encode()), "lijst.csv")})
    assert answer.status_code == 200
    return answer.text


def test_nothing_is_changed_before_the_second_step(client: FlaskClient, accounts: Accounts) -> None:
    """The preview counts and lists; the import then does all of it, and the history has it with its reason."""
    html = uploaded(client, f"email;tel\n{JAN};06-12345678\nnew@x.nl;06-87654321\nx;1\n")
    assert [" ".join(each.text.split()) for each in named(html, "li") if each.text.strip()[0].isdigit()] == [
        "1 refused", "0 change a number", "2 add a number", "0 stay as they are",
    ]  # fmt: skip
    assert accounts.get(JAN, SCOPE).phone is None  # type: ignore[union-attr]
    (rows,) = named(html, "input", name="rows")
    answer = client.post("/accounts/import/apply", data={"rows": rows["value"], "why": "list of May"})
    assert "The import is done" in answer.text
    assert accounts.get(JAN, SCOPE).phone == MOBILE  # type: ignore[union-attr]
    assert accounts.get("new@x.nl", SCOPE).phone == OTHER  # type: ignore[union-attr]
    change = accounts.history(JAN, SCOPE)[0]
    assert (change.what, change.why, change.by) == ("imported", "list of May", "operator")


def test_an_account_that_was_changed_meanwhile_stops_all_of_it(client: FlaskClient, accounts: Accounts) -> None:
    """Nothing is imported; the preview comes anew, and importing that one works."""
    html = uploaded(client, f"email;tel\n{JAN};06-12345678\nnew@x.nl;06-87654321\n")
    accounts.put(JAN, SCOPE, phone="+31611111111", by="eva", version=0)
    answer = client.post("/accounts/import/apply", data={"rows": named(html, "input", name="rows")[0]["value"]})
    assert answer.status_code == 409
    assert "Nothing was imported" in answer.text
    assert accounts.get("new@x.nl", SCOPE) is None
    answer = client.post("/accounts/import/apply", data={"rows": named(answer.text, "input", name="rows")[0]["value"]})
    assert answer.status_code == 200
    assert accounts.get(JAN, SCOPE).phone == MOBILE  # type: ignore[union-attr]


def test_an_account_that_was_deleted_meanwhile_stops_it_too(client: FlaskClient, accounts: Accounts) -> None:
    """It is not made anew unseen."""
    html = uploaded(client, f"email;tel\n{JAN};06-12345678\n")
    accounts.delete(JAN, SCOPE, by="eva")
    answer = client.post("/accounts/import/apply", data={"rows": named(html, "input", name="rows")[0]["value"]})
    assert answer.status_code == 409
    assert accounts.get(JAN, SCOPE) is None


@pytest.mark.parametrize(("data", "says"), [({}, "Choose a file"), ({"file": (io.BytesIO(b"PK\x03\x04"), "a.xlsx")}, "workbook")])
def test_a_refused_upload_says_so_at_the_field(client: FlaskClient, data: dict[str, object], says: str) -> None:
    """Status 422."""
    answer = client.post("/accounts/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert says in named(answer.text, "span", id="wrong")[0].text


def test_bodies_are_bounded(client: FlaskClient) -> None:
    """Larger ones are not read."""
    body = b"x" * (7 << 20)
    assert client.post("/accounts/import", data=body, content_type="multipart/form-data; boundary=x").status_code == 413
    assert client.post("/accounts/import/apply", data={"rows": "forged"}).status_code == 422


def test_what_stands_in_a_file_is_shown_as_text(client: FlaskClient) -> None:
    """Hostile cells run nothing and break nothing."""
    html = uploaded(client, 'email;tel\n"<script>alert(1)</script>@x.nl";"<img src=x onerror=alert(1)>"\n\u202egpj@x.nl;06-12345678\n')
    assert named(html, "script", src="") == []
    assert "<img" not in html
    assert "&lt;script&gt;" in html
