"""The sample mail: the same for a seed and a clock, read whole by the real parsers, kept and completed between runs."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.demo import feed, plan, postfix_log, ses_records
from app.demo.numbers import give
from app.demo.people import customer_scope
from app.demo.plan import Message, Step
from app.demo.sample import sample
from app.settings import Settings
from app.stores import existing_events, open_accounts
from indexer.pipeline import run
from indexer.summary import Summary
from store.accounts import Wanted
from store.event import Event, milliseconds
from store.events import Query, Scope, WriteReport

DAY = date(2026, 3, 29)  # a Sunday on which the clocks change
MONDAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = milliseconds(NOON + timedelta(days=30))


class Kept:
    """A writer that keeps events in a dictionary, for looking at them all."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}

    concurrent_writes = 1

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep them; later readings of an id replace earlier ones."""
        new = len({event.id for event in events} - set(self.events))
        self.events |= {event.id: event for event in events}
        return WriteReport(new=new, same=len(events) - new)


def read(messages: list[Message], folder: Path) -> tuple[Kept, Summary]:
    """The events that the real pipeline makes of the records of these messages."""
    kept = Kept()
    return kept, run(feed.written(messages, LATER, folder), kept, processes=0)


def told(what: str, route: str) -> Message:
    """A message that gets one answer and then is delivered or not, by one route."""
    customer = next(customer for customer in sample().customer if customer.route == route)
    provider = next((provider for provider in sample().provider if what in provider.answers), sample().provider[0])
    start = milliseconds(NOON)
    address = f"{customer.senders[0]}@{customer.domain}"
    return Message(what, start, customer, provider, address, f"jan.bakker@{provider.domain}", "Hello", 4000, (Step(what, start + 900),))


@pytest.mark.parametrize("day", [DAY, MONDAY])
def test_a_day_is_the_same_whenever_it_is_made(day: date) -> None:
    """The same seed and day give the same messages; another seed gives others."""
    assert plan.messages("a", day) == plan.messages("a", day)
    assert plan.messages("a", day) != plan.messages("b", day)


def test_a_message_lives_in_order_and_not_too_long() -> None:
    """Steps follow each other in time, and none is later than what a top-up looks back for."""
    messages = [message for number in range(7) for message in plan.messages("a", MONDAY + timedelta(days=number))]
    for message in messages:
        times = [message.start, *(step.at for step in message.steps)]
        assert times == sorted(times)
        if not {step.what for step in message.steps} & {"open", "click", "complaint"}:
            assert times[-1] - times[0] <= plan.LIFE / timedelta(milliseconds=1)
    assert len({message.key for message in messages}) == len(messages)
    logged = [message for message in messages if message.customer.route == "postfix"]
    assert len({postfix_log.queue_id(message) for message in logged}) == len(logged)


def test_weekends_are_quiet() -> None:
    """Mail has the rhythm of offices."""
    assert len(plan.messages("a", MONDAY)) > 2 * len(plan.messages("a", DAY))


@pytest.mark.parametrize("route", ["postfix", "ses", "sns"])
@pytest.mark.parametrize("name", [name for provider in sample().provider for name in provider.answers])
def test_an_answer_is_read_as_what_it_was_made_for(name: str, route: str, tmp_path: Path) -> None:
    """Each answer of the sample, told by either kind of record, has the reason and the outcome that the sample says."""
    answer = sample().answer[name]
    kept, _ = read([told(name, route)], tmp_path)
    (event,) = [event for event in kept.events.values() if event.type != "send"]
    assert (event.type, event.reason, event.status) == (answer.kind, answer.reason, answer.status)


@pytest.mark.parametrize(("name", "route"), [("no-such-domain", "postfix"), ("suppressed", "ses"), ("suppressed", "sns")])
def test_what_our_own_side_refuses_is_a_reject(name: str, route: str, tmp_path: Path) -> None:
    """Postfix refuses a message before it has a queue id, SES one that it had taken; both name sender and recipient."""
    message = told(name, route)
    kept, summary = read([message], tmp_path)
    (event,) = [event for event in kept.events.values() if event.type != "send"]
    assert summary.rejected == 0
    assert (event.type, event.reason) == ("reject", sample().answer[name].reason)
    assert (event.sender, event.recipient) == (message.sender, message.recipient)


def test_every_record_is_read_and_every_step_is_an_event(tmp_path: Path) -> None:
    """A day's mail gives no rejected record, and one event for each thing that happened, each with its sender."""
    messages = plan.messages("a", MONDAY)
    kept, summary = read(messages, tmp_path)
    sent = sum(message.customer.route != "postfix" for message in messages)
    assert summary.rejected == 0
    assert len(kept.events) == sent + sum(len(message.steps) for message in messages)
    assert all(event.sender_domain and event.recipient for event in kept.events.values())


def test_a_month_is_20000_events_of_every_kind(tmp_path: Path) -> None:
    """The demo has what its help says, up to now and not beyond, and all the kinds of trouble that its stories are about."""
    kept = Kept()
    feed.fill(tmp_path, kept, None, NOON, feed.Session())
    events = kept.events.values()
    assert 19_000 < len(events) < 26_000
    assert max(event.timestamp for event in events) <= milliseconds(NOON)
    assert {"send", "delivery", "deferral", "bounce", "reject", "complaint", "open", "click"} == {event.type for event in events}
    reasons = {event.reason for event in events}
    assert {
        "unknown_user",
        "mailbox_full",
        "tls_failed",
        "reputation_blocked",
        "greylisted",
        "unknown_domain",
        "spam_rejected",
        "suppressed",
    } <= reasons
    assert {customer.domain for customer in sample().customer} == {event.sender_domain for event in events}


def test_the_person_of_the_first_five_minutes_is_there_on_any_day(tmp_path: Path) -> None:
    """In any two weeks there is the bounce that the README tells of, and after it the mail that arrived."""
    days = [MONDAY + timedelta(days=number) for number in range(14)]
    told = [message for day in days for message in plan.messages("a", day) if message.recipient.startswith("petra.de.wit")]
    kept, _ = read(told, tmp_path)
    found = {(event.recipient, event.type, event.reason) for event in kept.events.values()}
    bounced = ("petra.de.wittt@freemail.example", "bounce", "unknown_user")
    assert found == {bounced, ("petra.de.wit@freemail.example", "delivery", None)}


def test_topping_up_gives_what_one_run_gives(tmp_path: Path) -> None:
    """Filled in two steps or in one, the store holds the same events, and those of a message under way know their sender."""
    once, twice = Kept(), Kept()
    start = NOON - timedelta(days=3)
    feed.fill(tmp_path, once, start, NOON, feed.Session())
    for since, now in ((start, NOON - timedelta(days=1)), (NOON - timedelta(days=1), NOON)):
        feed.fill(tmp_path, twice, since, now, feed.Session())
    assert twice.events == once.events


def test_the_newest_days_come_first_and_nothing_is_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is mail to look at when part of it is there; whole, it is what one run in order of time gives. The line is said once."""
    monkeypatch.setattr(feed, "DAYS", 5)
    monkeypatch.setattr(feed, "_FIRST", timedelta(days=2))
    parted, whole, session = Kept(), Kept(), feed.Session()
    seen: list[int] = []

    def look() -> None:
        seen.append(min(event.timestamp for event in parted.events.values()))
        feed.Session.ready(session)

    monkeypatch.setattr(session, "ready", look)
    feed.fill(tmp_path, parted, None, NOON, session)
    feed.fill(tmp_path, whole, NOON - timedelta(days=5, hours=13), NOON, feed.Session())
    assert parted.events == whole.events
    assert seen[0] >= milliseconds(NOON - timedelta(days=5)) > seen[1]
    assert capsys.readouterr().out.split() == ["ready", "ready"]  # one of each session


def test_nothing_is_left_of_the_records(tmp_path: Path) -> None:
    """After filling, the folder holds the note of how far it is filled and no records."""
    feed.fill(tmp_path, Kept(), NOON - timedelta(hours=5), NOON, feed.Session())
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]
    assert feed.prepare(tmp_path) == NOON


def test_a_folder_that_is_not_the_demos_is_moved_aside(tmp_path: Path) -> None:
    """Somebody's folder of that name is never emptied."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    assert feed.prepare(folder) is None
    (moved,) = tmp_path.glob("demo-not-ours-*")
    assert (moved / "thesis.txt").read_text() == "mine"
    assert feed.prepare(folder) is None


def test_a_file_in_the_place_of_the_folder_is_moved_aside(tmp_path: Path) -> None:
    """A file of that name does not keep the demo from starting."""
    (tmp_path / "demo").write_text("mine")
    assert feed.prepare(tmp_path / "demo") is None
    assert (tmp_path / "demo").is_dir()


@pytest.mark.parametrize("note", [{"sample": "old", "until": 1}, {"until": "x"}, {"sample": None}])
def test_what_another_version_left_is_made_anew(note: dict[str, object], tmp_path: Path) -> None:
    """Sample mail of another version goes, so that the pages show what this one makes."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "demo.json").write_text(json.dumps(note))
    (folder / "events").write_text("old")
    assert feed.prepare(folder) is None
    assert [path.name for path in folder.iterdir()] == ["demo.json"]


def test_a_store_that_is_broken_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever befell the store of an earlier demo, the next one fills it again."""
    monkeypatch.setattr(feed, "DAYS", 1)
    for since in (feed.prepare(tmp_path), NOON):
        accounts = open_accounts(Settings(data=tmp_path))
        store = feed._filled(tmp_path, since, NOON, feed.Session(), accounts)
        give(accounts)
        assert (
            accounts.find(Wanted(limit=1), customer_scope()).total > accounts.find(Wanted(without_number=True), customer_scope()).total > 0
        )
        accounts.close()
        assert store.count(Query(), Scope.operator()) > 300
        store.close()
        files = [path for path in (tmp_path / "events").rglob("*") if path.is_file()]
        assert files
        for path in files:
            path.write_bytes(b"broken")


@pytest.mark.parametrize("lost", [".", "events"])
def test_a_folder_that_is_taken_away_is_made_anew(lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While mail trickles in, a folder that goes, or the events in it, ends the trickle; the next round fills it again."""
    monkeypatch.setattr(feed, "DAYS", 1)
    monkeypatch.setattr(feed, "_PAUSE", 0.05)
    folder, session = tmp_path / "demo", feed.Session()
    with ThreadPoolExecutor(1) as pool:
        round_one = pool.submit(feed.tended, folder, session)
        wait_until_filled(folder)
        (folder / lost).resolve().rename(tmp_path / "aside")
        assert round_one.result(30)
        round_two = pool.submit(feed.tended, folder, session)
        wait_until_filled(folder)
        session.stop.set()
        assert not round_two.result(30)
    store = existing_events(Settings(data=folder))
    assert store.count(Query(), Scope.operator()) > 300
    store.close()


def wait_until_filled(folder: Path) -> None:
    """Wait for the note that the folder is filled."""
    end = time.monotonic() + 30
    while not (folder / "demo.json").exists() or json.loads((folder / "demo.json").read_text())["until"] is None:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    """The process that makes the mail ends with it, not with a traceback."""
    (tmp_path / "file").touch()
    done = fed(tmp_path / "file" / "demo", os.getpid())
    assert done.returncode == 1
    assert re.fullmatch(r"The sample mail cannot be written: \S+: Not a directory\.\n", done.stderr)


def test_the_process_that_makes_the_mail_ends_when_nobody_is_there_any_more(tmp_path: Path) -> None:
    """Also where the one who started it was gone before it looked for the first time."""
    nobody = os.getpid() + 1
    assert fed(tmp_path / "demo", nobody).returncode == 0


def fed(folder: Path, parent: int) -> subprocess.CompletedProcess[str]:
    """What became of the process that makes the mail, started as if by `parent`."""
    command = [sys.executable, "-m", "app.demo.feed", str(folder), str(parent)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=Path(feed.__file__).parents[2])


def test_mail_trickles_in_until_told_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pause brings a message of its own."""
    monkeypatch.setattr(feed, "_PAUSE", 0.05)
    stop = threading.Event()
    kept = Kept()
    threading.Timer(1.0, stop.set).start()
    feed.trickle(tmp_path, kept, datetime.now(UTC), stop)
    assert len(kept.events) >= 2
    assert all(event.sender_domain for event in kept.events.values())


def test_notices_carry_the_record_as_text() -> None:
    """An SNS notice wraps the same record that SES gives raw."""
    ((_, raw), *_) = ses_records.records(told("free-unknown", "ses"), LATER)
    ((_, notice), *_) = ses_records.records(told("free-unknown", "sns"), LATER)
    assert json.loads(raw)["eventType"] == json.loads(json.loads(notice)["Message"])["eventType"] == "Send"
