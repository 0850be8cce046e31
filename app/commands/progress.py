"""How far long work is: a bar on a terminal, now and then a plain line elsewhere; everything is written to standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from tqdm import tqdm

from indexer.summary import Progress
from store.moving import Headway, Tell

_EVERY = 10.0  # seconds between two plain lines


@contextmanager
def reporter() -> Iterator[Callable[[Progress], None]]:
    """What an index run calls as it goes."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    with tqdm(unit="B", unit_scale=True, dynamic_ncols=True, leave=False) as bar:
        yield lambda progress: _drawn(bar, progress)


@contextmanager
def headway() -> Iterator[Tell]:
    """What a move of events calls as it goes."""
    if not sys.stderr.isatty():
        yield _moving_lines()
        return
    with tqdm(unit=" events", unit_scale=True, dynamic_ncols=True, leave=False) as bar:
        yield lambda now: _moved(bar, now)


@contextmanager
def counter(unit: str) -> Iterator[Callable[[], None]]:
    """What is called for each thing that is looked at: a terminal shows how many and how fast."""
    with tqdm(unit=unit, unit_scale=True, dynamic_ncols=True, leave=False, disable=not sys.stderr.isatty()) as bar:
        yield lambda: _counted(bar)


def _counted(bar: "tqdm[None]") -> None:
    bar.update()


def _drawn(bar: "tqdm[None]", progress: Progress) -> None:
    """Rate, done and left in bytes as stored, with the counts beside them."""
    bar.total = progress.total
    bar.set_postfix_str(f"{progress.read:,} read, {progress.events:,} events, {progress.rejected:,} rejected", refresh=False)
    bar.update(progress.done - bar.n)


def _moved(bar: "tqdm[None]", now: Headway) -> None:
    """Rate, done and left, with what was rejected beside them. Work done in an earlier attempt is not of this one's rate."""
    if bar.total is None:
        bar.initial = bar.n = now.done - now.read if now.done >= now.read else 0
    bar.total = now.total
    bar.set_postfix_str(f"{now.note}, {now.rejected:,} rejected", refresh=False)
    bar.update(now.done - bar.n)


class _Clock:
    """Says when the next plain line is due, and how long it has been."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._begun

    def due(self) -> bool:
        """Whether there has been no line for a while; then there is one now."""
        now = time.monotonic()
        if now - self._last < _EVERY:
            return False
        self._last = now
        return True


def _lines() -> Callable[[Progress], None]:
    clock = _Clock()

    def line(progress: Progress) -> None:
        if not clock.due():
            return
        left = ""
        if progress.total and progress.done:
            left = f", {clock.seconds * (progress.total - progress.done) / progress.done:.0f} s left"
        rate = progress.events / clock.seconds
        click.echo(f"{progress.source}: {progress.read:,} read, {progress.events:,} events ({rate:,.0f}/s){left}", err=True)

    return line


def _moving_lines() -> Tell:
    clock = _Clock()
    first: list[Headway] = []

    def line(now: Headway) -> None:
        first.append(now) if not first else None
        if not clock.due():
            return
        rate = (now.read - first[0].read) / clock.seconds
        left = f", {(now.total - now.done) / rate:.0f} s left" if rate else ""
        click.echo(f"{now.note}: {now.done:,} of {now.total:,} ({rate:,.0f}/s){left}, {now.rejected:,} rejected", err=True)

    return line
