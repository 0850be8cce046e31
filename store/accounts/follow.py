"""Keeps the index of a customer as Redis is: read whole once, then only the addresses that the log of changes names."""

import threading
from collections.abc import Iterator

from store.accounts import coding
from store.accounts.client import Client
from store.accounts.index import Facts, Index
from store.accounts.kept import Kept

_CHUNK = 5000


class Follower:
    """The index of one customer, brought up to date before each use. Safe in several threads."""

    def __init__(self, client: Client, kept: Kept) -> None:
        self._client, self._kept = client, kept
        self._lock = threading.Lock()
        self._index = Index()
        self._epoch, self._count = b"", -1

    def index(self) -> Index:
        """As all changes that were acknowledged before this call have left it."""
        with self._lock:
            epoch, count, *touched = self._client.script("since", self._kept.names.seen[:2], [self._epoch, self._count])
            if epoch != self._epoch or (count > self._count and not touched):
                self._index = Index(self._everything())
            elif touched:
                addresses = sorted({line.decode() for entry in touched for line in entry.split(b"\n")})
                for address, record in zip(addresses, self._kept.records(addresses), strict=True):
                    self._index.put(address, None if record is None else coding.facts(record))
            self._epoch, self._count = epoch, count
            return self._index

    def _everything(self) -> Iterator[tuple[str, Facts]]:
        """All accounts, in no order, some twice; what changes meanwhile is in the log."""
        cursor = 0
        while True:
            cursor, flat = self._client.command("HSCAN", self._kept.names.key("records"), cursor, "COUNT", _CHUNK)
            pairs = flat.items() if isinstance(flat, dict) else coding.pairs(flat)
            for address, record in pairs:
                yield address.decode(), coding.facts(record)
            cursor = int(cursor)
            if cursor == 0:
                return
