"""Waits for the cluster as long as somebody waits for its answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from typing import Final, Generic, TypeVar

from store.elastic.nodes import unless
from store.errors import AbandonedError

T = TypeVar("T")

_LOOK: Final = 0.2  # seconds between two looks whether the asker is still there
_THREADS: Final = 32


class Coming(Generic[T]):
    """An answer that is fetched ahead."""

    def __init__(self, asked: "Future[T]", dropped: threading.Event, left: Callable[[], bool]) -> None:
        self._asked, self._dropped, self._left = asked, dropped, left

    def result(self) -> T:
        """The answer. Raises `AbandonedError` where nobody waits for it any more."""
        while True:
            try:
                return self._asked.result(_LOOK)
            except NotYetError:
                if self._asked.done():
                    raise  # the answer itself was a timeout
                if self._left():
                    self.drop()
                    raise AbandonedError("The search was stopped: nobody waits for its answer any more.") from None

    def drop(self) -> None:
        """Do without the answer; the cluster is left soon."""
        self._dropped.set()
        self._asked.cancel()


class Waiting:
    """Asks while looking every now and then whether anybody still wants the answer.

    `left` says that nobody does; it is called in the asker's own thread.
    """

    def __init__(self, left: Callable[[], bool]) -> None:
        self._left = left
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="elasticsearch")

    def answer(self, ask: Callable[[], T]) -> T:
        """What `ask` gives, in this thread. Raises `AbandonedError` where nobody waits for it any more."""
        with unless(self._left):
            return ask()

    def ahead(self, ask: Callable[[], T]) -> Coming[T]:
        """Start asking for what will be wanted next."""
        dropped = threading.Event()

        def asked() -> T:
            with unless(dropped.is_set):
                return ask()

        return Coming(self._threads.submit(asked), dropped, self._left)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
