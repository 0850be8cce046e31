"""What `portal reindex --dry-run` says: what would happen, how long it would take, and whether the disk has room for it."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.terminal import counted, harmless
from store.elastic.reindex import Plan
from store.moving import Size

_MINUTE = 60
_HOUR = 3600
_SHOWN = 5  # events that would not be taken


def told(plan: Plan) -> Iterator[str]:
    """The lines for a move between two versions on a cluster."""
    yield f"Version {plan.source} would be copied into version {plan.target}; nothing has been changed."
    yield from _months(plan.months)
    if plan.sampled:
        yield (
            f"Copying {counted(plan.sampled, 'event')} as a trial went at {plan.rate:,.0f} a second: "
            f"all would take about {_lasting(plan.seconds)}."
        )
        copies = "1 copy" if plan.copies == 1 else f"{plan.copies} copies"
        yield (
            f"Disk: about {_size(plan.needed)} ({plan.each:,.0f} bytes an event, {copies}); {_size(plan.free)} free on the nodes."
            f"{'' if plan.needed < plan.free else ' THAT IS NOT ENOUGH: add disk, or expire old months.'}"
        )
    if plan.rejections:
        yield f"{counted(len(plan.rejections), 'event')} of the trial would not be taken, such as:"
        yield from (harmless(f"  {one.id}: {one.reason}") for one in plan.rejections[:_SHOWN])


def renewal_told(sizes: Mapping[str, Size], what: str, place: Path | None = None) -> Iterator[str]:
    """The lines for the months of the embedded engine; `what` would happen to them, with room in `place` for the largest."""
    events, size = sum(each.events for each in sizes.values()), sum(each.bytes for each in sizes.values())
    yield f"{counted(events, 'event')} of {counted(len(sizes), 'month')} ({_size(size)}) {what}; nothing has been changed."
    yield from _months(sizes)
    if place is not None:
        largest, free = max((each.bytes for each in sizes.values()), default=0), shutil.disk_usage(place).free
        yield f"Disk: up to {_size(largest)} beside what is there; {_size(free)} free.{'' if largest < free else ' THAT IS NOT ENOUGH.'}"


def _months(sizes: Mapping[str, Size]) -> Iterator[str]:
    for month, size in sizes.items():
        yield f"  {month}  {size.events:12,} events  {_size(size.bytes):>10}"


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004 - what the units differ by
            return f"{number:,.0f} B" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def _lasting(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / _MINUTE:.0f} minutes" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} hours"
