"""The C library keeps few pools of memory, however many threads there are."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from app.arenas import ARENAS

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


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="another C library has no such pools")
@pytest.mark.parametrize("limited", [True, False])
def test_threads_share_pools_of_memory_where_they_are_told_to(*, limited: bool) -> None:
    """Without being told they take more, so that this test sees the difference."""
    command = [sys.executable, "-c", PROGRAM.replace("LIMITED", str(limited))]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert (told.count("<heap nr=") <= ARENAS) == limited
