"""The receipt of an erasure: what was removed, from where and when, without the address itself.

The address stands in it as a slow salted hash (scrypt): who has the address can show that the receipt is about it, and nobody can read
it from the receipt, or see that two receipts are about one person.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any, Final

from app.version import VERSION
from store.erasure import PARTIES, TEXT, Person

FORMAT: Final = 1
_SALT: Final = 16  # bytes
_COST: Final = {"n": 2**14, "r": 8, "p": 1}  # of scrypt: some 50 ms and 16 MiB a guess
# What an erasure in the portal cannot reach: the operator has to.
NOT_COVERED: Final = (
    "Mail logs, event records and other sources: indexing them again brings the person back, so erase them there first.",
    "Dead-letter files with a name or place of their own (--dead-letter), exports, backups and snapshots.",
    "Runs that were under way (portal index --follow): what they hold in memory they write down when they end.",
    "Snapshots (RDB), copies and backups of Redis.",
    "Other people's accounts whose history says that this person changed them; the portal's own log.",
)
NODES_AWAY: Final = "Nodes of Elasticsearch that were away: they clean their disks when they are back and have caught up."


def hashed(person: Person, salt: bytes) -> str:
    """The hash of an address, in lower case, with this salt."""
    return hashlib.scrypt(person.address.encode(), salt=salt, dklen=32, **_COST).hex()


def receipt(person: Person, engine: str, *, cluster: bool, dry_run: bool) -> dict[str, Any]:
    """An empty receipt of this moment; `engine` says where events are kept, `cluster` whether that is several machines."""
    salt = secrets.token_bytes(_SALT)
    return {
        "receipt": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "portal": VERSION,
        "dry_run": dry_run,
        "complete": False,
        "address": {"scrypt": hashed(person, salt), "salt": salt.hex(), **_COST, "of": "the address in lower case, UTF-8"},
        "engine": engine,
        "events": {"removed": dict.fromkeys(PARTIES, 0), "redacted": 0},
        "dead_letters": {"files": 0, "records": 0},
        "memory": {"files": 0, "messages": 0},
        "accounts": {"customers": 0, "waiting": 0},
        "people": {"users": 0, "audit_trails": 0, "audit_mark": ""},
        "found_afterwards": None,
        "problems": [],
        "not_covered": [*NOT_COVERED, *([NODES_AWAY] if cluster else [])],
    }


def counted(tally: dict[str, int]) -> dict[str, Any]:
    """The events of a tally of `Person.judge`: removed, by what the person was in them, and those the address was taken out of."""
    return {"removed": {name: tally.get(name, 0) for name in PARTIES}, "redacted": tally.get(TEXT, 0)}
