"""Starts nodes as processes of this machine, finds them again and ends them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from elastic_node.configuration import BRIEF
from elastic_node.places import account
from elastic_node.record import Node

PATIENCE = 20.0  # seconds for a node to close its indices


def environment(node: Node, java: Path, options: str = "") -> dict[str, str]:
    """All that a node's processes see of the environment. The folder of the configuration is what they are known by."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": node.folder,
        "ES_JAVA_HOME": str(java),
        "ES_JAVA_OPTS": options,
        "CLI_JAVA_OPTS": BRIEF,
        "ES_PATH_CONF": str(node.configuration()),
        "ES_TMPDIR": str(Path(node.folder) / "tmp"),
    }


def launch(node: Node, home: Path, java: Path, options: str) -> None:
    """Start a node with options for its Java, in the background, free of the terminal and of the caller."""
    user, group = account() or (None, None)
    with node.log().open("a") as log:
        process = subprocess.Popen(
            [home / "bin" / "elasticsearch"],
            cwd=node.folder,
            env=environment(node, java, options),
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (Path(node.folder) / "pid").write_text(f"{process.pid}\n")


def tool(node: Node, home: Path, java: Path, *command: str) -> None:
    """Run one of the server's own tools as the account and with the configuration of a node."""
    user, group = account() or (None, None)
    subprocess.run(
        [home / "bin" / command[0], *command[1:]],
        cwd=node.folder,
        env=environment(node, java),
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )


def of(node: Node) -> list[psutil.Process]:
    """The processes of a node: those, and only those, that have its folder in their environment. A number in a file proves nothing."""
    wanted = str(node.configuration())
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("ES_PATH_CONF") == wanted:
                found.append(process)
        except psutil.Error:  # has ended, or is somebody else's
            continue
    return found


def send(node: Node, number: signal.Signals) -> None:
    """Send a signal to all processes of a node."""
    for process in of(node):
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def end(nodes: Iterable[Node], *, gently: bool) -> None:
    """End nodes: all are asked at once, and those that do not go in time are made to."""
    nodes = list(nodes)
    for number in (signal.SIGTERM, signal.SIGKILL) if gently else (signal.SIGKILL,):
        for node in nodes:
            send(node, number)
        deadline = time.monotonic() + PATIENCE
        while any(of(node) for node in nodes) and time.monotonic() < deadline:
            time.sleep(0.1)
