"""What Redis keeps of one customer's accounts, read and changed by the address."""

import secrets
from collections.abc import Sequence
from typing import Final

from store.accounts import coding
from store.accounts.client import Client
from store.accounts.names import CUSTOMERS, Names

_EPOCH: Final = secrets.token_hex(8)  # of accounts that this process is the first to write
_CHUNK: Final = 1000
ABSENT: Final = b"-"

Step = tuple[str | bytes | int, ...]


class Kept:
    """The accounts of one customer."""

    def __init__(self, client: Client, customer: str) -> None:
        self._client = client
        self.customer: Final = customer
        self.names: Final = Names(customer)
        self._known = False  # whether this customer stands among those that have accounts

    def record(self, address: str) -> bytes | None:
        """What is kept of an address, if anything."""
        found: bytes | None = self._client.command("HGET", self.names.key("records"), address)
        return found

    def records(self, addresses: Sequence[str]) -> list[bytes | None]:
        """What is kept of each."""
        return self._several("records", addresses)

    def graves(self, addresses: Sequence[str]) -> list[bytes | None]:
        """What is kept of each that was deleted."""
        return self._several("graves", addresses)

    def both(self, address: str) -> tuple[bytes | None, bytes | None]:
        """The record and the grave of an address, of one moment."""
        record, grave = self._client.commands(
            lambda pipeline: [pipeline.hget(self.names.key(what), address) for what in ("records", "graves")]
        )
        return record, grave

    def history(self, address: str) -> tuple[bytes, bytes | None]:
        """The lines of an address's history before the newest, and its record, which has that."""
        lines, record = self._client.commands(
            lambda pipeline: [pipeline.hget(self.names.key(what), address) for what in ("histories", "records")]
        )
        return lines or b"", record

    def change(self, steps: Sequence[Step]) -> list[str]:
        """All of these steps of `change.lua`, or none: the addresses for which a check was not met."""
        self._introduce()
        words = [word for step in steps for word in step]
        failed = self._client.script("change", self.names.change, [_EPOCH, *words])
        return [address.decode() for address in failed]

    def seen(self, words: Sequence[str | bytes | int]) -> tuple[int, list[str]]:
        """`seen.lua`: how many addresses are new, and those that were deleted before."""
        self._introduce()
        added, back = self._client.script("seen", self.names.seen, [_EPOCH, *words])
        return added, [address.decode() for address in back]

    def buried_before(self, moment: int, most: int) -> list[str]:
        """Addresses deleted up to a moment, whose graves hold more than they may."""
        found = self._client.command("ZRANGEBYSCORE", self.names.key("buried"), 0, moment, "LIMIT", 0, most)
        return [address.decode() for address in found]

    def _several(self, what: str, addresses: Sequence[str]) -> list[bytes | None]:
        found: list[bytes | None] = []
        for start in range(0, len(addresses), _CHUNK):
            found += self._client.command("HMGET", self.names.key(what), *addresses[start : start + _CHUNK])
        return found

    def _introduce(self) -> None:
        if not self._known:
            self._client.command("SADD", CUSTOMERS, self.customer)
            self._known = True


def part_is(address: str, record: bytes | None) -> Step:
    """The check that people's part of a record is still what it was."""
    return "is_part", address, ABSENT if record is None else b"+" + record[coding.HEAD :]


def grave_is(address: str, grave: bytes | None) -> Step:
    """The check that a grave is still what it was."""
    return "is_grave", address, ABSENT if grave is None else b"+" + grave
