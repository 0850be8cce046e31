"""What only the embedded engine has: files, processes, locks, and kills."""

import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from store.embedded import EmbeddedStore
from store.embedded.schema import FORMAT
from store.errors import StoreBusyError, StoreDamagedError, StoreUnavailableError
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort, Verdict
from store.tree import Exact

ROOT = Path(__file__).parent.parent
ALL = Scope.operator()
BEGIN = 1_730_300_000_000  # two days before the end of October 2024


def event(number: int, **fields: str) -> Event:
    """One of a row of events, an hour apart, that cross the end of a month."""
    given: dict[str, str] = {"type": "delivery", "source": "test", "recipient": f"person{number}@x.example", **fields}
    return Event(id=event_id("test", str(number)), timestamp=BEGIN + number * 3_600_000, sender="jan@one.example", **given)


@contextmanager
def python(code: str, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own that runs `code` with the store imported; killed in the end."""
    head = (
        "import sys, time\nfrom pathlib import Path\nsys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']\n"
        "from store.embedded import EmbeddedStore\nfrom test_embedded import event\n"
    )
    command = [sys.executable, "-c", head + code, str(ROOT), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    """The next line a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


WRITER = """
store = EmbeddedStore(Path(sys.argv[2]))
for first in range(int(sys.argv[3]), 100_000, 40):
    store.write([event(number) for number in range(first, first + 40)])
    print(first + 40, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    """Killed with -9 at any moment and run again, every acknowledged event is there, once and whole; the lock is free."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    acknowledged = 0
    for _ in range(2):
        with python(WRITER, tmp_path, max(0, acknowledged - 80)) as process:
            for _ in range(rng.randrange(1, 12)):
                acknowledged = max(acknowledged, int(line(process)))
            time.sleep(rng.random() * 0.04)
            process.send_signal(signal.SIGKILL)
            assert process.stdout is not None
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
    store = EmbeddedStore(tmp_path, patience=5)
    store.write([event(number) for number in range(acknowledged, acknowledged + 10)])
    found = list(store.export(Query(), ALL, Sort()))
    assert len({each.id for each in found}) == len(found) == store.count(Query(), ALL)
    assert {event(number).id for number in range(acknowledged + 10)} <= {each.id for each in found}
    store.close()


def test_a_kill_while_a_month_is_written_anew_leaves_it_as_it_was(tmp_path: Path) -> None:
    """A removal that did not finish removed nothing; what it had built goes with the next write."""
    store = EmbeddedStore(tmp_path)
    store.write([event(number) for number in range(30)])
    store.close()
    code = (
        "import store.embedded.rewrite as rewrite\nfrom store.events import *\nfrom store.tree import Exact\n"
        "def slow(ask, real=rewrite._rest):\n    for each in real(ask):\n"
        "        print('writing', flush=True); time.sleep(5); yield each\n"
        "rewrite._rest = slow\n"
        "EmbeddedStore(Path(sys.argv[2])).delete(Query(Exact('recipient', 'person3@x.example')), Scope.operator())"
    )
    with python(code, tmp_path) as process:
        assert line(process) == "writing"
        assert any(entry.name.endswith(".building") for entry in tmp_path.iterdir())
        process.send_signal(signal.SIGKILL)
        process.wait()
    again = EmbeddedStore(tmp_path, patience=5)
    assert again.count(Query(), ALL) == 30
    again.write([event(31)])
    assert not any(entry.name.endswith(".building") for entry in tmp_path.iterdir())
    assert again.count(Query(), ALL) == 31
    again.close()


def test_a_reader_in_another_process_sees_each_commit(tmp_path: Path) -> None:
    """While one process writes, another finds what it has acknowledged, new months among it, without opening anything anew."""
    reader = EmbeddedStore(tmp_path)
    assert reader.count(Query(), ALL) == 0
    with python(WRITER, tmp_path, 0) as process:
        for _ in range(5):
            acknowledged = int(line(process))
            assert reader.count(Query(), ALL) >= acknowledged
            assert reader.search(Query(), ALL, Page(Sort(descending=True), 5)).total >= acknowledged
    reader.close()


def test_a_reader_follows_a_month_that_another_process_has_written_anew(tmp_path: Path) -> None:
    """A removal in another process shows in the next search here."""
    reader = EmbeddedStore(tmp_path)
    reader.write([event(number) for number in range(5)])
    reader.close()
    code = (
        "from store.events import *\nfrom store.tree import Exact\n"
        "print(EmbeddedStore(Path(sys.argv[2])).delete(Query(Exact('recipient', 'person3@x.example')), Scope.operator()), flush=True)"
    )
    with python(code, tmp_path) as process:
        assert line(process) == "1"
    assert reader.count(Query(), ALL) == 4
    reader.close()


def test_two_writing_processes_take_turns(tmp_path: Path) -> None:
    """A second process gets the lock between two batches of the first, says once that it waits, and neither loses anything."""
    waits: list[str] = []
    second = EmbeddedStore(tmp_path, patience=30, on_wait=lambda: waits.append("waits"))
    with python(WRITER, tmp_path, 1000) as process:
        line(process)
        for number in range(3):
            second.write([event(number)])
        acknowledged = int(line(process))
        process.kill()
        process.wait()
    assert waits
    assert second.count(Query(), ALL) >= 3 + acknowledged - 1000
    second.close()


HOLDER = """
from store.embedded.write import Writer
store = EmbeddedStore(Path(sys.argv[2]))
with store._writer.exclusive():
    print("holds", flush=True)
    time.sleep(60)
"""


def test_a_writer_gives_up_after_its_patience(tmp_path: Path) -> None:
    """When the lock does not come free in time, the error says who to wait for; reading goes on."""
    with python(HOLDER, tmp_path) as process:
        assert line(process) == "holds"
        waits: list[str] = []
        store = EmbeddedStore(tmp_path, patience=0.2, on_wait=lambda: waits.append("waits"))
        with pytest.raises(StoreBusyError, match="Another process"):
            store.write([event(1)])
        assert waits == ["waits"]
        assert store.count(Query(), ALL) == 0
        store.close()


def test_an_idle_writer_lets_go_when_another_waits(tmp_path: Path) -> None:
    """A server that wrote once does not keep others from writing while it lives."""
    idle, other = EmbeddedStore(tmp_path), EmbeddedStore(tmp_path, patience=10)
    idle.write([event(1)])
    other.write([event(2)])
    idle.write([event(3)])
    assert other.count(Query(), ALL) == 3
    other.close()
    idle.close()


def test_an_idle_writer_whose_folder_is_taken_away_lets_go(tmp_path: Path) -> None:
    """The thread that looks whether somebody waits ends without an error (pytest would fail on one), and the next write begins anew."""
    store = EmbeddedStore(tmp_path / "events")
    store.write([event(1)])
    (tmp_path / "events").rename(tmp_path / "aside")
    deadline = time.monotonic() + 10
    while any(thread.name == "event-writer-idle" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    fresh = EmbeddedStore(tmp_path / "events")
    assert fresh.write([event(2)]).new == 1
    fresh.close()
    store.close()


def test_threads_write_and_read_at_once(tmp_path: Path) -> None:
    """Several threads of a server share one store."""
    store = EmbeddedStore(tmp_path)
    errors: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 5):
                store.write([event(number)])
                assert store.search(Query(), ALL, Page(Sort("recipient"), 50)).total > 0
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.count(Query(), ALL) == 15
    store.close()


def test_a_fork_reads_and_writes_with_handles_of_its_own(tmp_path: Path) -> None:
    """A worker forked from a process that has used the store can use it too, and leaves the parent's lock alone."""
    code = (
        "import os\nfrom store.events import *\nstore = EmbeddedStore(Path(sys.argv[2]), patience=10)\nstore.write([event(1)])\n"
        "store.count(Query(), Scope.operator())\nchild = os.fork()\nif not child:\n"
        "    print('child', store.count(Query(), Scope.operator()), store.write([event(2)]).new, flush=True)\n    os._exit(0)\n"
        "os.waitpid(child, 0)\nstore.write([event(3)])\nprint('parent', store.count(Query(), Scope.operator()), flush=True)\n"
    )
    with python(code, tmp_path) as process:
        assert line(process) == "child 1 1"
        assert line(process) == "parent 3"


def bytes_under(folder: Path) -> bytes:
    """All that lies in a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_removed_address_is_in_no_file(tmp_path: Path) -> None:
    """After a removal the folder's bytes no longer hold the address, nor its words."""
    store = EmbeddedStore(tmp_path)
    store.write(
        [event(number) for number in range(20)] + [event(7, recipient="Forgetme@gone.example", diagnostic="<forgetme@gone.example>: no")]
    )
    assert b"orgetme" in bytes_under(tmp_path)
    assert store.delete(Query(Exact("recipient", "forgetme@gone.example")), ALL) == 1
    assert b"orgetme" not in bytes_under(tmp_path)
    assert store.count(Query(), ALL) == 19
    store.close()


def test_a_replaced_text_is_in_no_file(tmp_path: Path) -> None:
    """Nor do they after an event has been replaced by another."""
    store = EmbeddedStore(tmp_path)
    store.write([event(number) for number in range(20)] + [event(7, diagnostic="<forgetme@gone.example>: no")])

    def judge(found: Event) -> Verdict | None:
        return Verdict(msgspec.structs.replace(found, diagnostic="no"), "changed") if found.diagnostic else None

    assert b"orgetme" in bytes_under(tmp_path)
    assert store.rewrite(Query(), ALL, judge) == Counter(changed=1)
    assert b"orgetme" not in bytes_under(tmp_path)
    assert store.count(Query(), ALL) == 20
    store.close()


def test_a_folder_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    """An older portal neither reads nor writes what it does not know, and says what to do."""
    store = EmbeddedStore(tmp_path)
    store.write([event(1)])
    store.close()
    (tmp_path / "format").write_text("999\n")
    later = EmbeddedStore(tmp_path)
    for use in (lambda: later.count(Query(), ALL), lambda: later.write([event(2)])):
        with pytest.raises(StoreUnavailableError, match=r"format 999.*move the folder aside"):
            use()


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 100, b"[]"], ids=["empty", "cut", "zeros", "no index"])
def test_a_damaged_month_is_an_error_that_names_the_folder(tmp_path: Path, damage: bytes) -> None:
    """Broken files are no crash and no empty answer."""
    store = EmbeddedStore(tmp_path)
    store.write([event(1)])
    store.close()
    (month,) = (entry for entry in tmp_path.iterdir() if entry.is_dir())
    (month / "meta.json").write_bytes(damage)
    with pytest.raises(StoreDamagedError, match="Move that folder out") as damaged:
        EmbeddedStore(tmp_path).count(Query(), ALL)
    assert str(month) in str(damaged.value)
    assert not ENGINES_WORDS.search(str(damaged.value))


ENGINES_WORDS = re.compile("tantivy|Error|magic|Custom|unwrap|rrno")


@pytest.mark.parametrize("kind", ["store", "term", "fast", "fieldnorm"])
def test_missing_or_emptied_segments_are_an_error_that_names_the_month(tmp_path: Path, kind: str) -> None:
    """A month whose files were taken away or cut off cannot be read, and says which folder to move, not what the engine calls it."""
    folder = tmp_path / "events"
    store = EmbeddedStore(folder)
    store.write([event(1), event(100)])  # of two months
    store.close()
    (_, month) = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    for damage in (lambda path: path.write_bytes(path.read_bytes()[:20]), Path.unlink):
        for path in month.glob(f"*.{kind}"):
            damage(path)
        damaged = EmbeddedStore(folder)
        for use in (lambda: damaged.search(Query(), ALL, Page()), lambda: damaged.write([event(101)]), damaged.ping):  # noqa: B023 - used at once
            with pytest.raises(StoreDamagedError) as error:
                use()
            assert re.match(f"The events of 2024-11 are damaged.* {month} ", str(error.value))
            assert not ENGINES_WORDS.search(str(error.value))
        damaged.close()
    month.rename(tmp_path / "aside")
    assert EmbeddedStore(folder).write([event(100)]).new == 1
    assert EmbeddedStore(folder).count(Query(), ALL) == 2


def test_damage_that_shows_only_in_a_search_names_the_month(tmp_path: Path) -> None:
    """Broken bytes inside a file are found when they are read; the error says which folder to look at."""
    store = EmbeddedStore(tmp_path)
    store.write([event(number, diagnostic="no such user") for number in range(30)])
    store.close()
    (month,) = (entry for entry in tmp_path.iterdir() if entry.is_dir())
    for path in month.glob("*.store"):
        path.write_bytes(b"\xa5" * (path.stat().st_size // 2) + path.read_bytes()[path.stat().st_size // 2 :])
    with pytest.raises(StoreDamagedError, match=f"2024-10 could not be read.*{month}"):
        EmbeddedStore(tmp_path).search(Query(), ALL, Page(Sort("recipient")))


@pytest.mark.parametrize("text", ["", "two", "\x00\xff", None])
def test_a_damaged_format_file_has_a_cure_of_its_own(tmp_path: Path, text: str | None) -> None:
    """Nothing is guessed about months of an unknown version: neither read nor written, and the sentence names the file."""
    store = EmbeddedStore(tmp_path)
    store.write([event(1)])
    store.close()
    marker = tmp_path / "format"
    marker.unlink() if text is None else marker.write_text(text, "latin-1")
    later = EmbeddedStore(tmp_path)
    for use in (lambda: later.count(Query(), ALL), lambda: later.write([event(2)]), later.make):
        with pytest.raises(StoreDamagedError, match=f"The file {marker} is damaged or missing.*write the number"):
            use()
    marker.write_text(f"{FORMAT}\n")
    assert later.count(Query(), ALL) == 1


@pytest.mark.parametrize("lost", [".", "format"])
def test_a_store_that_is_gone_is_no_empty_store(tmp_path: Path, lost: str) -> None:
    """Where there was a store, a folder that was moved is an error in every use, until it is back; nothing is made in its place."""
    folder, aside = tmp_path / "events", tmp_path / "aside"
    store = EmbeddedStore(folder)
    assert store.count(Query(), ALL) == 0
    store.write([event(1)])
    store.close()
    later = EmbeddedStore(folder, made=True)
    (folder / lost).resolve().rename(aside)
    uses: list[Callable[[], object]] = [
        store.ping, lambda: store.count(Query(), ALL), lambda: next(store.export(Query(), ALL, Sort())), lambda: store.write([event(2)]),
        lambda: store.get(event(1).id, ALL), lambda: later.search(Query(), ALL, Page()), later.ping,
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(StoreUnavailableError, match=f"that were in {folder} are gone"):
            use()
    aside.rename((folder / lost).resolve())
    assert store.count(Query(), ALL) == later.count(Query(), ALL) == 1
    store.close()


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """The data folder must be a folder."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnavailableError, match="data"):
        EmbeddedStore(tmp_path / "data").write([event(1)])


def test_a_full_disk_loses_the_batch_and_nothing_else(tmp_path: Path) -> None:
    """When files can grow no more, the write fails with the folder's name; what was acknowledged stays readable, and writing can go on."""
    code = (
        "import resource, signal\nfrom store.errors import StoreUnavailableError\nfrom store.events import *\n"
        "store = EmbeddedStore(Path(sys.argv[2]))\nstore.write([event(1)])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))\n"
        "try:\n    store.write([event(number, diagnostic='x y ' * number) for number in range(2, 40)])\n"
        "except StoreUnavailableError as error:\n    print('refused', sys.argv[2] in str(error), flush=True)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "print(store.count(Query(), Scope.operator()) < 40, store.write([event(50)]).new, flush=True)\n"
    )
    with python(code, tmp_path) as process:
        assert line(process) == "refused True"
        assert line(process) == "True 1"
    assert EmbeddedStore(tmp_path).count(Query(Exact("recipient", "person1@x.example")), ALL) == 1


def test_a_closed_store_holds_nothing(tmp_path: Path) -> None:
    """After `close` another writer need not wait, and no thread of the store is left."""
    before = set(threading.enumerate())
    store = EmbeddedStore(tmp_path)
    store.write([event(number) for number in range(0, 2000, 400)])
    store.search(Query(), ALL, Page(Sort("recipient")))
    store.close()
    waits: list[str] = []
    other = EmbeddedStore(tmp_path, on_wait=lambda: waits.append("waits"))
    other.write([event(1)])
    other.close()
    assert waits == []
    assert not [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("event-months")]
