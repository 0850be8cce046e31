"""How far an index run is: a bar on a terminal, now and then a plain line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from tqdm import tqdm

from indexer.summary import Progress

_EVERY = 10.0  # seconds between two plain lines


@contextmanager
def reporter() -> Iterator[Callable[[Progress], None]]:
    """What the pipeline calls as it goes; everything is written to standard error."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    with tqdm(unit="B", unit_scale=True, dynamic_ncols=True, leave=False) as bar:
        yield lambda progress: _drawn(bar, progress)


def _drawn(bar: "tqdm[None]", progress: Progress) -> None:
    """Rate, done and left in bytes as stored, with the counts beside them."""
    bar.total = progress.total
    bar.set_postfix_str(f"{progress.read:,} read, {progress.events:,} events, {progress.rejected:,} rejected", refresh=False)
    bar.update(progress.done - bar.n)


def _lines() -> Callable[[Progress], None]:
    begun = last = time.monotonic()

    def line(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _EVERY:
            return
        last = now
        left = ""
        if progress.total and progress.done:
            left = f", {(now - begun) * (progress.total - progress.done) / progress.done:.0f} s left"
        rate = progress.events / (now - begun)
        click.echo(f"{progress.source}: {progress.read:,} read, {progress.events:,} events ({rate:,.0f}/s){left}", err=True)

    return line
