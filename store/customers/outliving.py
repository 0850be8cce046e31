"""What may go from audit trails: a person's name, when they are erased, and entries that are older than operators keep them."""

import secrets
from collections.abc import Sequence
from typing import Final

from store.customers.kept import script
from store.customers.names import audit_of
from store.redis.client import Client

_MARK: Final = "erased-"


def forget(client: Client, trails: Sequence[str], name: str, *, dry_run: bool) -> tuple[int, str]:
    """See `Audit.forget`. The mark is chance: a digest of an address could be guessed."""
    mark = f"{_MARK}{secrets.token_hex(8)}"
    having = [audit_of(of) for of in trails if client.command("HEXISTS", audit_of(of)[1], name)]
    if not dry_run:
        for _, names, numbers, _ in having:
            client.script(script("rename"), [names, numbers], [name, mark])
    return len(having), mark


def expire(client: Client, trails: Sequence[str], before: int, *, dry_run: bool) -> int:
    """See `Audit.expire`."""
    gone = 0
    for of in trails:
        keys = audit_of(of)
        if dry_run:
            gone += _older(client, keys[0], before)
        else:
            gone += int(client.script(script("outlived"), keys, [before]))
    return gone


def _older(client: Client, key: str, before: int) -> int:
    """How many entries are from before a time."""
    count, oldest = 0, "-"
    while read := client.command("XRANGE", key, oldest, f"({before}-0", "COUNT", 1000):
        count += len(read)
        oldest = f"({read[-1][0].decode()}"
    return count
