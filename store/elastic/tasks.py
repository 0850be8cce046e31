"""Waits for the cluster, and has it stop what nobody waits for any more."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from typing import Any, Final, TypeVar

import msgspec

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.errors import AbandonedError, StoreUnavailableError

T = TypeVar("T")

_LOOK: Final = 0.2  # seconds between two looks whether the asker is still there
_THREADS: Final = 32


class _Task(msgspec.Struct):
    headers: dict[str, str] = {}


class _Node(msgspec.Struct):
    tasks: dict[str, _Task] = {}


class _Tasks(msgspec.Struct):
    nodes: dict[str, _Node] = {}


class Waiting:
    """Asks in threads of its own while the asker looks every now and then whether anybody still wants the answer.

    `left` says that nobody does; it is called in the asker's own thread.
    """

    def __init__(self, cluster: Cluster, left: Callable[[], bool]) -> None:
        self._cluster, self._left = cluster, left
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="elasticsearch")

    def answer(self, ask: Callable[[str], T]) -> T:
        """What `ask` gives, which is handed an id to mark its tasks with. Raises `AbandonedError` where nobody waits any more."""
        mark = secrets.token_hex(8)
        asked = self._threads.submit(ask, mark)
        while True:
            try:
                return asked.result(_LOOK)
            except NotYetError:
                if asked.done():
                    raise  # the answer itself was a timeout
                if self._left():
                    self._stop(mark)
                    raise AbandonedError("The search was stopped: nobody waits for its answer any more.") from None

    def ahead(self, ask: Callable[[], T]) -> "Future[T]":
        """Start asking for what will be wanted next."""
        return self._threads.submit(ask)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _stop(self, mark: str) -> None:
        """Have the cluster cancel the tasks with this mark. That they are gone already is no error, nor that the cluster is."""
        try:
            found = self._cluster.ask("GET", "/_tasks", params={"actions": "indices:data/read/*"}, answer=_Tasks)
            marked = [name for node in found.nodes.values() for name, task in node.tasks.items() if task.headers.get("X-Opaque-Id") == mark]
            for name in marked:
                self._cluster.ask("POST", f"/_tasks/{name}/_cancel", answer=dict[str, Any])
        except (RefusedError, StoreUnavailableError):
            return
