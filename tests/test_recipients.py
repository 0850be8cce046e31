"""An index run makes accounts of the recipients; where Redis is away events are kept all the same, and accounts hear of them later."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import pytest
from commands import portal, told

from app.settings import Settings
from app.stores import existing_events, open_accounts, open_events
from indexer.erase import pending
from indexer.recipients import Recipients
from store.accounts import DEFAULT, Accounts, Sighting, Wanted
from store.erasure import Person
from store.errors import AccountsUnavailableError
from store.event import Event, public_json
from store.events import Query, Refused, Scope, WriteReport

T = 1_767_225_600_000  # 1 January 2026
SCOPE = Scope.operator(DEFAULT)
MAIL = [
    Event(id="1", timestamp=T + 5000, type="delivery", source="ndjson", recipient="Jan@X.example", sender="info@shop.example"),
    Event(id="2", timestamp=T + 7000, type="bounce", source="ndjson", recipient="jan@x.example", sender="info@shop.example"),
    Event(id="3", timestamp=T + 6000, type="send", source="ndjson", recipient="eva@x.example"),
    Event(id="4", timestamp=T + 6000, type="send", source="ndjson"),
]
FOUND = [("eva@x.example", T + 6000, T + 6000, None), ("jan@x.example", T + 5000, T + 7000, T + 7000)]


class Kept:
    """A writer that refuses some ids."""

    concurrent_writes = 1

    def __init__(self, refused: Sequence[str] = ()) -> None:
        self.refused = refused

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Refuse them."""
        return WriteReport(new=len(events), refused=tuple(Refused(event, "no") for event in events if event.id in self.refused))


class Slow:
    """Accounts that take their time, until told to go on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.heard: list[list[str]] = []

    def seen(self, sightings: Iterable[Sighting], scope: Scope) -> int:  # noqa: ARG002 - as accounts have it
        """Wait, then note the addresses."""
        assert self.go.wait(30)
        self.heard.append([each.address for each in sightings])
        return 0


class Away:
    """Accounts whose Redis is away."""

    def seen(self, sightings: Iterable[Sighting], scope: Scope) -> int:
        """Always."""
        raise AccountsUnavailableError(f"away for {len(list(sightings))} of {scope.customer}.")


def kept(accounts: Accounts) -> list[tuple[str, int | None, int | None, int | None]]:
    """The accounts with their times."""
    return [(each.address, each.first_mail, each.last_mail, each.last_bounce) for each in accounts.find(Wanted(), SCOPE).accounts]


def written(folder: Path) -> Path:
    """The mail as a file."""
    path = folder / "mail.ndjson"
    path.write_bytes(b"".join(public_json(event) + b"\n" for event in MAIL[:3]))
    return path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A portal of its own in a new folder."""
    monkeypatch.chdir(tmp_path)
    return Settings()


def test_recipients_of_what_was_written_become_accounts(settings: Settings, tmp_path: Path) -> None:
    """In one form whatever their case; what the store refused is nobody's mail."""
    accounts = open_accounts(settings)
    Recipients(Kept(["3"]), accounts, SCOPE, tmp_path).write(MAIL)
    assert kept(accounts) == FOUND[1:]
    accounts.close()


def test_an_index_run_fills_accounts(settings: Settings, tmp_path: Path) -> None:
    """Running it again changes nothing."""
    for _ in range(2):
        assert told("index", str(written(tmp_path)))["events"] == 3
    accounts = open_accounts(settings)
    assert kept(accounts) == FOUND
    accounts.close()


def test_without_redis_events_are_kept_and_accounts_told_later(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run says so; the next one that reaches Redis adds them, and nothing is left lying."""
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:9")
    result = portal("index", str(written(tmp_path)))
    assert result.exit_code == 0
    assert "PORTAL_REDIS_URL" in result.stderr
    assert "the next run adds them" in result.stderr
    events = existing_events(settings)
    assert events.count(Query(), Scope.operator()) == 3
    events.close()
    assert len(list((tmp_path / "data").glob("recipients-*.pending"))) == 1
    monkeypatch.delenv("PORTAL_REDIS_URL")
    other = Event(id="5", timestamp=T, type="send", source="ndjson", recipient="eva@x.example")
    (tmp_path / "other.ndjson").write_bytes(public_json(other))
    assert portal("index", "other.ndjson").exit_code == 0
    accounts = open_accounts(settings)
    assert kept(accounts) == [("eva@x.example", T, T + 6000, None), FOUND[1]]
    accounts.close()
    assert list((tmp_path / "data").glob("recipients-*.pending")) == []


def test_accounts_hear_of_a_batch_while_the_next_is_written(tmp_path: Path) -> None:
    """Of no more than that: the batch after it waits, and `close` waits for all."""
    slow = Slow()
    recipients = Recipients(Kept(), slow, SCOPE, tmp_path, ahead=1)
    recipients.write(MAIL[:1])  # returns, though accounts have not heard of it
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(recipients.write, MAIL[1:2])
        assert not wait([second], 0.2).done
        slow.go.set()
        assert second.result(10).new == 1
    recipients.close()
    assert slow.heard == [["Jan@X.example"], ["jan@x.example"]]


@pytest.mark.parametrize("go_on", [lambda recipients: recipients.write(MAIL), Recipients.close])
def test_what_cannot_be_put_down_ends_the_run(tmp_path: Path, go_on: Callable[[Recipients], object]) -> None:
    """Neither told nor kept: the next write says so, or the end does."""
    (tmp_path / "file").touch()
    recipients = Recipients(Kept(), Away(), SCOPE, tmp_path / "file", ahead=1)
    recipients.write(MAIL)
    with pytest.raises(OSError, match="file"):
        go_on(recipients)
    with suppress(OSError):
        recipients.close()


def test_a_run_that_was_killed_is_mended_by_the_same_run(settings: Settings, tmp_path: Path) -> None:
    """Its events are there and accounts have not heard of them: they are told although nothing in them is new."""
    path = written(tmp_path)
    events = open_events(settings)
    events.write(MAIL[:3])
    events.close()
    assert told("index", str(path))["new"] == 0
    accounts = open_accounts(settings)
    assert kept(accounts) == FOUND
    accounts.close()


def test_what_waits_for_accounts_can_be_erased_and_cut_short(settings: Settings, tmp_path: Path) -> None:
    """A person is taken out of it, not while it is written to; a line that a kill cut short is passed over."""
    recipients = Recipients(Kept(), Away(), SCOPE, tmp_path)
    recipients.write(MAIL)
    assert recipients.problem == "away for 3 of default."
    person = Person("JAN@x.example")
    assert pending(tmp_path, person, dry_run=True).records == 2
    assert "End the run" in pending(tmp_path, person, dry_run=False).troubles[0]
    recipients.close()
    assert pending(tmp_path, person, dry_run=False).records == 2
    (path,) = tmp_path.glob("recipients-*.pending")
    assert "jan" not in path.read_text()
    path.write_text(path.read_text() + '["cut@x.exam')
    accounts = open_accounts(settings)
    Recipients(Kept(), accounts, SCOPE, tmp_path).write([])
    assert kept(accounts) == FOUND[:1]
    accounts.close()
