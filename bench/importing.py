"""An import of as many rows as one file may have: how long its preview and the import take, and how much memory the portal needs for it.

`scripts/bench importing [ROWS]`. Through a real server, as a browser does it: the file is uploaded, the preview comes back, its form is
sent.
First every row is new, then every row has another number. Beside each step stands what phonenumbers alone needs to read the same numbers,
once, in the same run.
"""

import html
import http.client
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import phonenumbers
import psutil

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from api import Served, served

from store.accounts import MAX_ROWS

T = TypeVar("T")
BORDER = "portal-bench-border"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def written(rows: int, first: int) -> str:
    """A file as people have it, with numbers as Dutch people write them."""
    lines = (f"jan.bakker{row}@huisarts{row % 400}.example;06-{(first + row * 7) % 80_000_000 + 10_000_000}\r\n" for row in range(rows))
    return "email_address;phone_number\r\n" + "".join(lines)


def sent(portal: Served, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The page that comes back."""
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=300)
    connection.request("POST", path, body, headers | portal.headers)
    answer = connection.getresponse()
    page = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise SystemExit(f"{path}: {answer.status} {page[:500]!r}")
    return page


def uploaded(portal: Served, content: str) -> str:
    """The value that the form of the preview carries."""
    part = f'--{BORDER}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body = f"{part}{content}\r\n--{BORDER}--\r\n".encode()
    page = sent(portal, "/accounts/import", body, {"Content-Type": f"multipart/form-data; boundary={BORDER}"}).decode()
    found = re.search(r'name="?rows"? value="?([^">\s]+)', page)
    if found is None:
        raise SystemExit("the preview has no rows to import")
    return html.unescape(found[1])


def peak() -> float:
    """The most memory that any process of the server has had, in MB; the server is the only child of this process."""
    family = [each for each in psutil.Process().children(recursive=True) if each.name() != "redis-server"]
    sizes = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{each.pid}/status").read_text()) for each in family]
    return max(int(size[1]) for size in sizes if size) / 1000


def timed(label: str, alone: float, call: Callable[[], T]) -> T:
    """What a step gives; prints its seconds."""
    began = time.perf_counter()
    found = call()
    took = time.perf_counter() - began
    print(f"  {label:8} {took:5.1f} s, {took / alone:.2f} times the numbers alone; at most {peak():.0f} MB in a process so far")
    return found


def alone(content: str) -> float:
    """Seconds in which phonenumbers reads and judges the numbers once."""
    began = time.perf_counter()
    for line in content.splitlines()[1:]:
        phonenumbers.is_valid_number(phonenumbers.parse(line.partition(";")[2], "NL"))
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else MAX_ROWS
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as portal:
        print(f"a process of the server has {peak():.0f} MB at first")
        for label, first in (("new", 0), ("changed", 3)):
            content = written(rows, first)
            library = alone(content)
            print(f"{rows:,} {label} rows, {len(content) / 1e6:.1f} MB; phonenumbers alone reads their numbers in {library:.1f} s")
            carried = timed("preview", library, lambda: uploaded(portal, content))  # noqa: B023 - called at once
            body = f"rows={quote(carried)}&why=bench".encode()
            timed("import", library, lambda: sent(portal, "/accounts/import/apply", body, FORM))  # noqa: B023 - likewise


if __name__ == "__main__":
    main()
