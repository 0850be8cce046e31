"""What Redis keeps of one customer's accounts, read and changed by the address."""

import secrets
from collections.abc import Sequence
from typing import Final

from store.accounts import coding
from store.accounts.lua import script
from store.accounts.names import CUSTOMERS, Names
from store.redis.client import Client

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

    def records(self, addresses: Sequence[str] | Sequence[bytes]) -> list[bytes | None]:
        """What is kept of each."""
        return self._several("records", addresses)

    def graves(self, addresses: Sequence[str] | Sequence[bytes]) -> list[bytes | None]:
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
        failed = self._client.script(
            script("change"), self.names.change, [_epoch(), b"".join(_word(word) for step in steps for word in step)]
        )
        return [address.decode() for address in failed]

    def seen(self, addresses: Sequence[str], heads: Sequence[bytes]) -> tuple[int, list[str]]:
        """`seen.lua` with the head of a record for each address: how many are new, and those that were deleted before."""
        self._introduce()
        added, back = self._client.script(script("seen"), self.names.seen, [_epoch(), "\n".join(addresses), b"".join(heads)])
        return added, [address.decode() for address in back]

    def buried_before(self, moment: int, most: int) -> list[str]:
        """Addresses deleted up to a moment, whose graves hold more than they may."""
        found = self._client.command("ZRANGEBYSCORE", self.names.key("buried"), 0, moment, "LIMIT", 0, most)
        return [address.decode() for address in found]

    def by_mail(self, newest: int | None, skipped: int, most: int) -> list[tuple[int, str]]:
        """Last mail (0: none) and address, newest first, ties by address backwards; from `newest` on but for so many."""
        flat = self._client.command(
            "ZREVRANGEBYSCORE", self.names.key("order"), "+inf" if newest is None else newest, "-inf", "WITHSCORES", "LIMIT", skipped, most
        )
        return [(int(float(at)), address.decode()) for address, at in flat]

    def last_mails(self, addresses: Sequence[str]) -> list[int]:
        """The last mail of each, 0 for none."""
        found: list[float | None] = []
        for start in range(0, len(addresses), _CHUNK):
            found += self._client.command("ZMSCORE", self.names.key("order"), *addresses[start : start + _CHUNK])
        return [int(float(at or 0)) for at in found]

    def _several(self, what: str, addresses: Sequence[str] | Sequence[bytes]) -> list[bytes | None]:
        found: list[bytes | None] = []
        for start in range(0, len(addresses), _CHUNK):
            found += self._client.command("HMGET", self.names.key(what), *addresses[start : start + _CHUNK])
        return found

    def _introduce(self) -> None:
        if not self._known:
            self._client.command("SADD", CUSTOMERS, self.customer)
            self._known = True


def _epoch() -> str:
    """What a log that begins with this change is known by."""
    return secrets.token_hex(8)


def _word(word: str | bytes | int) -> bytes:
    """A word of a step, with its length before it."""
    octets = word if isinstance(word, bytes) else str(word).encode()
    return len(octets).to_bytes(4, "big") + octets


def part_is(address: str, record: bytes | None) -> Step:
    """The check that people's part of a record is still what it was."""
    return "is_part", address, ABSENT if record is None else b"+" + record[coding.HEAD :]


def grave_is(address: str, grave: bytes | None) -> Step:
    """The check that a grave is still what it was."""
    return "is_grave", address, ABSENT if grave is None else b"+" + grave
