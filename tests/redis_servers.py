"""Real Redis servers for tests: one with an address, as an organisation has it, and what is known of embedded ones."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from store.redis.server import binary


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A server on a port of 127.0.0.1 that keeps what it is told in a folder; it answers from the start, and ends at the end."""
    options = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes", "appendfsync": "always", "save": ""}
    server = subprocess.Popen(
        [binary(), *(part for name, value in options.items() for part in (f"--{name}", value))], stdout=subprocess.DEVNULL
    )
    try:
        while server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"PING\r\n")
                if client.recv(10).startswith(b"+PONG"):
                    break
            time.sleep(0.01)
        yield server
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def servers_in(folder: Path) -> list[psutil.Process]:
    """The redis-servers that run in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "redis-server" and process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder.resolve():
                found.append(process)
    return found
