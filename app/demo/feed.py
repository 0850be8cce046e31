"""Feeds sample mail into the demo's own data folder, through the parsers and the pipeline that real mail goes through.

Run as a process of its own beside the server: `python -m app.demo.feed FOLDER PARENT`. It prints one line when there is mail to look at,
fills in the older days after that, and ends with the process that started it, whose id is PARENT.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.demo import postfix_log, ses_records
from app.demo.numbers import give
from app.demo.people import customer_scope
from app.demo.plan import LIFE, Message, messages, one
from app.demo.sample import SOURCE, sample
from app.settings import Settings, SettingsError
from app.stores import EVENTS, has_events, open_accounts, open_events
from indexer.errors import IndexingError, WriteFailedError
from indexer.pipeline import run
from indexer.recipients import Recipients
from store.accounts import Accounts
from store.errors import AccountsUnavailableError, StoreDamagedError, StoreError
from store.event import milliseconds
from store.events import EventStore, EventWriter, Query, Scope

SEED = "waterveld"
DAYS = 30
_FIRST = timedelta(days=12)  # holds every story of the help at least once
_PAUSE = 4.0  # seconds between two new messages
_LOOK = 0.5  # seconds between two looks at who started this process
_LAG = timedelta(seconds=4)  # a new message began this long ago, so that its delivery has mostly happened
_ABANDONED = 3600  # seconds after which records still lying there are nobody's
_MARK = "demo.json"  # says that the folder is the demo's, of which sample, and up to when it is filled


@dataclass
class Session:
    """Whether to stop, and the line that says once that there is mail to look at."""

    stop: threading.Event = field(default_factory=threading.Event)
    told: bool = False

    def ready(self) -> None:
        """Say so, the first time."""
        if not self.told:
            print("ready", flush=True)  # noqa: T201  # the one line that the server's process waits for
        self.told = True


def prepare(folder: Path) -> datetime | None:
    """Make the folder fit for this version's sample mail; up to when it is filled, or None where it is empty now.

    What another version of the demo left is removed; what is not the demo's at all is moved aside, never removed.
    """
    mark = _mark_in(folder)
    if mark is None and folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        folder.rename(folder.with_name(f"{folder.name}-not-ours-{datetime.now(UTC):%Y%m%d%H%M%S}"))
    elif mark is not None and mark.get("sample") != _fingerprint():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("records-*"):
        if left.stat().st_mtime < datetime.now(UTC).timestamp() - _ABANDONED:
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    until = (_mark_in(folder) or {}).get("until")
    if not isinstance(until, int):
        mark_until(folder, None)
        return None
    return datetime.fromtimestamp(until / 1000, UTC)


def fill(folder: Path, store: EventWriter, since: datetime | None, now: datetime, session: Session) -> None:
    """Bring the store up to `now`: the last 30 days, or only what has happened since it was last filled; then mark how far that is.

    An empty store gets its newest days first, so that there is something to look at soon.
    """
    zone = ZoneInfo(sample().sending.zone)
    oldest = datetime.combine((now.astimezone(zone) - timedelta(days=DAYS)).date(), time(), zone)
    recent = max(oldest, now - _FIRST)
    for start, end in [(since, now)] if since is not None else [(recent, now), (oldest, recent)]:
        planned = (message for day in days(max(start - LIFE, oldest), end) for message in messages(SEED, day))
        feed(planned, start, end, store, folder, session.stop)
        if session.stop.is_set():
            return
        session.ready()
    mark_until(folder, now)


def feed(  # noqa: PLR0913, PLR0917  # a window of time, where to, and when to stop
    planned: Iterable[Message], since: datetime, now: datetime, store: EventWriter, folder: Path, stop: threading.Event
) -> None:
    """Index the records of every message of which something happened between `since` and `now`.

    Each message's whole life up to now is written: what is known already is known under the same ids, and a log that begins in
    the middle of a message would not say who sent it.
    """
    low, high = milliseconds(since), milliseconds(now)
    due = [message for message in planned if any(low < at <= high for at in (message.start, *(step.at for step in message.steps)))]
    with tempfile.TemporaryDirectory(prefix="records-", dir=folder) as work:
        # So few records are read sooner than another process has started.
        run(written(due, high, Path(work)), store, stop=stop, processes=0)


def written(due: Sequence[Message], until: int, folder: Path) -> list[Path]:
    """The records of these messages up to `until` (ms since 1970) as files: a Postfix log and SES event records, in order of time."""
    log = sorted(line for message in due if message.customer.route == "postfix" for line in postfix_log.lines(message, until))
    records = sorted(record for message in due if message.customer.route != "postfix" for record in ses_records.records(message, until))
    files = {folder / "mail.log": log, folder / "ses-events.json": records}
    for path, entries in files.items():
        path.write_text("".join(f"{text}\n" for _, text in entries), encoding="utf-8")
    return [path for path, entries in files.items() if entries]


def days(start: datetime, end: datetime) -> Iterator[date]:
    """The days, in the sending server's zone, from one moment to another."""
    zone = ZoneInfo(sample().sending.zone)
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        yield day
        day += timedelta(days=1)


def trickle(folder: Path, store: EventWriter, since: datetime, stop: threading.Event) -> None:
    """Let time go on: what the plan has for now, and a message of its own every few seconds, until told to stop."""
    upcoming = [message for day in days(since - LIFE, since) for message in messages(SEED, day)]
    while not stop.wait(_PAUSE):
        now = datetime.now(UTC)
        upcoming += [message for day in list(days(since, now))[1:] for message in messages(SEED, day)]
        upcoming.append(one(SEED, milliseconds(now - _LAG)))
        feed(upcoming, since - _LAG, now, store, folder, stop)
        if not stop.is_set():
            mark_until(folder, now)
        upcoming = [message for message in upcoming if message.steps[-1].at > milliseconds(now)]
        since = now


def mark_until(folder: Path, until: datetime | None) -> None:
    """Note up to when the folder is filled, in one step, so that a kill leaves the old note or the new one."""
    note = {"sample": _fingerprint(), "until": None if until is None else milliseconds(until)}
    draft = folder / f"{_MARK}.new"
    draft.write_text(json.dumps(note), encoding="utf-8")
    draft.replace(folder / _MARK)


def stop_with(parent: int, stop: threading.Event) -> None:
    """Stop when the process that started this one has ended, even if it was interrupted while it did: nobody else would."""
    while not stop.wait(_LOOK):
        if os.getppid() != parent:
            stop.set()


def main(folder: Path, parent: int) -> None:
    """Fill the folder, say so on standard output, and let mail trickle in until SIGINT or SIGTERM, or the end of `parent`."""
    session = Session()
    threading.Thread(target=stop_with, args=(parent, session.stop), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: session.stop.set())
    try:
        while tended(folder, session):
            print("The folder of the sample mail was taken away; making it anew.", file=sys.stderr, flush=True)  # noqa: T201  # a person reads it
    except (StoreError, IndexingError, SettingsError) as error:
        sys.exit(f"The sample mail cannot be written: {error}")
    except OSError as error:
        sys.exit(f"The sample mail cannot be written: {error.filename or folder}: {error.strerror}.")


def tended(folder: Path, session: Session) -> bool:
    """Fill the folder and let mail trickle in until told to stop. True: the folder was taken away meanwhile, and can be made anew."""
    since, now = prepare(folder), datetime.now(UTC)
    try:
        with closing(open_accounts(Settings(data=folder))) as accounts, closing(_filled(folder, since, now, session, accounts)) as store:
            give(accounts)
            trickle(folder, _noting(store, accounts, folder), now, session.stop)
    except AccountsUnavailableError:
        raise
    except (StoreError, IndexingError, OSError):
        if (folder / _MARK).exists() and has_events(folder):
            raise
        if (folder / _MARK).exists():  # only the events are gone
            mark_until(folder, None)
        return True
    return False


def _noting(store: EventWriter, accounts: Accounts, folder: Path) -> Recipients:
    """What writes events and has accounts of their recipients."""
    return Recipients(store, accounts, customer_scope(), folder)


def _filled(folder: Path, since: datetime | None, now: datetime, session: Session, accounts: Accounts) -> EventStore:
    """The store, filled up to now. One that cannot be read, by whatever befell it, is made anew: it holds sample mail only."""
    store = open_events(Settings(data=folder))
    try:
        store.count(Query(), Scope.operator())
        fill(folder, _noting(store, accounts, folder), since if has_events(folder) else None, now, session)
    except (StoreDamagedError, WriteFailedError) as error:
        store.close()
        if isinstance(error, WriteFailedError) and not isinstance(error.__cause__, StoreDamagedError):
            raise
        mark_until(folder, None)
        shutil.rmtree(folder / EVENTS)
        store = open_events(Settings(data=folder))
        fill(folder, _noting(store, accounts, folder), None, now, session)
    return store


def _mark_in(folder: Path) -> dict[str, object] | None:
    try:
        note = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def _fingerprint() -> str:
    """Changes with anything that the sample mail in the store was made by: this sample, the parsers, the engine."""
    root = SOURCE.parents[2]
    sources = sorted(
        path for room in ("app/demo", "indexer", "store") for path in (root / room).rglob("*") if path.suffix in {".py", ".toml"}
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
