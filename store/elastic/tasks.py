"""Waits for the cluster, and has it stop what nobody waits for any more."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from typing import Any, Final, Generic, TypeVar

import msgspec

from store.elastic.cluster import Cluster
from store.errors import AbandonedError, StoreUnavailableError

T = TypeVar("T")

_LOOK: Final = 0.2  # seconds between two looks whether the asker is still there
_THREADS: Final = 32
_SECONDS: Final = 5.0  # for the cluster to name its tasks and to stop one; a node that hangs is not waited for longer


class _Task(msgspec.Struct):
    headers: dict[str, str] = {}
    cancellable: bool = False
    cancelled: bool = False


class _Node(msgspec.Struct):
    tasks: dict[str, _Task] = {}


class _Tasks(msgspec.Struct):
    nodes: dict[str, _Node] = {}


class Coming(Generic[T]):
    """An answer that is being waited for; the cluster knows its tasks by `mark`."""

    def __init__(self, asked: "Future[T]", mark: str, waiting: "Waiting") -> None:
        self._asked, self._mark, self._waiting = asked, mark, waiting

    def result(self) -> T:
        """The answer. Raises `AbandonedError` where nobody waits for it any more; the cluster has been told to stop then."""
        while True:
            try:
                return self._asked.result(_LOOK)
            except NotYetError:
                if self._asked.done():
                    raise  # the answer itself was a timeout
                if self._waiting.left():
                    self.drop()
                    raise AbandonedError("The search was stopped: nobody waits for its answer any more.") from None

    def drop(self) -> None:
        """Do without the answer."""
        if not self._asked.cancel() and not self._asked.done():
            self._waiting.stop(self._mark)


class Waiting:
    """Asks in threads of its own while the asker looks every now and then whether anybody still wants the answer.

    `left` says that nobody does; it is called in the asker's own thread.
    """

    def __init__(self, cluster: Cluster, left: Callable[[], bool]) -> None:
        self._cluster, self.left = cluster, left
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="elasticsearch")

    def answer(self, ask: Callable[[str], T]) -> T:
        """What `ask` gives, which is handed an id to mark its tasks with. Raises `AbandonedError` as `Coming.result` does."""
        return self.ahead(ask).result()

    def ahead(self, ask: Callable[[str], T]) -> Coming[T]:
        """Start asking for what will be wanted next."""
        mark = secrets.token_hex(8)
        return Coming(self._threads.submit(ask, mark), mark, self)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def stop(self, mark: str) -> None:
        """Have the cluster cancel the tasks with this mark. That they are gone already is no error, nor that the cluster is."""
        try:
            found = self._cluster.ask(
                "GET",
                "/_tasks",
                params={"actions": "indices:data/read/*", "timeout": f"{_SECONDS:.0f}s"},
                answer=_Tasks,
                seconds=2 * _SECONDS,
                once=True,
            )
            tasks = ((name, task) for node in found.nodes.values() for name, task in node.tasks.items())
            for name in [
                name for name, task in tasks if task.cancellable and not task.cancelled and task.headers.get("X-Opaque-Id") == mark
            ]:
                self._cluster.ask("POST", f"/_tasks/{name}/_cancel", answer=dict[str, Any], seconds=_SECONDS, once=True)
        except StoreUnavailableError:
            return
