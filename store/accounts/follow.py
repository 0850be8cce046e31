"""Keeps the index of a customer as Redis is: read whole once, then only the addresses that the log of changes names."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from store.accounts.index import Index
from store.accounts.kept import Kept
from store.accounts.lua import script
from store.accounts.sought import FACTS, facts
from store.redis.client import Client

_CHUNK: Final = 3000  # accounts read in one step: others wait for no more than a few milliseconds
T = TypeVar("T")


class Follower:
    """The index of one customer, brought up to date before each use. Safe in several threads.

    An index that is full is made anew beside the one in use, by a thread of its own.
    """

    def __init__(self, client: Client, kept: Kept) -> None:
        self._client, self._kept = client, kept
        self._lock = threading.Lock()
        self._index = Index()
        self._epoch, self._count = b"", -1
        self._making: threading.Thread | None = None
        self._meanwhile: set[bytes] = set()  # touched while it is made anew

    def asked(self, ask: Callable[[Index], T]) -> T:
        """What the index says, as all changes that were acknowledged before this call have left it."""
        with self._lock:
            self._follow()
            return ask(self._index)

    def _follow(self) -> None:
        epoch, count, *entries = self._client.script(script("since"), self._kept.names.seen[:2], [self._epoch, self._count])
        if epoch != self._epoch or count < self._count or (count > self._count and not entries):
            self._making = None  # what it makes is of before
            self._index = Index(self._everything())
            threading.Thread(target=self._finished, args=(self._index,), name="portal-accounts", daemon=True).start()
        elif entries:
            touched = {address for entry in entries for address in entry.split(b"\n")}
            self._put(self._index, touched)
            if self._making is not None:
                self._meanwhile |= touched
            elif self._index.full:
                self._make_anew()
        self._epoch, self._count = epoch, count

    def _put(self, index: Index, touched: Iterable[bytes]) -> None:
        addresses = list(touched)
        for address, record in zip(addresses, self._kept.records(addresses), strict=True):
            index.put(address, None if record is None else facts(record))

    def _make_anew(self) -> None:
        self._meanwhile = set()
        self._making = threading.Thread(target=self._made, args=(self._index.everything(),), name="portal-accounts", daemon=True)
        self._making.start()

    def _made(self, everything: dict[bytes, bytes]) -> None:
        index = Index(everything)
        index.finish()()
        with self._lock:
            if self._making is threading.current_thread():
                self._put(index, self._meanwhile)
                self._index, self._making = index, None

    def _finished(self, index: Index) -> None:
        place = index.finish()
        with self._lock:
            place()

    def _everything(self) -> dict[bytes, bytes]:
        """All accounts with their facts; what changes while they are read is in the log."""
        found: dict[bytes, bytes] = {}
        cursor = b"0"
        while True:
            cursor, names, all_facts = self._client.script(script("everything"), [self._kept.names.key("records")], [cursor, _CHUNK])
            if names:
                found.update(zip(names.split(b"\n"), _cut(all_facts), strict=True))
            if cursor == b"0":
                return found


def _cut(all_facts: bytes) -> Iterator[bytes]:
    return (all_facts[at : at + FACTS] for at in range(0, len(all_facts), FACTS))
