"""What stands in the audit trail: who looked at whose mail, accounts and numbers, and who changed, exported or imported what."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from accounts_portal import kept_accounts
from commands import portal as command
from flask.testing import FlaskClient
from redis_servers import servers_in
from samples import JAN, MAIL

from app import create_app
from app.noting import named
from app.settings import Settings
from app.viewer import Viewer
from store.accounts import DEFAULT, Accounts
from store.customers import Directory, Role
from store.customers.trail import Entry, Sought
from store.embedded import EmbeddedStore
from store.events import Scope
from store.query import parse

EVENT = next(each for each in MAIL if each.recipient == JAN)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    """The accounts of the sample mail, in the Redis of the trail."""
    with kept_accounts(tmp_path / "redis") as found:
        yield found


@pytest.fixture
def directory(tmp_path: Path, accounts: Accounts) -> Iterator[Directory]:
    """Where the trail is."""
    assert accounts
    with closing(Directory(tmp_path / "redis")) as found:
        yield found


@pytest.fixture
def client(mail_store: EmbeddedStore, accounts: Accounts, directory: Directory) -> FlaskClient:
    """A browser of an operator who looks at nobody's things in particular."""
    viewer = Viewer("ops@portal.example", Role.OPERATOR, Scope.operator(DEFAULT))
    return create_app(Settings(), mail_store, accounts, directory=directory, identify=lambda: viewer).test_client()


@pytest.fixture
def trail(directory: Directory) -> Callable[[], list[tuple[str, str, str]]]:
    """What the operators' trail has, old to new: what, about whom, detail."""

    def read() -> list[tuple[str, str, str]]:
        return [(each.what, each.about, each.detail) for each in reversed(list(directory.audit.every(None, Sought())))]

    return read


Read = Callable[[], list[tuple[str, str, str]]]


@pytest.mark.parametrize(
    ("query", "people"),
    [
        (JAN, [JAN]),
        (f"to:{JAN} AND bounce", [JAN]),
        ("recipient:(a@x.nl or b@x.nl)", ["a@x.nl", "b@x.nl"]),
        (f"not {JAN}", []),
        (f"sender:{JAN}", []),
        ("recipient:jan*", []),
        ("jan", []),
    ],
)
def test_a_search_that_names_a_recipient_in_full_is_about_them(query: str, people: list[str]) -> None:
    """Those it leaves out, senders and parts of addresses are nobody."""
    assert named(parse(query, "UTC").tree) == people


def test_looking_at_a_persons_events_is_one_entry_a_minute(client: FlaskClient, trail: Read) -> None:
    """A search, its parts and an opened event of the same person; searches for nobody are none."""
    client.get("/events?q=bounce")
    assert trail() == []
    client.get(f"/events?q={JAN}")
    client.get(f"/events?q={JAN}&sort=-type", headers={"HX-Request": "true"})
    client.get(f"/api/v1/events?q=to:{JAN}")
    assert [each[:2] for each in trail()] == [("saw_events_of", JAN), ("saw_events_of", JAN)]  # in the page, and through the API


@pytest.mark.parametrize("path", [f"/events/{EVENT.id}", f"/events?open={EVENT.id}", f"/api/v1/events/{EVENT.id}"])
def test_an_opened_event_is_noted_where_its_customer_can_read_it(client: FlaskClient, directory: Directory, path: str) -> None:
    """The customer sees that an operator looked; what belongs to nobody stands in the operators' own trail."""
    assert EVENT.sender_domain
    customer = directory.add_customer("Gemeente", (EVENT.sender_domain,))
    assert client.get(path, headers={"HX-Request": "true"}).status_code == 200
    (entry,) = directory.audit.every(customer.id, Sought())
    assert (entry.who, entry.what, entry.about) == ("ops@portal.example", "saw_events_of", JAN)
    assert entry.via == ("api" if path.startswith("/api") else "page")


def test_what_is_done_with_an_account_is_noted(client: FlaskClient, trail: Read) -> None:
    """Seen, changed, its number shown, deleted, restored; what is refused is not."""
    page = f"/accounts/{JAN}"
    client.get(page)
    assert client.post(page, data={"phone": "06-1", "version": "0"}).status_code == 422
    client.post(page, data={"phone": "06-12345678", "version": "0"})
    client.post(f"{page}/number")
    client.post(f"{page}/delete", data={"version": "1"})
    client.post(f"{page}/restore")
    kinds = ["saw_account", "changed_account", "saw_number", "deleted_account", "changed_account"]
    assert [each[:2] for each in trail()] == [(kind, JAN) for kind in kinds]


def test_the_api_notes_the_same(client: FlaskClient, trail: Read) -> None:
    """An account with a number shows it."""
    path = f"/api/v1/accounts/{JAN}"
    client.put(path, json={"phone": "+31612345678", "version": 0})
    client.get(path)
    client.delete(path)
    client.post(f"{path}/restore")
    client.get("/api/v1/accounts.csv")
    assert [each[0] for each in trail()] == ["changed_account", "saw_number", "deleted_account", "changed_account", "exported_accounts"]


def test_an_export_says_what_was_asked_for_without_an_address(client: FlaskClient, trail: Read) -> None:
    """The person stands in the entry, so that their own entries have it."""
    for kind in ("csv", "ndjson", "xlsx"):
        with client.get(f"/api/v1/events.{kind}?q=to:{JAN}") as answer:
            assert answer.status_code == 200
    client.get("/api/v1/events.csv?q=reason:unknown_user")
    assert trail() == [
        *(("exported_events", JAN, f"{kind}: to:…@gemeente.example") for kind in ("csv", "ndjson", "xlsx")),
        ("exported_events", "", "csv: reason:unknown_user"),
    ]


def test_one_request_waits_for_the_disk_once(client: FlaskClient, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much it notes: all of it is one step."""
    steps: list[int] = []
    notes = directory.audit.notes
    monkeypatch.setattr(type(directory.audit), "notes", lambda _self, several: (steps.append(len(several)), notes(several)))
    client.get("/api/v1/events.csv?q=recipient:(a@x.nl or b@x.nl)")
    assert steps == [3]


def test_while_redis_is_away_events_are_shown_and_the_log_has_the_note(
    client: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of JSON."""
    for server in servers_in(tmp_path / "redis"):
        server.kill()
        server.wait()
    (tmp_path / "redis").rename(tmp_path / "away")
    (tmp_path / "redis").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        answer = client.get(f"/events?q={JAN}")
    assert answer.status_code == 200
    assert f'"about": "{JAN}"' in caplog.text
    (tmp_path / "redis").unlink()
    (tmp_path / "away").rename(tmp_path / "redis")


def test_a_search_on_the_command_line_is_noted_as_one_in_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom it names, and what is exported; a table of nobody's in particular is not. Where there is no Redis it goes on, and says so."""
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    (tmp_path / "events.ndjson").write_text(
        '{"timestamp": 1795000000000, "type": "send", "sender": "a@shop.example", "recipient": "jan@x.nl"}\n'
    )
    for line in (
        ("customers", "add", "Shop", "--domain", "shop.example"),
        ("index", str(tmp_path / "events.ndjson")),
        ("search", "send"),
        ("search", "jan@x.nl", "--customer", "shop"),
        ("search", "jan@x.nl OR piet@x.nl", "--format", "csv"),
    ):
        assert command(*line).exit_code == 0
    with closing(Directory(tmp_path / "accounts")) as directory:
        seen = {
            whose: [(e.what, e.about, e.detail) for e in reversed(list(directory.audit.every(whose, Sought())))] for whose in ("shop", None)
        }
    assert seen["shop"][1:] == [("saw_events_of", "jan@x.nl", "")]
    assert seen[None] == [
        ("saw_events_of", "jan@x.nl", ""),
        ("saw_events_of", "piet@x.nl", ""),
        ("exported_events", "", "csv: …@x.nl OR …@x.nl"),
    ]
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    away = command("search", "jan@x.nl")
    assert away.exit_code == 0
    assert "not in the audit trail" in away.stderr


def test_commands_note_what_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whom: the user of the system; in the trail of the customer that it is about."""
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    for line in (
        "customers add Shop --domain shop.example",
        "users add eva@shop.example --customer shop --role admin",
        "tokens add import --customer shop --role reader",
        "accounts set jan@x.nl 0612345678",
        "users remove eva@shop.example",
    ):
        assert command(*line.split()).exit_code == 0
    with closing(Directory(tmp_path / "accounts")) as directory:
        shop: list[Entry] = list(directory.audit.every("shop", Sought()))
        assert [(each.what, each.about) for each in reversed(shop)] == [
            ("customer_added", "Shop"),
            ("user_added", "eva@shop.example"),
            ("token_added", "import"),
            ("changed_account", "jan@x.nl"),
            ("user_removed", "eva@shop.example"),
        ]
        assert list(directory.audit.every(None, Sought())) == []
    assert {each.via for each in shop} == {"command"}
    assert all(each.who.startswith("operator") for each in shop)
