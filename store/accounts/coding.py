"""Accounts as bytes in Redis: short, and with what the scripts look at in fixed places.

A record is `HEAD` bytes of the indexer's (first mail, last mail, last bounce, returned; ms since 1970, 6 bytes each, 0 for none), and where
people changed something their part: changed at (6), phone (8, its digits as a number), version (4), state (1), and the rest as msgpack. A
record of the head alone was only seen by the indexer. The scripts write the head and compare people's parts; nothing but this module
looks into those.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from store.accounts.account import Account, Change, State

HEAD: Final = 24
_TIME: Final = 6
_PART: Final = struct.Struct(">HIQIB")
_STATES: Final = tuple(State)
_LENGTH: Final = 2  # bytes before each line of a history


@dataclass(frozen=True, slots=True)
class Part:
    """What people made of an account, with the last change as its history tells it; `old` is the masked number before it."""

    changed_at: int
    by: str
    what: str
    version: int
    phone: str | None = None
    state: State = State.NONE
    why: str = ""
    identity: str = ""
    old: str | None = None


def times(first: int = 0, last: int = 0, bounced: int = 0, returned: int = 0) -> bytes:
    """The head of a record; 0 is none."""
    return (first << 144 | last << 96 | bounced << 48 | returned).to_bytes(HEAD, "big")


def written(part: Part) -> bytes:
    """People's part of a record."""
    phone = int(part.phone[1:]) if part.phone else 0
    fixed = _PART.pack(part.changed_at >> 32, part.changed_at & 0xFFFFFFFF, phone, part.version, _STATES.index(part.state))
    return fixed + msgspec.msgpack.encode([part.by, part.what, part.why, part.identity, part.old])


def part_of(record: bytes) -> Part | None:
    """People's part of a record; None where only the indexer saw the address."""
    if len(record) <= HEAD:
        return None
    high, low, phone, version, state = _PART.unpack_from(record, HEAD)
    by, what, why, identity, old = msgspec.msgpack.decode(record[HEAD + _PART.size :])
    return Part(high << 32 | low, by, what, version, f"+{phone}" if phone else None, _STATES[state], why, identity, old)


def account(address: str, record: bytes) -> Account:
    """The account that a record keeps."""
    first, last, bounced, returned = (int.from_bytes(record[at : at + _TIME], "big") or None for at in range(0, HEAD, _TIME))
    part = part_of(record)
    if part is None:
        return Account(address, None, State.NONE, first, last, bounced, returned=returned)
    return Account(
        address,
        part.phone,
        part.state,
        first,
        last,
        bounced,
        version=part.version,
        changed_at=part.changed_at,
        changed_by=part.by,
        why=part.why or None,
        returned=returned,
    )


def version(record: bytes) -> int:
    """The version of the account that a record keeps."""
    return int(_PART.unpack_from(record, HEAD)[3]) if len(record) > HEAD else 0


def buried(at: int, record: bytes) -> bytes:
    """A deleted account: when, and the record as it was."""
    return at.to_bytes(_TIME, "big") + record


def dug(grave: bytes) -> tuple[int, bytes]:
    """When an account was deleted, and its record; empty where the 30 days are over and only its version is left."""
    return int.from_bytes(grave[:_TIME], "big"), grave[_TIME:]


def line(change: Change) -> bytes:
    """One line of a history."""
    packed = msgspec.msgpack.encode([change.at, change.by, change.what, change.why, change.identity, change.old, change.new])
    return len(packed).to_bytes(_LENGTH, "big") + packed


def lines(history: bytes) -> Iterator[Change]:
    """A history, oldest first."""
    at = 0
    while at < len(history):
        end = at + _LENGTH + int.from_bytes(history[at : at + _LENGTH], "big")
        yield Change(*msgspec.msgpack.decode(history[at + _LENGTH : end]))
        at = end
