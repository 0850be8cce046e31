"""The record of a run, in the index `{prefix}-state`: what it does, how far it is, and whose it is. There is one of a kind at a time."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

import msgspec

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names
from store.errors import ReindexError, StoreError

SAVED_EVERY: Final = 2.0  # seconds: so much work at most is done again after a kill
_SILENCE: Final = 10.0  # seconds without a word after which a run is taken for dead
_LOOK: Final = 0.5
_CONFLICT: Final = 409
VERSIONS: Final = "versions"  # the record of a run between versions
EMBEDDED: Final = "embedded"  # and of one from the embedded engine, which is to this one as any other ingest


class Kind(StrEnum):
    """What a run does."""

    REINDEX = "reindex"  # into a new version
    ROLLBACK = "rollback"  # back to the version that was kept
    IMPORT = "import"  # from the embedded engine


class Phase(StrEnum):
    """How far a run is in large steps."""

    COPYING = "copying"
    SWITCHING = "switching"  # writers wait, or have to be let go on
    ABORTING = "aborting"
    DONE = "done"
    ABORTED = "aborted"


OVER: Final = (Phase.DONE, Phase.ABORTED)


class Mark(msgspec.Struct):
    """Up to which change (Elasticsearch's `_seq_no`) each shard of an index is copied; `uuid` tells it from a later one of its name."""

    uuid: str
    shards: dict[str, int]


class Run(msgspec.Struct):
    """A run. `number` grows from run to run; `done` of `total` changes are copied; `marks` are of the source's indices.

    `base` are the marks of the target's indices when it went live: what came after them is missing in the version that is kept.
    `place` is where an import is.
    """

    number: int
    kind: Kind
    source: int
    target: int
    phase: Phase = Phase.COPYING
    owner: str = ""
    marks: dict[str, Mark] = {}
    base: dict[str, Mark] = {}
    done: int = 0
    total: int = 0
    read: int = 0
    written: int = 0
    seconds: float = 0.0
    started: int = 0
    place: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done."""
        return self.phase in OVER


class _Kept(msgspec.Struct):
    """The record as it is got."""

    found: bool = False
    source: Run | None = msgspec.field(name="_source", default=None)
    seq_no: int = msgspec.field(name="_seq_no", default=-1)
    primary_term: int = msgspec.field(name="_primary_term", default=-1)


class _Written(msgspec.Struct):
    seq_no: int = msgspec.field(name="_seq_no")
    primary_term: int = msgspec.field(name="_primary_term")


class Runs:
    """Reads and writes the record; each write holds only where nobody else has written since."""

    def __init__(self, cluster: Cluster, names: Names, what: str = VERSIONS) -> None:
        self._cluster, self._names = cluster, names
        self._path = f"/{names.state}/_doc/{what}"
        self._at: tuple[int, int] | None = None
        self._saved = 0.0
        self._clock = time.monotonic()

    def last(self, *, at_once: bool = False) -> Run | None:
        """The run under way or, where there is none, the last one; None where there has never been one.

        `at_once` for who would rather not know than wait for a cluster that is busy.
        """
        return self._kept(once=at_once).source

    def begin(self, run: Run) -> None:
        """Start a run; raises `ReindexError` where another one is under way or was interrupted."""
        self._make()
        kept = self._kept()
        if kept.source is not None and not kept.source.over:
            raise ReindexError(_in_the_way(kept.source))
        self._at = (kept.seq_no, kept.primary_term) if kept.found else None
        run.number = kept.source.number + 1 if kept.source else 1
        run.started = time.time_ns() // 1_000_000
        self._claim(run)

    def take_over(self, wait: Callable[[float], None] = time.sleep) -> Run:
        """Go on with an interrupted run; raises `ReindexError` where there is none, or where somebody is at work on it."""
        kept = self._kept()
        if kept.source is None or kept.source.over:
            raise ReindexError("There is nothing to go on with: no reindex was interrupted.")
        if kept.source.owner and not _dead(kept.source.owner):
            until = time.monotonic() + _SILENCE
            while time.monotonic() < until:
                wait(_LOOK)
                if self._kept().seq_no != kept.seq_no:
                    raise ReindexError(f"A reindex is at work ({_who(kept.source.owner)}): wait for it, or stop it there with Ctrl-C.")
        self._at = kept.seq_no, kept.primary_term
        self._claim(kept.source)
        return kept.source

    def save(self, run: Run) -> None:
        """Write the record; raises `ReindexError` where another process has taken the run over."""
        now = time.monotonic()
        run.seconds += now - self._clock
        self._clock = self._saved = now
        params: dict[str, str | int] = {"op_type": "create"}
        if self._at is not None:
            params = {"if_seq_no": self._at[0], "if_primary_term": self._at[1]}
        try:
            written = self._cluster.ask("PUT", self._path, run, params=params, answer=_Written)
        except RefusedError as error:
            if error.status != _CONFLICT:
                raise
            # A request that was sent again after a lost connection may have been done the first time.
            kept = self._kept()
            if kept.source is None or kept.source.owner != run.owner:
                raise ReindexError("Another process has taken this reindex over; it goes on there.") from error
            self._at = kept.seq_no, kept.primary_term
            self.save(run)
            return
        self._at = written.seq_no, written.primary_term

    def let_go(self, run: Run) -> None:
        """Stop working on a run that is not over, so that it can be gone on with at once. Where that cannot be written, a wait tells."""
        run.owner = ""
        with suppress(StoreError):
            self.save(run)

    def save_now_and_then(self, run: Run) -> None:
        """Write the record if that is due."""
        if time.monotonic() - self._saved > SAVED_EVERY:
            self.save(run)

    def _claim(self, run: Run) -> None:
        run.owner = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
        self._clock = time.monotonic()
        self.save(run)

    def _kept(self, *, once: bool = False) -> _Kept:
        try:
            return self._cluster.ask("GET", self._path, answer=_Kept, once=once)
        except RefusedError as error:
            if error.missing:
                return _Kept()
            raise

    def _make(self) -> None:
        """Make the index, if there is none yet."""
        properties = {"refused_by": {"type": "integer"}, "key": {"type": "keyword"}}
        body: dict[str, Any] = {
            "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
            "mappings": {"dynamic": False, "properties": properties},
        }
        try:
            self._cluster.ask("PUT", f"/{self._names.state}", body)
        except RefusedError as error:
            if error.kind != "resource_already_exists_exception":
                raise


def _in_the_way(run: Run) -> str:
    share = f" at {100 * run.done // run.total} %" if run.total else ""
    whose = f" ({_who(run.owner)})" if run.owner else ", it was stopped"
    return (
        f"A {run.kind} from {time.strftime('%Y-%m-%d %H:%M', time.gmtime(run.started / 1000))} UTC is not done{share}{whose}. "
        "Wait for it if it is at work; else `portal reindex --resume` goes on with it, and --abort gives it up."
    )


def _who(owner: str) -> str:
    host, _, rest = owner.partition(" ")
    return f"process {rest.partition(' ')[0]} on {host}"


def _dead(owner: str) -> bool:
    """Whether the process is known to have ended: it was on this machine, and is there no more."""
    host, _, rest = owner.partition(" ")
    if host != socket.gethostname() or not rest:
        return False
    with suppress(PermissionError, ValueError):
        try:
            os.kill(int(rest.partition(" ")[0]), 0)
        except ProcessLookupError:
            return True
    return False
