"""Runs one redis-server for as long as anybody uses it: `python keeper.py FOLDER REDIS-SERVER`. Started by `server.py` alone.

It returns when the server answers, or with one line that says why not, and leaves a process of its own behind that ends the server when
nobody holds `users.lock` any more. It imports nothing of the portal: it is up in a blink, and small, as it stays for as long as the server.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

SOCKET = "redis.sock"
LOG = "redis.log"
OPTIONS = {
    "port": "0",
    "unixsocket": SOCKET,
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "always",  # what is acknowledged is on disk
    "save": "",
    "logfile": LOG,
    "loglevel": "warning",
    "databases": "1",
    "timeout": "0",
    "daemonize": "no",
}
_DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG, linux/prctl.h


def main(folder: str, binary: str) -> int:
    """Start the server and leave; the exit code."""
    os.chdir(folder)
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as answer:
            said = answer.read()
        if said:
            sys.stderr.write(f"{said}\n")
        return 1 if said else 0
    os.close(reading)
    os.setsid()
    _silenced()
    server = _started(binary)
    said = _fault(server)
    os.write(writing, said.encode())
    os.close(writing)
    if not said:
        threading.Thread(target=_end_when_unused, args=(server,), daemon=True).start()
        server.wait()
    os._exit(0)


def _started(binary: str) -> "subprocess.Popen[bytes]":
    options = [part for name, value in OPTIONS.items() for part in (f"--{name}", value)]
    return subprocess.Popen([binary, *options], preexec_fn=_die_with_parent)  # noqa: PLW1509, S603 - one thread yet; the given server


def _fault(server: "subprocess.Popen[bytes]") -> str:
    """Empty once it answers, if only that it is reading its file; else why it ended."""
    while server.poll() is None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(SOCKET)
            except OSError:
                time.sleep(0.005)
            else:
                return ""
    lines = Path(LOG).read_text(encoding="utf-8", errors="replace").splitlines() if Path(LOG).exists() else []
    return lines[-1] if lines else f"redis-server ended with {server.returncode}"


def _end_when_unused(server: "subprocess.Popen[bytes]") -> None:
    """Wait until nobody holds the lock; whoever comes now waits in turn until the server has ended."""
    handle = os.open("users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    server.terminate()
    server.wait()
    os._exit(0)


def _silenced() -> None:
    """Let go of the caller's terminal and pipes."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)


def _die_with_parent() -> None:
    """Have the server end with its keeper, also where that is killed; elsewhere than on Linux it would stay."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_ITS_PARENT, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
