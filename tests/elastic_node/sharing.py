"""Real nodes for tests: one that all tests of a run share, and clusters of a test's own.

All is done by the command line in processes of its own, so that nodes do not hang on the worker that happened to be first. A watch stops
them when their owner has gone, even if that was killed.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from absent import absent

from elastic_node import processes, record
from elastic_node.failures import MissingError
from elastic_node.lending import GIVEN
from elastic_node.record import Access, Node, Run

SHARED = "PORTAL_TEST_ELASTICSEARCH_RUN"  # name and owner of the shared run, from pytest to its workers
PLACE = Path(__file__).parent.parent


def announce() -> None:
    """Name the node that pytest and its workers, which inherit the environment, will share. Nothing is started."""
    os.environ[SHARED] = f"tests-{os.getpid()}-{secrets.token_hex(4)}"


def shared() -> str:
    """The address of the shared node. The first who asks starts it, whoever asks meanwhile waits for the same one."""
    if os.environ.get(GIVEN):
        return os.environ[GIVEN].rstrip("/")
    name = os.environ[SHARED]
    return begin(name, int(name.split("-")[1])).addresses()[0]


def end_shared() -> None:
    """Stop the shared node, if anybody has started it."""
    name = os.environ.pop(SHARED)
    if record.load(name):
        command("stop", "--name", name)


def begin(name: str, owner: int, *arguments: str) -> Run:
    """Start a run that is gone when its owner is; where no node can be had the test is skipped, and fails in continuous integration."""
    done = command("start", "--name", name, "--owner", str(owner), *arguments)
    if done.returncode == MissingError.exit_code:
        absent(done.stderr.strip())
    if done.returncode != 0:
        pytest.fail(done.stderr.strip(), pytrace=False)
    run = record.load(name)
    assert run, done.stderr
    return run


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, as `scripts/elasticsearch` does."""
    environment = os.environ | {"PYTHONPATH": str(PLACE)}
    call = [sys.executable, "-P", "-m", "elastic_node", *arguments]
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


class Cluster:
    """Nodes of a test's own, which it may treat badly."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def addresses(self) -> list[str]:
        """Where the nodes answer; a node that is started again has the same address."""
        return self.run.addresses()

    @property
    def access(self) -> Access | None:
        """User, password and certificate authority of secure nodes."""
        return self.run.access

    def kill(self, number: int) -> None:
        """End a node (0 is the first) as a power cut would, and return when it is gone."""
        processes.end(self._node(number).configuration(), gently=False)

    def freeze(self, number: int) -> None:
        """Make a node silent: its connections stay open and nothing is answered."""
        processes.send(self._node(number).configuration(), signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        """Let a frozen node go on."""
        processes.send(self._node(number).configuration(), signal.SIGCONT)

    def revive(self) -> None:
        """Start the nodes that were killed with their data, and return when all nodes see each other."""
        begin(self.run.name, os.getpid(), "--again")

    def _node(self, number: int) -> Node:
        if self.run.kind != "process":
            absent("only nodes that run as processes can be killed or frozen, and these are containers")
        return self.run.nodes[number]


@contextmanager
def node_cluster(nodes: int = 1, *, secure: bool = False) -> Iterator[Cluster]:
    """Nodes that only the caller uses, ended with the block. Each takes 512 MB of heap."""
    name = f"cluster-{os.getpid()}-{secrets.token_hex(4)}"
    run = begin(name, os.getpid(), "--nodes", str(nodes), *(["--secure"] if secure else []))
    try:
        yield Cluster(run)
    finally:
        command("stop", "--name", name)
