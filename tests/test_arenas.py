"""The C library keeps few pools of memory, however many threads there are."""

import ctypes
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Final

import psutil
import pytest
from serving import serving

from app.arenas import ARENAS

POOL: Final = 64 << 20  # bytes of addresses, at a multiple of them, that the GNU C library sets aside for a pool beyond the first
ROOT = Path(__file__).parent.parent
THREADS = 8
# Threads that all hold memory at once, and then what the C library says of its pools (malloc_info(3)).
PROGRAM = f"""
import ctypes, threading
from app import arenas
if LIMITED: arenas.limit()
together = threading.Barrier({THREADS})
def hold():
    held = [bytearray(5000) for _ in range(100)]
    together.wait()
threads = [threading.Thread(target=hold) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
library.fflush(None)
"""


has_pools = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="another C library has no such pools")


def further_pools(process: psutil.Process) -> int:
    """How many pools a process has beside the first: of each the part in use and the rest, set aside, lie behind each other."""
    lines = [line.split() for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines()]
    areas = [(*(int(edge, 16) for edge in line[0].split("-")), line[1]) for line in lines]
    return sum(
        (used, rest) == ("rw-p", "---p") and begin % POOL == 0 and end == start and stop - begin == POOL
        for (begin, end, used), (start, stop, rest) in pairwise(areas)
    )


@has_pools
@pytest.mark.parametrize("limited", [True, False])
def test_threads_share_pools_of_memory_where_they_are_told_to(*, limited: bool) -> None:
    """Without being told they take more, so that this test sees the difference."""
    command = [sys.executable, "-c", PROGRAM.replace("LIMITED", str(limited))]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert (told.count("<heap nr=") <= ARENAS) == limited


@has_pools
def test_the_workers_of_the_server_share_theirs(tmp_path: Path) -> None:
    """Asked for pages by sixteen at once."""
    with serving(tmp_path, {}, "--workers", "1") as served:
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(served.get, ["/events"] * 64))
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        workers = [each for each in psutil.Process(served.process.pid).children() if "python" in each.name()]
        assert [further_pools(each) for each in workers] == [ARENAS - 1]
