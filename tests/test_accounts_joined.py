"""Events and accounts joined, and the numbers that will fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_portal import PEOPLE, SCOPE, portal_with
from flask.testing import FlaskClient
from markup import named
from samples import BOUNCED, JAN, MAIL

from app.accounts import doubtful
from app.accounts.links import account_page
from store.accounts import Accounts, Sighting, State
from store.embedded import EmbeddedStore
from store.event import Event

INSECURE = Event(
    id="insecure", timestamp=BOUNCED.timestamp, type="bounce", source="ndjson", sender="a@shop.example", recipient=JAN, reason="tls_failed"
)


@pytest.fixture
def client(tmp_path: Path, accounts: Accounts) -> Iterator[FlaskClient]:
    """A browser's side of a portal with those accounts, and an event that asks for a number."""
    store = EmbeddedStore(tmp_path / "events")
    store.write([*MAIL, INSECURE])
    yield portal_with(store, accounts).test_client()
    store.close()


def test_an_event_leads_to_the_account_of_its_recipient(client: FlaskClient, accounts: Accounts) -> None:
    """With its number, masked, and its state; in the row of the list and on its own page."""
    for number, words in ((None, "No number"), ("+31612345678", "+31 6 •••• 678, Not proven yet")):
        if number:
            accounts.put(JAN, SCOPE, phone=number, by="eva", version=0)
        for path in (f"/events/{BOUNCED.id}", f"/events?q={JAN}&open={BOUNCED.id}"):
            (link,) = [each for each in named(client.get(path).text, "a") if each["href"] == account_page(JAN)]
            assert " ".join(link.text.split()) == f"Account: {words}"


def test_a_reason_that_asks_for_a_number_leads_to_where_one_is_added(client: FlaskClient, accounts: Accounts) -> None:
    """As long as there is none; other reasons do not."""
    adding = account_page(JAN, edit="1")
    html = client.get(f"/events/{INSECURE.id}").text
    assert [each.text for each in named(html, "a", href=adding)] == ["Add a phone number"]
    assert named(client.get(adding).text, "input", name="phone")
    assert not named(client.get(f"/events/{BOUNCED.id}").text, "a", href=adding)
    accounts.put(JAN, SCOPE, phone="+31612345678", by="eva", version=0)
    assert not named(client.get(f"/events/{INSECURE.id}").text, "a", href=adding)


def test_numbers_that_will_fail_are_listed_with_the_reason(client: FlaskClient, accounts: Accounts) -> None:
    """Landlines, doubtful ones, those of several addresses, and those that do not exist; never proven ones by choice."""
    given = {
        PEOPLE[0]: "+31201234567",
        PEOPLE[1]: "+31612345678",
        PEOPLE[2]: "+31612345678",
        PEOPLE[3]: "+31611111111",
        JAN: "+31622222222",
    }
    for address, phone in given.items():
        state = State.SUSPECT if address == PEOPLE[3] else State.PROVEN if address != JAN else State.NEW
        accounts.put(address, SCOPE, phone=phone, state=state, by="eva", version=0)
    html = client.get("/accounts/doubtful").text
    rows = {row.inside[1].text: row.text for row in named(html, "tr") if "@" in row.text}
    assert set(rows) == set(PEOPLE[:4])
    assert "landline" in rows[PEOPLE[0]]
    assert "1 other address has it" in rows[PEOPLE[1]]
    assert "Doubtful" in rows[PEOPLE[3]]
    assert "6 addresses were looked at" in html
    assert "12345678" not in html.replace(" ", "")
    assert JAN in client.get("/accounts/doubtful?unproven=1").text


def test_a_page_of_failing_numbers_goes_on_where_it_stopped(
    client: FlaskClient, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page looks at a bounded number of accounts, and says so."""
    monkeypatch.setattr(doubtful, "_PAGE", 2)
    monkeypatch.setattr(doubtful, "_MOST_READ", 3)
    accounts.put("zz@x.nl", SCOPE, phone="+31201234567", by="eva", version=None)
    accounts.seen([Sighting("zy@x.nl", 1, bounced=False)], SCOPE)
    html, pages = client.get("/accounts/doubtful").text, 1
    while following := named(html, "a", rel="next"):
        assert "zz@x.nl" not in html
        html, pages = client.get(following[0]["href"]).text, pages + 1
    assert "zz@x.nl" in html
    assert pages == 2


def test_with_redis_away_events_work_and_accounts_say_what_is_wrong(mail_store: EmbeddedStore, tmp_path: Path) -> None:
    """503 with what to do, on pages and in the API; an event stands without its account."""
    (tmp_path / "accounts").write_text("no folder")
    accounts = Accounts(tmp_path / "accounts")
    client = portal_with(mail_store, accounts).test_client()
    for path in (
        "/accounts",
        account_page(JAN),
        "/accounts/doubtful",
        "/api/v1/accounts",
        f"/api/v1/accounts/{JAN}",
        "/api/v1/accounts.csv",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "PORTAL_REDIS_URL" in answer.text
    assert client.post(account_page(JAN), data={"phone": "06-12345678", "version": "0"}).status_code == 503
    assert client.get("/accounts/import").status_code == 200
    assert client.get(f"/events/{BOUNCED.id}").status_code == 200
    assert account_page(JAN) not in client.get(f"/events/{BOUNCED.id}").text
    accounts.close()
