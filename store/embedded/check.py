"""Findings about an embedded store: the months on the disk, and whether there is room to write them anew."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from store.embedded.partitions import Partitions
from store.findings import Finding


def examined(partitions: Partitions) -> Iterator[Finding]:
    """Every finding; raises a `StoreError` where a month cannot be opened."""
    sizes = {snapshot.partition.month: _size(snapshot.partition.path) for snapshot in partitions.snapshots(None, None)}
    largest = max(sizes, key=lambda month: sizes[month], default=None)
    if largest is None:
        yield Finding(ok=True, about="months", detail="none yet")
        return
    free = shutil.disk_usage(partitions.folder).free
    whole, most = sum(sizes.values()) / 1e9, sizes[largest] / 1e9
    detail = f"{len(sizes):,}, {min(sizes)} to {max(sizes)}, {whole:.1f} GB; the largest, {largest}, {most:.1f} GB"
    if free < sizes[largest]:
        detail += f". Only {free / 1e9:.1f} GB are free, too little to write that month anew (`portal forget`): make room."
    yield Finding(ok=free >= sizes[largest], about="months", detail=detail)


def _size(folder: Path) -> int:
    """The bytes of a folder's files; one that is merged away meanwhile has none."""
    total = 0
    for entry in folder.iterdir():
        try:
            total += entry.stat().st_size
        except FileNotFoundError:
            continue
    return total
