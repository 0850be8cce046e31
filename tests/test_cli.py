"""The command line: what it prints, where, and with which exit code; as functions and as the processes that people start."""

import fcntl
import gzip
import json
import os
import pty
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from inside import token_in

from app.cli import main
from app.version import VERSION

ROOT = Path(__file__).parent.parent
BOUNCE = {
    "timestamp": "2026-11-02T09:00:00Z",
    "type": "bounce",
    "sender": "info@one.example",
    "recipient": "jan@two.example",
    "subject": "Invoice",
    "diagnostic": "550 5.1.1 no such user",
    "reason": "unknown_user",
}
DELIVERY = {"timestamp": "2026-11-01T09:00:00Z", "type": "delivery", "sender": "info@other.example", "recipient": "eva@two.example"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A small file of events, one of them broken."""
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join([json.dumps(BOUNCE), json.dumps(DELIVERY), '{"timestamp": "yesterday", "type": "bounce"}']) + "\n")
    return path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own working folder and settings, so that neither a `.env` nor the environment of the machine reaches it."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def portal(*arguments: str, text: bytes | None = None) -> Result:
    """One command in this process."""
    return CliRunner().invoke(main, arguments, input=text)


def command(*arguments: str) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "app.cli", *arguments]


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process; how wide a terminal is, it is to see for itself."""
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**inherited, "PYTHONPATH": os.environ.get("PYTHONPATH") or str(ROOT), **more}


def process(*arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """One command as a process, to its end."""
    return subprocess.run(command(*arguments), input=text, capture_output=True, timeout=60, check=False, env=environment())


def on_a_terminal(*arguments: str, columns: int = 120) -> str:
    """What a command shows on a terminal that is so wide, both streams."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with os.fdopen(primary, "rb") as terminal, started(*arguments, output=secondary) as child:
        assert child.wait(60) == 0
        os.close(secondary)
        return os.read(terminal.fileno(), 65536).decode().replace("\r\n", "\n")


@contextmanager
def started(*arguments: str, output: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A command as a process in a session of its own, which is ended with all its children in the end."""
    child = subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def lines_until(child: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read what a process prints until a line matches."""
    assert child.stdout is not None
    seen = []
    for line in child.stdout:
        seen.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError("".join(seen))


def token() -> str:
    """An operator's token for the portal of this test."""
    return portal("tokens", "add", "test", "--role", "operator").stdout.strip()


def fetched(address: str, token: str) -> dict[str, Any]:
    """What a running server answers to a program with a token."""
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  # the server that the test started
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  # likewise
        found: dict[str, Any] = json.load(answer)
    return found


def counts(output: str) -> dict[str, float]:
    """The last line of `portal index --json`."""
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def test_indexing_ends_with_the_counts(log: Path) -> None:
    """The last line has exactly the five counts, a rejected record does not fail the run, and a second run adds nothing."""
    first, second = portal("index", "--json", str(log)), portal("index", "--json", str(log))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert list(counts(first.stdout)) == ["read", "events", "new", "rejected", "seconds"]
    assert [counts(first.stdout)[name] for name in ("read", "events", "new", "rejected")] == [3, 2, 2, 1]
    assert counts(second.stdout)["new"] == 0


def test_rejected_records_are_kept_with_their_place(log: Path, tmp_path: Path) -> None:
    """The dead-letter file has the record, the warning says how many, where and why."""
    result = portal("index", "--dead-letter", "bad.ndjson", str(log))
    (letter,) = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    assert (letter["line"], letter["source"]) == (3, str(log))
    assert "1 record " in result.stderr
    assert "bad.ndjson" in result.stderr
    assert "timestamp" in result.stderr


def test_rejected_records_are_kept_without_a_name_for_the_file_too(log: Path, tmp_path: Path) -> None:
    """Without --dead-letter they go to a new file in the data folder, which the warning names and which can be fed in again."""
    result = portal("index", str(log))
    (letters,) = (tmp_path / "data").glob("dead-letter-*.ndjson")
    assert letters.name in result.stderr
    again = portal("index", "--json", "--dead-letter", "other.ndjson", str(letters))
    assert counts(again.stdout)["rejected"] == 1


def test_standard_input_and_compressed_files_are_read(log: Path, tmp_path: Path) -> None:
    """`-` is standard input, and gzip needs no option."""
    packed = tmp_path / "events.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert counts(portal("index", "--json", str(packed)).stdout)["new"] == 2
    piped = process("index", "--json", "-", text=log.read_bytes())
    assert counts(piped.stdout.decode())["events"] == 2
    assert counts(piped.stdout.decode())["new"] == 0


def test_a_single_line_without_an_end_is_read_from_a_pipe() -> None:
    """`printf` and `jq -j` write no line end; the record is there all the same."""
    assert counts(process("index", "--json", "-", text=json.dumps(BOUNCE).encode()).stdout.decode())["new"] == 1


def test_only_one_customers_events(log: Path) -> None:
    """--customer leaves other senders' events out, and says how many; a search with it sees only its own."""
    result = portal("index", "--json", "--customer", "One.example", str(log))
    assert (counts(result.stdout)["events"], counts(result.stdout)["new"]) == (1, 1)
    assert "1 event " in result.stderr
    portal("index", str(log))
    assert "shown 2 of 2" in portal("search", "").stderr
    assert "shown 1 of 1" in portal("search", "", "--customer", "other.example").stderr
    assert "shown 0 of 0" in portal("search", "", "--customer", "nobody.example").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["index", "missing.log"], 1, "missing.log: there is no such file"),
        (["index", "."], 1, "is a folder"),
        (["index", "--dead-letter", "/dev/null/x", "bad.ndjson"], 1, "/dev/null/x"),
        (["index", "--format", "exim", "x"], 2, "exim"),
        (["index", "--customer", "a@b.example", "x"], 2, "There is no customer"),
        (["index"], 2, "Missing argument"),
        (["search"], 2, "Missing argument"),
        (["search", "", "--sort", "colour"], 2, "is not a field to sort by"),
        (["search", "", "--from", "someday"], 2, "is not a date"),
        (["search", "", "--limit", "0"], 2, "--limit"),
        (["search", "", "--format", "xml"], 2, "xml"),
        (["serve", "--host", "0.0.0.0"], 2, "PORTAL_HOSTS"),
        (["serve", "--host", "portal.invalid"], 2, "nobody knows an address"),
        (["search", ""], 1, "index something, or set PORTAL_DATA"),
        (["serve", "--workers", "0"], 2, "--workers"),
        (["demo", "--port", "70000"], 2, "--port"),
        (["teleport"], 2, "No such command"),
    ],
)
def test_what_goes_wrong_is_one_clear_sentence(arguments: Sequence[str], code: int, words: str, tmp_path: Path) -> None:
    """Wrong usage exits with 2, a run that cannot finish with 1; neither with a traceback."""
    (tmp_path / "bad.ndjson").write_text('{"timestamp": "yesterday", "type": "bounce"}\n')
    result = portal(*arguments)
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    assert words in result.stderr


def test_a_bad_query_is_shown_with_its_fault() -> None:
    """Under the query stand carets below the faulty part, and below that what to type instead."""
    result = portal("search", "reson:bounce and jan")
    assert result.exit_code == 2
    assert "  reson:bounce and jan\n  ^^^^^" in result.stderr
    assert "Try: reason:bounce and jan" in result.stderr


def test_all_problems_of_the_settings_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong setting and each bad line of the file has its line, from every command that needs them and from check."""
    (tmp_path / "file").touch()
    (tmp_path / ".env").write_text("# ours\n\nPORTAL_REDIS_URL\nthis is no setting\nPORTAL_ELASTICSEARCH_URL=ftp://127.0.0.1:9200\n")
    monkeypatch.setenv("PORTAL_DATA", "file")
    monkeypatch.setenv("PORTAL_TIMEZONE", "Mars/Olympus")
    monkeypatch.setenv("PORTAL_LOG_TIMEZONE", "../../etc/passwd")
    for arguments, code in ((["search", ""], 2), (["check"], 1)):
        result = portal(*arguments)
        assert result.exit_code == code
        names = ["PORTAL_DATA: ", "PORTAL_TIMEZONE: ", "PORTAL_LOG_TIMEZONE: ", "PORTAL_ELASTICSEARCH_URL: "]
        assert [name for name in [*names, ".env, line 3 ", ".env, line 4 "] if name not in result.output] == []
        assert result.output.count(" is not a setting") == 2


@pytest.mark.parametrize("content", [b"\xff\xfe", b"PORTAL_DATA='open\n", b"= x\n\x00\n"])
def test_a_file_of_settings_that_cannot_be_read_is_a_problem(content: bytes, tmp_path: Path) -> None:
    """Binary content and open quotes give a sentence with the file's name; a folder of that name is not ours."""
    (tmp_path / ".env").write_bytes(content)
    result = portal("search", "")
    assert result.exit_code == 2
    assert ".env" in result.stderr
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert "index something" in portal("search", "").stderr


def test_check_says_when_redis_is_away(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting to correct; the password in its address is not repeated."""
    portal("index", str(log))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("PORTAL_REDIS_URL", f"redis://:secret@127.0.0.1:{port}/0")
    result = portal("check")
    assert result.exit_code == 1
    assert "Start it, or correct PORTAL_REDIS_URL" in result.output
    assert "secret" not in result.output


def test_the_version() -> None:
    """`portal --version` and check say the same one."""
    assert portal("--version").stdout == f"portal {VERSION}\n"
    assert f"portal {VERSION}, Python" in portal("check").stdout


@pytest.mark.parametrize("arguments", [["search", ""], ["check"]])
def test_reading_makes_no_folder(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped PORTAL_DATA is an error with the folder's name, not an empty store; where the sample mail is, it is pointed at."""
    monkeypatch.setenv("PORTAL_DATA", "dta")
    result = portal(*arguments)
    assert result.exit_code == 1
    assert f"no events in {tmp_path / 'dta' / 'events'}: index something, or set PORTAL_DATA." in result.output
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "dta" / "demo" / "events" / "2026-11.1790000000000").mkdir(parents=True)
    assert "PORTAL_DATA=dta/demo" in portal(*arguments).output


@pytest.mark.parametrize("arguments", [["index", "x.ndjson"], ["demo", "--port", "0"], ["serve", "--port", "0"]])
@pytest.mark.parametrize("data", ["/proc/x", "/dev/null/x"])
def test_a_folder_that_cannot_be_made_is_one_sentence(arguments: list[str], data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From every command that writes; with the name of the setting and the folder, and no traceback."""
    Path("x.ndjson").write_text(json.dumps(BOUNCE))
    monkeypatch.setenv("PORTAL_DATA", data)
    result = portal(*arguments)
    assert result.exit_code == 2
    assert f"PORTAL_DATA: {data}" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_damage_is_named_with_its_cure_and_no_other(log: Path, tmp_path: Path) -> None:
    """The folder to move aside is named in plain words, by every command; nobody is told to run the same command again."""
    portal("index", str(log))
    (month,) = (tmp_path / "data" / "events").glob("2026-11.*")
    for path in month.glob("*.term"):
        path.write_bytes(b"")
    for arguments in (["index", str(log)], ["search", ""], ["check"]):
        result = portal(*arguments)
        assert result.exit_code == 1
        assert f"files in data/events/{month.name} are broken or missing. Move that folder out of data/events" in result.output
        assert not re.search("same command|tantivy|IoError|Footer|reindex", re.sub("(?m)^.* versions: .*$", "", result.output))


def test_settings_come_from_a_file_too(log: Path, tmp_path: Path) -> None:
    """A `.env` file in the working folder is read; the environment goes before it."""
    (tmp_path / ".env").write_text("PORTAL_DATA=elsewhere\n")
    portal("index", str(log))
    assert (tmp_path / "elsewhere" / "events").is_dir()
    assert "2 events" in portal("check").stdout


def test_check_says_that_all_is_well(log: Path) -> None:
    """With usable settings every line is ok and the exit code 0."""
    portal("index", str(log))
    result = portal("check")
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok"}


def test_an_engine_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that does not answer is an error that names its setting, never an empty list; a password in the address is not repeated."""
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_URL", "http://portal:secret@127.0.0.1:9")
    result = portal("search", "")
    assert "PORTAL_ELASTICSEARCH_URL" in result.stderr
    assert "secret" not in result.output
    assert portal("check").exit_code == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "127.0.0.1:9200"), ("URL", "http://es"), ("URL", "http://a:1/x"), ("CA", "no such file"), ("INDEX", "A b"), ("SHARDS", "0")],
)
def test_a_wrong_setting_of_the_cluster_is_a_problem_of_the_settings(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is refused before anything is tried, with its name."""
    monkeypatch.setenv(f"PORTAL_ELASTICSEARCH_{name}", value)
    result = portal("search", "")
    assert result.exit_code == 2
    assert f"PORTAL_ELASTICSEARCH_{name}: " in result.stderr


def test_an_authority_for_an_address_without_tls_is_a_problem_of_the_settings(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names one wants https://; nothing, and no password above all, goes out without it."""
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_URL", "https://127.0.0.1:9,http://portal:secret@127.0.0.1:9")
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_CA", str(log))
    result = portal("search", "")
    assert result.exit_code == 2
    assert "Write https://" in result.stderr
    assert "secret" not in result.output


def test_a_table_shows_what_happened_to_whom(log: Path) -> None:
    """A table has a heading and a line an event, from old to new; how many there are stands on standard error."""
    portal("index", str(log))
    result = portal("search", "")
    heading, first, second = result.stdout.splitlines()
    assert heading.startswith("time")
    assert "eva@two.example" in first
    assert second.split()[:3] == ["2026-11-02T09:00:00Z", "bounce", "jan@two.example"]
    assert result.stderr == "shown 2 of 2\n"


@pytest.mark.parametrize(
    ("columns", "seen", "unseen"),
    [(80, [], "info@one"), (110, [], "info@one"), (125, ["info@one.example"], None), (200, ["info@one.example"], None)],
)
def test_a_narrow_terminal_keeps_what_matters(columns: int, seen: list[str], unseen: str | None, log: Path) -> None:
    """Recipient, reason and answer stay in 80 columns; the sender gives way, and no line is longer than the terminal."""
    portal("index", str(log))
    lines = on_a_terminal("search", "", columns=columns).splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= columns
    assert all(text in lines[2] for text in ["bounce", "jan@two.example", "unknown_user: 550 5.1", *seen])
    assert unseen is None or unseen not in lines[2]


def test_order_range_and_limit(log: Path) -> None:
    """The options narrow and order what is found; a date for --to is that whole day."""
    portal("index", str(log))
    result = portal("search", "", "--sort", "-timestamp", "--limit", "1", "--format", "ndjson")
    assert [json.loads(line)["type"] for line in result.stdout.splitlines()] == ["bounce"]
    assert result.stderr == "shown 1 of 2\n"
    assert "shown 1 of 1" in portal("search", "", "--from", "2026-11-02", "--to", "2026-11-02").stderr
    assert "shown 1 of 1" in portal("search", "", "--to", "2026-11-01").stderr


def test_exports_are_those_of_the_api(log: Path) -> None:
    """CSV has a heading of all columns, NDJSON can be indexed again and adds nothing."""
    portal("index", str(log))
    heading, *rows = portal("search", "type:bounce", "--format", "csv").stdout.splitlines()
    assert heading.startswith("id,timestamp,type,")
    assert len(rows) == 1
    exported = portal("search", "", "--format", "ndjson").stdout
    assert counts(portal("index", "--json", "-", text=exported.encode()).stdout)["new"] == 0


def test_a_query_may_begin_with_a_dash(log: Path) -> None:
    """After -- it is not taken for an option."""
    portal("index", str(log))
    assert "shown 1 of 1" in portal("search", "--", "-type:bounce").stderr


@pytest.mark.parametrize("form", ["table", "ndjson", "csv"])
def test_hostile_text_cannot_steer_a_terminal(form: str, tmp_path: Path) -> None:
    """No control or direction character of a subject reaches the terminal, in any form."""
    hostile = DELIVERY | {"subject": "pay \u202etxt.exe\u202c \u009b2J \u2028 now", "sender": "a\u200f@b.example"}
    (tmp_path / "hostile.ndjson").write_text(json.dumps(hostile) + "\n")
    portal("index", "hostile.ndjson")
    shown = on_a_terminal("search", "", "--format", form)
    assert "delivery" in shown
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", shown)


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """`portal search | head -1` prints one line and no complaint."""
    many = "".join(json.dumps(DELIVERY | {"subject": f"number {number}"}) + "\n" for number in range(3000))
    (tmp_path / "many.ndjson").write_text(many)
    portal("index", "many.ndjson")
    script = f"{shlex.join(command('search', '', '--format', 'ndjson'))} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=60, check=True, env=environment())
    assert len(done.stdout.splitlines()) == 1
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_following_ends_well_on_ctrl_c(log: Path) -> None:
    """A followed file is read as it grows; Ctrl-C ends the run with its counts and exit code 0."""
    with started("index", "--follow", "--json", str(log)) as child:
        deadline = time.monotonic() + 30
        while "2 events" not in portal("check").stdout and time.monotonic() < deadline:
            time.sleep(0.1)
        with log.open("a") as file:
            file.write(json.dumps(DELIVERY | {"subject": "one more"}) + "\n")
        while "3 events" not in portal("check").stdout and time.monotonic() < deadline:
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    assert counts(output)["new"] == 3


def test_ctrl_c_stops_a_run_and_says_how_to_go_on(tmp_path: Path) -> None:
    """A run that is stopped before its end keeps what it wrote, exits with 1 and says what to do."""
    feed = tmp_path / "feed"
    os.mkfifo(feed)
    with started("index", "--json", str(feed)) as child, feed.open("w") as writer:
        writer.write(json.dumps(BOUNCE) + "\n")
        writer.flush()
        time.sleep(1.5)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=30)
    assert child.returncode == 1
    assert "same command again" in output
    assert "Traceback" not in output


def test_serving_answers_and_ends_on_ctrl_c(log: Path) -> None:
    """The address printed answers with what was indexed; Ctrl-C ends every process."""
    portal("index", str(log))
    key = token()
    with started("serve", "--port", "0") as child:
        address = lines_until(child, r"http://127\.0\.0\.1:\d+/")[0]
        assert fetched(f"{address}api/v1/events", key)["total"] == 2
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does it: to every process
        output, _ = child.communicate(timeout=30)
    assert "Traceback" not in output
    assert not alive(child.pid)


@pytest.mark.parametrize(
    ("query", "code"), [("\U0001f4e7" * 2000, "word_too_long"), ("\u00e9" * 20_000, "too_long"), ("\\" * 10_000, "too_long")]
)
def test_a_query_of_any_length_is_answered_by_the_portal(log: Path, query: str, code: str) -> None:
    """2,000 characters take up to 24,000 bytes of request line: the server lets them, and longer ones, through to the sentence for them."""
    portal("index", str(log))
    key = token()
    with started("serve", "--port", "0", "--workers", "1") as child:
        address = lines_until(child, r"http://127\.0\.0\.1:\d+/")[0]
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetched(f"{address}api/v1/events?q={urllib.parse.quote(query)}", key)
        with refused.value as answer:
            assert answer.status == 400
            assert json.load(answer)["error"]["code"] == code
        os.killpg(child.pid, signal.SIGINT)
        child.communicate(timeout=30)


def test_a_store_that_is_gone_is_no_empty_list(log: Path, tmp_path: Path) -> None:
    """While its folder is away, a running server says so in answers, exports and /readyz, and it finds its mail again after that."""
    portal("index", str(log))
    key = token()
    with started("serve", "--port", "0", "--workers", "1") as child:
        address = lines_until(child, r"http://127\.0\.0\.1:\d+/")[0]
        (tmp_path / "data").rename(tmp_path / "aside")
        for path in ("api/v1/events", "api/v1/events.csv", "api/v1/events.ndjson", "readyz"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetched(address + path, key)
            with refused.value as answer:
                assert answer.status == 503
                assert path != "readyz" or "are gone" in answer.read().decode()
        assert portal("check").exit_code == 1
        (tmp_path / "aside").rename(tmp_path / "data")
        assert fetched(f"{address}api/v1/events", key)["total"] == 2
        os.killpg(child.pid, signal.SIGINT)
        child.communicate(timeout=30)


def test_half_sent_requests_keep_nobody_waiting(log: Path) -> None:
    """While many connections send no request, a piece of one, or never close, others are answered; a slow but honest request is, too."""
    portal("index", str(log))
    key = token()
    with started("serve", "--port", "0", "--workers", "1") as child, ExitStack() as opened:
        address = lines_until(child, r"http://127\.0\.0\.1:\d+/")[0]
        port = int(address.split(":")[2].strip("/"))
        for piece in (b"GET /api/v1/ev", b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"GET /healthz HTTP/1.0\r\n\r\n") * 40:
            opened.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(piece)
        assert fetched(f"{address}api/v1/events", key)["total"] == 2
        slow = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        for piece in (b"GET /heal", b"thz HTTP/1.1\r\nHost: localhost\r", b"\n\r", b"\nGET /healthz HTTP/1.1\r\nHo"):
            slow.sendall(piece)
            time.sleep(0.1)
        assert slow.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        slow.sendall(b"st: localhost\r\nConnection: close\r\n\r\n")
        assert slow.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        os.killpg(child.pid, signal.SIGINT)
        child.communicate(timeout=30)


def test_a_taken_port_is_named_with_a_free_one() -> None:
    """A port in use is refused in a sentence that names one that is free; without --port the next free one is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = portal("serve", "--port", str(port))
    assert result.exit_code == 1
    named = re.search(rf"port {port} .* Port (\d+) is free: --port (\d+)", result.stderr)
    assert named
    assert named[1] == named[2]


def test_the_demo_answers_with_sample_mail_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    """From nothing to a page that says why a named person's mail bounced; Ctrl-C ends server and feeder."""
    with started("demo", "--port", "0") as child:
        address = lines_until(child, r"http://127\.0\.0\.1:\d+/")[0]
        key = token_in(tmp_path / "data" / "demo")
        events = fetched(f"{address}api/v1/events?q=petra.de.wittt@freemail.example", key)["events"]
        assert {(event["type"], event["reason"]) for event in events} == {("bounce", "unknown_user")}
        os.killpg(child.pid, signal.SIGINT)
        output, _ = child.communicate(timeout=30)
        assert "Traceback" not in output
    assert not alive(child.pid)
    assert (tmp_path / "data" / "demo" / "events").is_dir()


def test_ctrl_c_while_the_sample_mail_is_made_ends_everything() -> None:
    """Nobody waits for 20,000 events to be able to leave."""
    with started("demo", "--port", "0") as child:
        lines_until(child, "up to date")
        time.sleep(1)
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does it
        output, _ = child.communicate(timeout=60)
    assert child.returncode != 0
    assert "Traceback" not in output
    assert not alive(child.pid)


def alive(session: int) -> bool:
    """Whether a process of this session is still there a moment later."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        listed = subprocess.run(["ps", "-o", "stat=", "-s", str(session)], capture_output=True, text=True, check=False)
        if not [state for state in listed.stdout.split() if not state.startswith("Z")]:
            return False
        time.sleep(0.1)
    return True
