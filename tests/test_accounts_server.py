"""The embedded Redis: started by whoever needs it, shared, ended when nobody does, and never the loss of what was acknowledged."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import psutil
import pytest
from redis_servers import free_port, redis_at, servers_in

from store.accounts import DEFAULT, Accounts, Imported, Row, Sighting, State, Wanted
from store.accounts.kept import Kept
from store.errors import AccountsUnavailableError
from store.events import Scope

ROOT = Path(__file__).parent.parent
SCOPE = Scope.operator(DEFAULT)
NUMBER = "+31612345678"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which no server is left running."""
    yield tmp_path / "accounts"
    ended(tmp_path / "accounts")


def ended(folder: Path) -> None:
    """Wait until no server runs there; it is told to end when its last user has gone."""
    deadline = time.monotonic() + 20
    while servers_in(folder):
        assert time.monotonic() < deadline, "the server stays"
        time.sleep(0.02)


def number(accounts: Accounts, name: str) -> str | None:
    """The number of an account."""
    account = accounts.get(f"{name}@x.example", SCOPE)
    return account and account.phone


def test_all_share_one_server_and_the_last_one_ends_it(folder: Path) -> None:
    """Other processes find it; what they wrote is there when it is started again."""
    first, second = Accounts(folder), Accounts(folder)
    first.put("jan@x.example", SCOPE, phone=NUMBER, by="first", version=None)
    script = (
        "import sys; from pathlib import Path; from store.accounts import Accounts; from store.events import Scope;"
        "Accounts(Path(sys.argv[1])).put('eva@x.example', Scope.operator('default'), phone='+31612345679', by='process', version=None)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, check=True)
    assert number(second, "eva") == "+31612345679"
    (server,) = servers_in(folder)
    first.close()
    assert number(second, "jan") == NUMBER
    assert server.is_running()
    second.close()
    ended(folder)
    again = Accounts(folder)
    assert (number(again, "jan"), number(again, "eva")) == (NUMBER, "+31612345679")
    again.close()


def test_a_user_that_is_killed_keeps_no_server(folder: Path) -> None:
    """The kernel lets go of its lock."""
    script = (
        "import sys, time; from pathlib import Path; from store.accounts import Accounts;"
        "print(Accounts(Path(sys.argv[1])).ping().ok, flush=True); time.sleep(60)"
    )
    user = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    assert user.stdout.readline() == "True\n"
    assert len(servers_in(folder)) == 1
    user.kill()
    user.communicate()
    ended(folder)


def test_many_who_come_at_once_start_one(folder: Path) -> None:
    """Whoever comes first starts it, the others wait for it."""
    stores = [Accounts(folder) for _ in range(8)]
    threads = [threading.Thread(target=store.ping) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.ping().ok for store in stores] == [True] * 8
    assert len(servers_in(folder)) == 1
    for store in stores:
        store.close()


def test_a_keeper_that_is_killed_takes_the_server_along(folder: Path) -> None:
    """And the next call starts both anew."""
    accounts = Accounts(folder)
    accounts.put("jan@x.example", SCOPE, phone=NUMBER, by="x", version=None)
    (server,) = servers_in(folder)
    keeper = server.parent()
    assert keeper is not None
    assert "keeper.py" in " ".join(keeper.cmdline())
    keeper.kill()
    ended(folder)
    assert number(accounts, "jan") == NUMBER
    accounts.close()


# Only Linux has the short name of an open folder that a long one is reached by.
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a long path is refused with its cure")
def test_the_path_of_the_folder_may_be_long(tmp_path: Path) -> None:
    """Longer than a socket may be named."""
    folder = tmp_path / ("long-" * 20) / ("long-" * 20) / "accounts"
    folder.parent.mkdir(parents=True)
    accounts = Accounts(folder)
    assert accounts.ping().ok
    other = Accounts(folder)
    other.put("jan@x.example", SCOPE, phone=NUMBER, by="x", version=None)
    assert number(accounts, "jan") == NUMBER
    assert len(servers_in(folder)) == 1
    accounts.close()
    other.close()
    ended(folder)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "accounts").write_text("x")
    accounts = Accounts(tmp_path / "accounts")
    with pytest.raises(AccountsUnavailableError, match=r"cannot be run in .*accounts"):
        accounts.get("jan@x.example", SCOPE)
    assert not accounts.ping().ok
    accounts.close()


def test_a_file_that_redis_cannot_read_is_no_empty_store(folder: Path) -> None:
    """What is damaged is said, not begun anew."""
    accounts = Accounts(folder)
    accounts.put("jan@x.example", SCOPE, phone=NUMBER, by="x", version=None)
    accounts.close()
    ended(folder)
    file = folder / "appendonly.aof"
    file.write_bytes(b"*3\r\n$3\r\nSET\r\nnonsense" + file.read_bytes())
    again = Accounts(folder)
    with pytest.raises(AccountsUnavailableError, match=r"did not start|as soon as it had started|does not answer"):
        again.get("jan@x.example", SCOPE)
    again.close()


def test_a_server_with_an_address_that_is_away_says_what_to_do(tmp_path: Path) -> None:
    """Without the address, which may hold a password; when it is back all is well."""
    port = free_port()
    accounts = Accounts(tmp_path / "unused", f"redis://:secret@127.0.0.1:{port}")
    with pytest.raises(AccountsUnavailableError, match="PORTAL_REDIS_URL") as error:
        accounts.find(Wanted(), SCOPE)
    assert "secret" not in str(error.value)
    assert not accounts.ping().ok
    accounts.close()
    accounts = Accounts(tmp_path / "unused", f"redis://127.0.0.1:{port}")
    with redis_at(port, tmp_path):
        accounts.put("jan@x.example", SCOPE, phone=NUMBER, by="x", version=None)
        assert accounts.find(Wanted(), SCOPE).total == 1
    with pytest.raises(AccountsUnavailableError):
        accounts.get("jan@x.example", SCOPE)
    with redis_at(port, tmp_path):
        assert accounts.find(Wanted("jan"), SCOPE).total == 1
    accounts.close()


def test_an_answer_that_was_lost_is_no_conflict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change was made and its answer lost: asked again, it is found to be made."""
    accounts = Accounts(folder)
    change = Kept.change
    monkeypatch.setattr(Kept, "change", lambda self, steps: change(self, steps) or change(self, steps))
    account = accounts.put("jan@x.example", SCOPE, phone=NUMBER, by="x", version=None)
    assert (account.phone, account.version) == (NUMBER, 1)
    assert accounts.delete("jan@x.example", SCOPE, by="x").deleted is not None
    assert accounts.restore("jan@x.example", SCOPE, by="x").phone == NUMBER
    assert [each.what for each in accounts.history("jan@x.example", SCOPE)] == ["restored", "deleted", "number"]
    accounts.close()


def test_an_answer_to_an_import_that_was_lost_is_no_conflict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Likewise."""
    accounts = Accounts(folder)
    accounts.seen([Sighting("jan@x.example", 1)], SCOPE)
    change = Kept.change
    monkeypatch.setattr(Kept, "change", lambda self, steps: change(self, steps) or change(self, steps))
    rows = [Row("jan@x.example", NUMBER, 0), Row("eva@x.example", NUMBER)]
    assert accounts.put_all(rows, SCOPE, by="x") == Imported(added=1, changed=1, same=0)
    accounts.close()


def changed(accounts: Accounts, part: int) -> None:
    """Change 50 accounts five times each, on top of what is there, each until it is acknowledged."""
    for name, turn in product((f"n{part}-{each}@x.example" for each in range(50)), range(5)):
        acknowledged = False
        while not acknowledged:
            with contextlib.suppress(AccountsUnavailableError):
                current = accounts.get(name, SCOPE)
                version = None if current is None else current.version
                accounts.put(name, SCOPE, phone=f"+3161234567{turn}", by="x", why=f"turn {turn}", version=version)
                acknowledged = True


def test_nothing_acknowledged_is_lost_when_redis_is_killed(folder: Path) -> None:
    """1,000 changes in four threads, with `kill -9` again and again meanwhile: each is there whole, and none was made twice."""
    accounts = Accounts(folder)
    threads = [threading.Thread(target=changed, args=(accounts, part)) for part in range(4)]
    for thread in threads:
        thread.start()
    kills = 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.3)
        for server in servers_in(folder):
            server.kill()
            kills += 1
    assert kills
    found = accounts.find(Wanted(limit=1000), SCOPE).accounts
    assert len(found) == 200
    assert [account.address for account in found] == sorted(account.address for account in found)
    for account in found:
        # One that was made while its maker heard of an error is made again by the next try, which changes nothing.
        assert [change.why for change in accounts.history(account.address, SCOPE)] == [f"turn {turn}" for turn in (4, 3, 2, 1, 0)]
        assert (account.version, account.phone, account.state) == (5, "+31612345674", State.NEW)
    accounts.close()


def test_an_import_is_whole_or_not_there_when_redis_is_killed(folder: Path) -> None:
    """Killed while it is made."""
    accounts = Accounts(folder)
    accounts.seen([Sighting("first@x.example", 1)], SCOPE)
    rows = [Row(f"n{each}@x.example", NUMBER) for each in range(3000)]
    (server,) = servers_in(folder)
    timer = threading.Timer(0.1, lambda: psutil.Process(server.pid).kill())
    timer.start()
    try:
        accounts.put_all(rows, SCOPE, by="x")
        expected = {3001}
    except AccountsUnavailableError:
        expected = {1, 3001}
    timer.join()
    assert accounts.find(Wanted(), SCOPE).total in expected
    accounts.close()
