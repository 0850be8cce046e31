"""Has the garbage collector look less often while events stream through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# New objects before the youngest are looked at, and how many such looks before the older ones are: a batch of events makes as many
# objects as the usual figures (700, 10, 10) stand for a hundred times, and hardly any of them is in a cycle.
_RARELY: Final = (100_000, 20, 20)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Collect garbage rarely inside; a sixth of the time a run takes beside parsing went into it."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
