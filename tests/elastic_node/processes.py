"""Starts nodes as processes of this machine, finds them again and ends them."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil

from elastic_node.configuration import BRIEF
from elastic_node.places import account
from elastic_node.record import Node

PATIENCE = 20.0  # seconds for a node to close its indices
EXCHANGE = 5.0  # seconds for the kernel to put one program in the place of another; it needs microseconds, but may be kept waiting
STARTED: list[subprocess.Popen[bytes]] = []  # held, because Python warns when it lets go of a process that is meant to outlive it


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
    STARTED.append(process)
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
    """The processes of a node."""
    return beneath(node.configuration())


def beneath(folder: Path) -> list[psutil.Process]:
    """Those, and only those, processes whose environment names a configuration in a folder. A number in a file proves nothing."""
    found = []
    for process in psutil.process_iter():
        try:
            place = settled(process).get("ES_PATH_CONF")
        except psutil.Error:  # has ended, or is somebody else's
            continue
        if place and Path(place).is_relative_to(folder):
            found.append(process)
    return found


def settled(process: psutil.Process) -> dict[str, str]:
    """The environment of a process, once it has one: for a moment of its `execve` it has a program, but neither arguments nor environment.

    Whoever starts a program is told before that moment is over, and would take the node just started for one that has ended.
    """
    deadline = time.monotonic() + EXCHANGE
    while not process.cmdline() and process.exe() and time.monotonic() < deadline:
        time.sleep(0.001)
    entries: dict[str, str] = process.environ()
    return entries


def send(folder: Path, number: signal.Signals) -> None:
    """Send a signal to all processes that have their configuration in a folder."""
    for process in beneath(folder):
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def end(folder: Path, *, gently: bool) -> None:
    """End what `beneath` finds; gently asks first, and makes those go that do not in time."""
    for number in (signal.SIGTERM, signal.SIGKILL) if gently else (signal.SIGKILL,):
        send(folder, number)
        deadline = time.monotonic() + PATIENCE
        while beneath(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
