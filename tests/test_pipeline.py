"""A whole run: exact counts, flat order, stopping, and that nothing is lost or doubled when processes are killed."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from indexer import cutting, workers
from indexer.batches import Batches
from indexer.errors import IncompleteError, SourceError, UnknownFormatError, WorkerDiedError, WriteFailedError
from indexer.formats.ndjson import NdjsonFormat, Unjoined
from indexer.pipeline import Progress, run
from indexer.records import Block, Parsed, Rejected
from indexer.sources import Piece
from indexer.workers import Workers, parsed_safely
from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.event import Event
from store.events import Query, Scope, Sort, WriteReport

ROOT = Path(__file__).parent.parent
NINE = 1_730_451_600_000
BAD = b'{"timestamp": "never"}\n'


def lines(count: int, start: int = 0) -> bytes:
    """Records of our own format, each different."""
    return b"".join(
        b'{"timestamp": %d, "type": "delivery", "sender": "a@s.example", "recipient": "b%d@x.example"}\n' % (NINE + number, number)
        for number in range(start, start + count)
    )


@dataclass
class Kept:
    """A store that keeps events in a list, in the order in which they came."""

    events: list[Event] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    concurrent_writes: int = 1

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep them; ids that are known already are not new."""
        self.before()
        known = {event.id for event in self.events}
        self.events += events
        return WriteReport(new=len({event.id for event in events} - known))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few records, and worker processes from the first block on."""
    monkeypatch.setattr(cutting, "BLOCK", 2000)
    monkeypatch.setattr(workers, "SMALL", 1)
    monkeypatch.setattr("indexer.sources._CHUNK", 1000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("processes", [0, 2])
def test_counts_are_exact_and_order_is_kept(processes: int, tmp_path: Path) -> None:
    """Whoever parses: records read, events, new ones, and rejected ones with their places, which are kept."""
    source, letters = tmp_path / "in.ndjson", tmp_path / "dead.ndjson"
    source.write_bytes(lines(300) + BAD + lines(200, 300) + lines(10))
    store = Kept()
    summary = run([source], store, dead_letter=letters, processes=processes)
    assert (summary.read, summary.events, summary.new, summary.rejected) == (511, 510, 500, 1)
    assert [event.timestamp for event in store.events] == [*range(NINE, NINE + 500), *range(NINE, NINE + 10)]
    (kept,) = map(json.loads, letters.read_text().splitlines())
    assert (kept["source"], kept["line"], kept["offset"]) == (str(source), 301, len(lines(300)))
    assert summary.examples[0].line == 301


def test_an_event_that_is_completed_later_counts_once(tmp_path: Path) -> None:
    """A log whose earlier part lacks the sender gives the event, and again when the later part names it: written twice, read once."""
    told = (
        "4XyZ12abCdz1V0g6: to=<jan@klant.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)",
        "4XyZ12abCdz1V0g6: from=<a@s.example>, size=1",
    )
    paths = [tmp_path / "mail.log.1", tmp_path / "mail.log"]
    for minute, (path, message) in enumerate(zip(paths, told, strict=True), 10):
        path.write_text(f"2024-11-23T11:{minute}:00+00:00 mx1 postfix/qmgr[1]: {message}\n")
    store = Kept()
    summary = run(paths, store, processes=0)
    assert [event.sender for event in store.events] == [None, "a@s.example"]
    assert (summary.read, summary.events, summary.new) == (2, 1, 1)
    assert not summary.stopped


def test_a_second_run_adds_nothing_and_a_mended_letter_adds_one(tmp_path: Path) -> None:
    """Into the embedded store, from three formats at once."""
    postfix = b"Nov  1 09:00:00 mx1 postfix/smtp[7]: 4XaB12cdEFz1: to=<b@x.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (no)\n"
    ses = {"eventType": "Send", "mail": {"timestamp": "2024-11-01T09:00:00.000Z", "messageId": "m", "source": "a@s.example"}, "send": {}}
    ses["mail"]["destination"] = ["b@x.example"]
    (tmp_path / "a").write_bytes(lines(50) + BAD)
    (tmp_path / "b").write_bytes(postfix)
    (tmp_path / "c").write_text(json.dumps(ses))
    store, letters = EmbeddedStore(tmp_path / "store"), tmp_path / "dead.ndjson"
    paths = [tmp_path / name for name in "abc"]
    first = run(paths, store, dead_letter=letters)
    again = run(paths, store)
    assert (first.read, first.new, first.rejected) == (53, 52, 1)
    assert (again.read, again.new, again.rejected) == (53, 0, 1)
    mended = (
        letters.read_text()
        .replace("never", "2024-11-02")
        .replace('\\"}', '\\", \\"type\\": \\"bounce\\", \\"recipient\\": \\"c@x.example\\"}')
    )
    letters.write_text(mended)
    assert run([letters], store).new == 1
    assert store.count(Query(), Scope.operator()) == 53
    store.close()


def test_a_bad_start_writes_nothing(tmp_path: Path) -> None:
    """A missing file, or one that is not recognised, is told before the first is read."""
    (tmp_path / "good").write_bytes(lines(5))
    (tmp_path / "diary").write_bytes(b"Dear diary\n")
    store = Kept()
    with pytest.raises(SourceError, match="there is no such file"):
        run([tmp_path / "good", tmp_path / "none"], store)
    with pytest.raises(UnknownFormatError, match="diary"):
        run([tmp_path / "good", tmp_path / "diary"], store)
    assert store.events == []


def test_the_dead_letter_file_is_not_read_in_the_run_that_writes_it(tmp_path: Path) -> None:
    """It would never end."""
    path = tmp_path / "dead.ndjson"
    path.write_bytes(BAD)
    with pytest.raises(SourceError, match="is also the dead-letter file of this run"):
        run([path], Kept(), format="ndjson", dead_letter=path)


def test_a_damaged_source_fails_the_run_at_its_end(tmp_path: Path) -> None:
    """What could be read of it, and the other sources, are kept and counted."""
    (tmp_path / "bad.gz").write_bytes(gzip.compress(lines(5))[:-4])
    (tmp_path / "good").write_bytes(lines(5, 5))
    store = Kept()
    with pytest.raises(IncompleteError, match=r"bad\.gz: the compressed data is cut off") as caught:
        run([tmp_path / "bad.gz", tmp_path / "good"], store)
    assert caught.value.summary.new == len(store.events) == 10


def test_a_store_that_fails_is_named_with_the_place(tmp_path: Path) -> None:
    """And with what to do."""
    path = tmp_path / "in"
    path.write_bytes(lines(5))

    def away() -> None:
        raise StoreUnavailableError("the disk is full")

    with pytest.raises(
        WriteFailedError, match=r"up to .*in, line 1 could not be written: the disk is full\. .* run the same command again"
    ):
        run([path], Kept(before=away))


@pytest.mark.usefixtures("small_blocks")
def test_stopping_ends_after_a_batch(tmp_path: Path) -> None:
    """What was joined is written, the summary says that it was stopped, and the same run again does the rest."""
    path = tmp_path / "in"
    path.write_bytes(lines(2000))
    stop, store = threading.Event(), Kept()

    def halfway(progress: Progress) -> None:
        if progress.read > 1000:
            stop.set()

    summary = run([path], store, stop=stop, progress=halfway)
    assert summary.stopped
    assert 1000 < summary.read == len(store.events) < 2000
    assert run([path], store).new == 2000 - summary.read


def test_progress_tells_bytes_and_counts(tmp_path: Path) -> None:
    """The last one is the whole."""
    path, told = tmp_path / "in", []
    path.write_bytes(lines(10) + BAD)
    run([path], Kept(), progress=told.append)
    assert told[-1] == Progress(path.stat().st_size, path.stat().st_size, 11, 10, 1, str(path))


def test_a_followed_file_is_written_as_it_grows_until_stopped(tmp_path: Path) -> None:
    """Within a second or two, without waiting for a batch to fill."""
    path, store, stop = tmp_path / "in", Kept(), threading.Event()
    path.write_bytes(lines(3))
    thread = threading.Thread(target=run, args=([path], store), kwargs={"follow": True, "stop": stop})
    thread.start()
    until(lambda: len(store.events) == 3)
    with path.open("ab") as file:
        file.write(lines(2, 3))
    until(lambda: len(store.events) == 5)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def until(done: Callable[[], bool], seconds: float = 8) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_batch_that_waits_is_written_after_a_second() -> None:
    """A slow stream does not hide its last event until the next one comes."""
    store = Kept()
    with Batches(store, lambda *_: None) as batches:
        batches.add(NdjsonFormat().parse(Block("x", lines(1), 1, 0, 0.0)).events)
        batches.write_due()
        batches._oldest -= 1.0
        batches.write_due()
        until(lambda: len(store.events) == 1)
        batches.flush()


class Brittle:
    """A format with a defect: one kind of record makes it raise."""

    name = "brittle"

    def recognises(self, sample: bytes) -> bool:
        """Anything."""
        return bool(sample)

    def cut(self, data: bytes) -> int:
        """Lines."""
        return data.rfind(b"\n") + 1

    def parse(self, block: Block) -> Parsed:
        """Falls over `boom`, and ends its process on `die`."""
        if b"boom" in block.data:
            raise KeyError("boom")
        if b"die" in block.data:
            os.kill(os.getpid(), signal.SIGKILL)
        return Parsed(read=block.data.count(b"\n"))

    def joiner(self) -> Unjoined:
        """Not needed."""
        return Unjoined()


def test_a_record_that_breaks_its_reader_is_rejected_alone() -> None:
    """A defect in a format costs that record, with its place, and no other."""
    block = Block("x", b"a\nb\nboom\nc\nd\n", 11, 100, 0.0)
    parts = parsed_safely(Piece(Brittle(), block))
    assert sum(part.read for part in parts) == 5
    (rejected,) = [one for part in parts for one in part.rejected]
    assert rejected == Rejected("x", 13, 104, "the brittle reader failed on it (KeyError: 'boom')", b"boom\n")


def test_a_worker_that_dies_is_a_clear_error() -> None:
    """It names what it was reading, how it ended and how to go on; nothing hangs."""
    pieces = [Piece(Brittle(), Block("x.log", data, 7, 0, 0.0)) for data in (b"a\n", b"die\n", b"b\n")]
    with (
        Workers(2) as crew,
        pytest.raises(WorkerDiedError, match=r"x\.log, line 7: .* was ended by signal 9 .* run the same command again"),
    ):
        list(crew.in_order(pieces))


INDEX = textwrap.dedent("""
    import sys
    from pathlib import Path
    from indexer import batches, cutting, workers
    from indexer.pipeline import run
    from store.embedded import EmbeddedStore
    batches.SIZE, cutting.BLOCK, workers.SMALL = 500, 20_000, 1
    if __name__ == "__main__":
        store = EmbeddedStore(Path(sys.argv[1]))
        print(run(sys.argv[2:], store, processes=2, progress=lambda at: print(at.events, flush=True)))
""")


def indexing(script: Path, *arguments: Path, temporary: Path) -> subprocess.Popen[str]:
    """A process group of its own that indexes."""
    script.write_text(INDEX)
    command = [sys.executable, str(script), *map(str, arguments)]
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def group_is_gone(group: int) -> bool:
    """Whether no process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(("whole_group", "after"), [(True, 500), (False, 1_500), (True, 2_500)])
def test_a_run_killed_at_any_moment_goes_on_without_loss(whole_group: bool, after: int, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    """With -9, all its processes or only the parent: no worker or temporary file stays, and the same command again loses nothing."""
    source, folder = tmp_path / "in.ndjson", tmp_path / "store"
    source.write_bytes(lines(4_000))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = indexing(tmp_path / "index.py", folder, source, temporary=temporary)
    assert process.stdout is not None
    acknowledged = 0
    while acknowledged < after:
        acknowledged = int(process.stdout.readline())
    time.sleep(random.Random(after).random() * 0.1)  # noqa: S311 - a moment, not a secret
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    until(lambda: group_is_gone(process.pid))
    assert list(temporary.iterdir()) == []
    store = EmbeddedStore(folder)
    summary = run([source], store)
    assert summary.events == 4_000
    assert summary.new <= 4_000 - acknowledged
    assert store.count(Query(), Scope.operator()) == 4_000
    assert len({event.id for event in store.export(Query(), Scope.operator(), Sort())}) == 4_000
    store.close()
