"""A real `portal serve` of a test's own, and what it wrote."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inside import COOKIE, session_in, token_in

ROOT = Path(__file__).parent.parent


@dataclass
class Served:
    """A server that runs, what lets an operator in, and the lines it wrote to standard error (all of them once it has ended)."""

    port: int
    process: subprocess.Popen[str]
    token: str  # of an operator
    session: str  # likewise
    errors: list[str] = field(default_factory=list)

    @property
    def bearer(self) -> str:
        """The line of a head that shows the token."""
        return f"Authorization: Bearer {self.token}\r\n"

    def ask(self, request: bytes, *, seconds: float = 20) -> bytes:
        """Send these bytes on a connection of their own, and give all that comes until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(request)
            return received(connection)

    def get(self, path: str, *headers: str, host: str = "localhost") -> bytes:
        """The answer to a plain GET of an operator, head and body."""
        way_in = [] if any(each.startswith("Authorization:") for each in headers) else [self.bearer.strip()]
        way_in += [f"Cookie: {COOKIE}={self.session}; __Host-{COOKIE}={self.session}"]
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *way_in, *headers]
        return self.ask("\r\n".join([*lines, "", ""]).encode())

    def stop(self) -> int:
        """End it as an operator does, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def received(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    found = b""
    while chunk := connection.recv(65536):
        found += chunk
    return found


@contextmanager
def serving(folder: Path, settings: Mapping[str, str] | None = None, *arguments: str) -> Iterator[Served]:
    """`portal serve` on a free port with its data in `folder`; ended at the end, with everything it started."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PORTAL_DATA": str(folder / "data"), "PYTHONPATH": str(ROOT), **(settings or {})}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", *(arguments or ("--workers", "1"))]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        errors: list[str] = []
        reading = threading.Thread(target=errors.extend, args=(process.stderr,))
        reading.start()
        try:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
            assert found, errors
            yield Served(int(found[1]), process, token_in(folder / "data"), session_in(folder / "data"), errors)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            reading.join(timeout=30)
