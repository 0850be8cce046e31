"""`scripts/elasticsearch`: one real node through its life, and the rest with a stand-in that starts at once."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from absent import absent
from elastic_node import configuration, distribution, docker, health, java, lending, lifecycle, places, ports, processes, record
from elastic_node.command import main
from elastic_node.failures import MissingError, NodeError
from elastic_node.lifecycle import Wish
from elastic_node.record import Run

SCRIPT = Path(__file__).parent.parent / "scripts" / "elasticsearch"


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a person would, from another folder."""
    return subprocess.run([SCRIPT, *arguments], cwd="/", capture_output=True, text=True, check=False)


def ask(address: str) -> dict[str, object]:
    """The health of a cluster, as a client sees it."""
    with urllib.request.urlopen(f"{address}/_cluster/health", timeout=10) as answer:  # noqa: S310 - our own node
        health: dict[str, object] = json.load(answer)
        return health


@pytest.fixture
def named() -> Iterator[str]:
    """A name of the test's own, under which nothing runs afterwards; the node needs a Java here."""
    if java.java_home() is None:
        absent(f"no JDK {java.OLDEST} or later")
    name = f"script-{secrets.token_hex(4)}"
    yield name
    assert script("stop", "--name", name).returncode == 0
    shutil.rmtree(record.folder_of(name), ignore_errors=True)
    (places.runs() / f"{name}.lock").unlink()


def test_a_node_starts_tells_where_it_is_and_stops(named: str) -> None:
    """Started it answers, started again it is the same, stopped it is gone; that twice is harmless."""
    wish = ("start", "--name", named, "--owner", str(os.getpid()))  # so that it is gone even when the tests are killed
    first = script(*wish)
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", first.stdout)
    assert ask(first.stdout.strip())["number_of_nodes"] == 1
    run = record.load(named)
    assert run
    (node,) = run.nodes
    assert processes.of(node)
    assert all(process.uids().real != 0 for process in processes.of(node))
    second = script(*wish)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "runs already" in second.stderr
    assert first.stdout.strip() in script("status").stdout
    assert "is stopped" in script("stop", "--name", named).stderr
    assert script("status", "--name", named).returncode == 1
    assert processes.of(node) == []
    again = script("stop", "--name", named)
    assert (again.returncode, "does not run" in again.stderr) == (0, True)


def test_the_tests_have_a_node(elastic_url: str) -> None:
    """What the other tests get answers."""
    assert ask(elastic_url)["timed_out"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("begin",),
        ("start", "node"),
        ("start", "--nodes", "0"),
        ("start", "--nodes", "many"),
        ("start", "--port", "80"),
        ("stop", "--name", "../x"),
        ("status", "--all"),
    ],
)
def test_what_is_not_known_is_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command says how it is used."""
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


SERVER = """#!/usr/bin/env python3
import http.server, json, os, pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
text = (pathlib.Path(os.environ["ES_PATH_CONF"]) / "elasticsearch.yml").read_text()
entries = dict(line.split(": ", 1) for line in text.splitlines())
if "broken" in entries["cluster.name"]:
    sys.exit("the stand-in is broken")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        nodes = len(json.loads(entries.get("discovery.seed_hosts", "[1]")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"number_of_nodes": nodes}).encode())
http.server.HTTPServer(("127.0.0.1", int(entries["http.port"])), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server in a folder of its own that answers as a node does, at once and without Java."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for module in (places, processes, java):
        monkeypatch.setattr(module, "account", lambda: None)
    home = tmp_path / "management-portal" / f"elasticsearch-{distribution.VERSION}"
    for name in (*configuration.COPIED, "jvm.options"):
        (home / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "config" / name).write_text("-Xlog:gc*\n-Dkept=1\n")
    (home / "bin").mkdir()
    (home / "bin" / "elasticsearch").write_text(SERVER.replace("/usr/bin/env python3", sys.executable))
    (home / "bin" / "elasticsearch").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(java_of(tmp_path / "jdk", 99)))
    yield tmp_path / "management-portal"
    for name in record.names():
        lifecycle.stop(name)
    while processes.STARTED:
        processes.STARTED.pop().wait(20)


def java_of(home: Path, version: int) -> Path:
    """A home of a Java that does nothing but tell its version."""
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{version}.0.1\"' >&2\n")
    (home / "bin" / "java").chmod(0o755)
    return home


def run_of(name: str) -> Run:
    """What is written down of a run that is there."""
    run = record.load(name)
    assert run
    return run


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("stand_in")
def test_runs_of_different_names_do_not_touch_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has an address of its own, and to stop one leaves the other."""
    assert (main(["start", "--name", "one"]), main(["start", "--name", "two", "--nodes", "3"])) == (0, 0)
    addresses = capsys.readouterr().out.split()
    assert len(set(addresses)) == 4
    assert main(["stop", "--name", "one"]) == 0
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert [address in told for address in addresses] == [False, True, True, True]


def test_data_in_a_folder_of_ones_own_stay(stand_in: Path, tmp_path: Path) -> None:
    """Without --data nothing stays but the log; with it the folder does, also from one run to the next."""
    assert main(["start", "--data", str(tmp_path / "kept")]) == 0
    (file,) = (tmp_path / "kept").rglob("data")
    (file / "index").touch()
    main(["stop"])
    assert (file / "index").exists()
    assert main(["start"]) == 0
    main(["stop"])
    assert not list((stand_in / "runs").rglob("data"))
    assert list((stand_in / "runs").rglob("output.log"))


@pytest.mark.usefixtures("stand_in")
def test_a_stale_note_of_a_run_is_survived(capsys: pytest.CaptureFixture[str]) -> None:
    """A pid that now is another's process is left alone, and the run can be started anew."""
    main(["start"])
    (node,) = run_of("default").nodes
    processes.end(node.configuration(), gently=False)
    with subprocess.Popen(["sleep", "60"]) as other:
        (Path(node.folder) / "pid").write_text(f"{other.pid}\n")
        assert main(["status"]) == 1
        assert main(["stop"]) == 0
        assert other.poll() is None
        assert main(["start"]) == 0
        capsys.readouterr()
        assert main(["status"]) == 0
        assert other.poll() is None
        other.kill()


@pytest.mark.usefixtures("stand_in")
def test_a_note_that_cannot_be_read_is_survived() -> None:
    """Half a file, as a full disk leaves it, does not stand in the way."""
    main(["start"])
    (node,) = run_of("default").nodes
    (record.folder_of("default") / "run.json").write_text("{")
    assert main(["start"]) == 0
    (fresh,) = run_of("default").nodes
    assert fresh.http != node.http
    assert len(processes.of(fresh)) == 1


@pytest.mark.usefixtures("stand_in")
def test_ended_nodes_start_again_where_they_were() -> None:
    """A node that was killed comes back with its address; with --again even when none is left."""
    main(["start", "--nodes", "2"])
    run = run_of("default")
    processes.end(run.nodes[0].configuration(), gently=False)
    assert main(["start"]) == 0
    processes.end(record.folder_of(run.name), gently=False)
    assert main(["start", "--again"]) == 0
    assert run_of("default") == run
    assert list(lifecycle.alive(run).values()) == [True, True]


@pytest.mark.usefixtures("stand_in")
def test_a_node_that_does_not_come_up_is_told_with_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    """The end of the log is in the message, and nothing is left."""
    assert main(["start", "--name", "broken"]) == 1
    assert "the stand-in is broken" in capsys.readouterr().err
    assert record.names() == []


def test_a_program_is_known_from_the_moment_it_is_started() -> None:
    """For a moment of its start a process has no environment; it must not be taken for one that has ended, so this looks often."""
    for _ in range(300):
        with subprocess.Popen(["sleep", "60"], env=os.environ | {"ES_PATH_CONF": "/own"}, start_new_session=True) as process:
            entries = processes.settled(psutil.Process(process.pid))
            process.kill()
        assert entries.get("ES_PATH_CONF") == "/own"


@pytest.mark.usefixtures("stand_in")
def test_a_measurement_has_a_node_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is gone afterwards, also when the measurement fails; one that is named is taken as it is."""
    monkeypatch.delenv(lending.GIVEN, raising=False)
    with suppress(LookupError), lending.lent() as address:
        assert ask(address)["number_of_nodes"] == 1
        raise LookupError
    assert record.names() == []
    monkeypatch.setenv(lending.GIVEN, "http://127.0.0.1:1/")
    with lending.lent() as address:
        assert address == "http://127.0.0.1:1"
    assert record.names() == []


def test_a_measurement_without_a_node_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with the same words as the script."""
    monkeypatch.delenv(lending.GIVEN, raising=False)
    monkeypatch.setattr(lifecycle, "choose", missing)
    with pytest.raises(SystemExit, match="neither is here"), lending.lent():
        pass


def missing() -> str:
    """A machine that cannot run a node."""
    raise MissingError("neither is here")


@pytest.mark.usefixtures("stand_in")
def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that somebody listens on is refused before anything starts."""
    (taken,) = ports.free(1)
    assert main(["start", "--port", str(taken)]) == 0
    assert capsys.readouterr().out == f"http://127.0.0.1:{taken}\n"
    assert main(["start", "--name", "second", "--port", str(taken)]) == 1
    assert f"port {taken} is taken" in capsys.readouterr().err


def test_a_run_ends_with_its_owner(stand_in: Path) -> None:
    """When the process it was started for is gone, however that ended, the nodes go and so does every trace."""
    with subprocess.Popen(["sleep", "60"]) as owner:
        assert main(["start", "--name", "owned", "--owner", str(owner.pid)]) == 0
        (process,) = processes.of(run_of("owned").nodes[0])
        owner.kill()
    assert main(["watch", "--name", "owned", "--owner", str(owner.pid)]) == 0
    assert gone(process)
    assert [path.name for path in (stand_in / "runs").iterdir()] == []


@pytest.mark.usefixtures("stand_in")
def test_the_highest_java_that_is_known_to_do_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones than needed are no choice, and newer ones than known only where there is no other."""
    homes = {version: java_of(tmp_path / f"jdk-{version}", version) for version in (17, 21, 25, 40)}
    for there, taken in (((17,), None), ((17, 21), 21), ((21, 25, 17, 40), 25), ((17, 40), 40)):
        monkeypatch.setattr(java, "candidates", lambda there=there: {homes[version] for version in there})
        assert java.java_home() == (taken and homes[taken])


@pytest.mark.usefixtures("stand_in")
def test_without_java_and_docker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, and the names of what would do."""
    monkeypatch.setattr(java, "candidates", set)
    monkeypatch.setattr(java, "install", lambda: None)
    monkeypatch.setattr(docker, "answers", lambda: False)
    assert main(["start"]) == 3
    message = capsys.readouterr().err
    assert "JDK 21" in message
    assert "Docker" in message


def test_docker_takes_the_place_of_java(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official image, its ports on 127.0.0.1 only; what it cannot do here is said."""
    asked: list[str] = []

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        asked.append(" ".join(arguments))
        return subprocess.CompletedProcess(arguments, int(arguments[0] == "start"), "true\n", "")

    monkeypatch.setattr(java, "candidates", set)
    monkeypatch.setattr(docker, "ask", ask)
    monkeypatch.setattr(health, "wait", lambda *_: None)
    assert main(["start", "--secure"]) == 3
    assert main(["start", "--nodes", "2"]) == 0
    runs = [line for line in asked if line.startswith("run ")]
    port = run_of("default").nodes[0].http
    assert f"--publish 127.0.0.1:{port}:9200" in runs[0]
    assert "discovery.seed_hosts=management-portal-default-node-1,management-portal-default-node-2" in runs[0]
    assert [line.split()[-1] for line in runs] == [f"elasticsearch:{distribution.VERSION}"] * 2
    assert main(["stop"]) == 0
    assert "rm --force --volumes management-portal-default-node-1 management-portal-default-node-2" in asked
    assert (stand_in / "runs").exists()


def test_another_archive_than_the_known_one_is_refused(tmp_path: Path) -> None:
    """A broken download, or a changed one, is never unpacked."""
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises(NodeError, match="SHA-256"):
        distribution.checked(tmp_path / "x.zip")


@pytest.mark.usefixtures("stand_in")
def test_a_folder_that_is_closed_to_the_nodes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's private folders do not do for the account that runs the nodes; the message says which one it is."""
    tmp_path.chmod(0o700)
    with monkeypatch.context() as patch:
        patch.setattr(places, "account", lambda: (1, 1))
        with pytest.raises(MissingError, match="chmod o"):
            places.check_open(tmp_path)


@pytest.mark.usefixtures("stand_in")
def test_the_configuration_keeps_the_defaults_and_drops_what_fills_disks() -> None:
    """Options for the Java are the server's own less the notes on garbage collection; the disk's fill is not looked at."""
    run = lifecycle.start(Wish())
    folder = run.nodes[0].configuration()
    assert (folder / "jvm.options").read_text() == "-Dkept=1\n"
    assert "cluster.routing.allocation.disk.threshold_enabled: false" in (folder / "elasticsearch.yml").read_text()
