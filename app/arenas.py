"""How many pools the C library takes memory from."""

import ctypes
from typing import Final

ARENAS: Final = 2  # one processor's threads of Python hardly ever ask at the same time: the interpreter's lock lets one run
_M_ARENA_MAX: Final = -8  # of malloc.h


def limit() -> None:
    """Have the GNU C library keep two pools in this process and its forks; called before threads begin.

    By itself it gives nearly each thread one of its own, and what a thread has freed there no other can use: two workers of sixteen
    threads grew to two and a half times the memory (mallopt(3), M_ARENA_MAX; `bench/load.py`). Other C libraries have no such thing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
