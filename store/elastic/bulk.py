"""Sends lines to the cluster and looks at what became of each: what has to wait is sent again, with longer and longer pauses."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from store.elastic.answers import Bulk, Got, Hit, Item
from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError, UnreachableError, problem
from store.encoded import ENCODER

BYTES: Final = 6_000_000  # of a request: Elasticsearch advises 5 to 15 MB
_FIRST_PAUSE: Final = 0.1  # seconds
_LONGEST_PAUSE: Final = 10.0
_BAD: Final = 400
_WANTED: Final = {"filter_path": "errors,items.*.status,items.*.error"}  # of an answer: the rest repeats what was sent
_SERVER: Final = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """One action on one document: its `_id`, the action and, but for a delete, the document."""

    id: str
    data: bytes


def replaced(got: Got | Hit, written: bytes) -> bytes:
    """The lines that put a document in the place of the one that was got, where it is still the same."""
    return b'{"index":{"_id":%b,"if_seq_no":%d,"if_primary_term":%d}}\n%b\n' % (
        ENCODER.encode(got.id),
        got.seq_no,
        got.primary_term,
        written,
    )


def parted(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Lines in requests of a fit size."""
    start = size = 0
    for at, line in enumerate(lines):
        if size and size + len(line.data) > BYTES:
            yield lines[start:at]
            start, size = at, 0
        size += len(line.data)
    if start < len(lines):
        yield lines[start:]


def patiently(ask: Callable[[], T], patience: float) -> T:
    """What `ask` gives; asked again, with longer and longer pauses, until `patience` seconds have passed over trouble that may pass."""
    deadline = time.monotonic() + patience
    pause = _FIRST_PAUSE
    while True:
        try:
            return ask()
        except (RefusedError, UnreachableError) as error:
            if time.monotonic() > deadline or (isinstance(error, RefusedError) and not error.passing):
                raise
        pause = _rested(pause, time.sleep)


def sent(  # noqa: PLR0913 - one request, its parts by name
    cluster: Cluster,
    index: str,
    lines: Sequence[Line],
    patience: float,
    *,
    wait: Callable[[float], None] = time.sleep,
    params: Mapping[str, str | int] | None = None,
) -> list[Item]:
    """What became of each line in the end, in order: done, or refused for a reason that waiting does not mend.

    What the cluster could not take now, or was cut off from, is sent again until `patience` seconds have passed. Raises `RefusedError`
    (`blocked` where the index is being replaced: the caller has to look for the new one) or `UnreachableError`.
    """
    deadline = time.monotonic() + patience
    outcome: dict[int, Item] = {}
    waiting = list(range(len(lines)))
    pause = _FIRST_PAUSE
    while True:
        trouble = _try(cluster, index, lines, waiting, outcome, params=params)
        waiting = [at for at in waiting if at not in outcome]
        if not waiting:
            return [outcome[at] for at in range(len(lines))]
        if trouble is not None and (time.monotonic() > deadline or (isinstance(trouble, RefusedError) and trouble.blocked)):
            raise trouble
        pause = _rested(pause, wait)


def _try(  # noqa: PLR0913 - as above
    cluster: Cluster,
    index: str,
    lines: Sequence[Line],
    waiting: Sequence[int],
    outcome: dict[int, Item],
    *,
    params: Mapping[str, str | int] | None,
) -> RefusedError | UnreachableError | None:
    """Send what waits, note what is settled; the trouble that keeps the rest, if any."""
    body = b"".join(lines[at].data for at in waiting)
    try:
        answer = cluster.ask("POST", f"/{index}/_bulk", body, answer=Bulk, params={**_WANTED, **(params or {})}, once=True)
    except (RefusedError, UnreachableError) as error:
        if isinstance(error, RefusedError) and not error.passing:
            raise
        return error
    items = [item for given in answer.items for item in given.values()]
    if not answer.errors:
        outcome.update(zip(waiting, items, strict=True))
        return None
    trouble = None
    for at, item in zip(waiting, items, strict=True):
        met = trouble_of(cluster, item)
        if met is not None and (met.passing or item.status >= _SERVER):  # a node that is going down has faults of its own
            trouble = met
        else:
            outcome[at] = item
    return trouble


def trouble_of(cluster: Cluster, item: Item) -> RefusedError | None:
    """Why a line was not taken; None where it was."""
    if item.status < _BAD:
        return None
    return problem(cluster.address.shown, item.status, b'{"error":' + (bytes(item.error) or b"null") + b"}")


def _rested(pause: float, wait: Callable[[float], None]) -> float:
    """Wait for about so many seconds; how long to wait the next time."""
    wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that those who wait do not come back together
    return min(_LONGEST_PAUSE, pause * 2)
