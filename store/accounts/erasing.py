"""Takes one person out of the accounts of all customers."""

import time
from typing import Final

from store.accounts.names import CUSTOMERS, Names
from store.addresses import BadAddressError, normalised
from store.errors import AccountsUnavailableError
from store.redis.client import Client

_HASHES: Final = ("records", "graves", "histories")
_ORDERS: Final = ("order", "buried")
_PATIENCE: Final = 300.0  # seconds for Redis to write its file anew
_PAUSE: Final = 0.1


def erase(client: Client, address: str, *, dry_run: bool) -> int:
    """See `Accounts.erase`."""
    names = sorted({address.strip().lower(), *_normalised(address)})
    customers = [Names(customer.decode()) for customer in client.command("SMEMBERS", CUSTOMERS)]
    having = [customer for customer in customers if _has(client, customer, names)]
    if having and not dry_run:
        for customer in having:
            _remove(client, customer, names)
        _rewrite(client)
    return len(having)


def _has(client: Client, customer: Names, names: list[str]) -> bool:
    """Whether a customer has anything of an address."""
    found = client.commands(lambda pipeline: [pipeline.hexists(customer.key(what), name) for what in _HASHES for name in names])
    return any(found)


def _remove(client: Client, customer: Names, names: list[str]) -> None:
    """Everything of an address, and the log of touched addresses with it, so that every process reads anew."""
    client.commands(
        lambda pipeline: [
            *(pipeline.hdel(customer.key(what), *names) for what in _HASHES),
            *(pipeline.zrem(customer.key(what), *names) for what in _ORDERS),
            pipeline.delete(customer.key("log"), customer.key("meta")),
        ]
    )


def _rewrite(client: Client) -> None:
    """Have Redis write its append-only file anew, where it keeps one: the old one has every command in it."""
    if not int(client.info("persistence").get("aof_enabled", 0)):
        return
    before = int(client.info("stats").get("total_forks", 0))
    client.command("BGREWRITEAOF")
    deadline = time.monotonic() + _PATIENCE
    while True:
        now = client.info("persistence")
        busy = int(now["aof_rewrite_in_progress"]) or int(now["aof_rewrite_scheduled"])
        if not busy and int(client.info("stats").get("total_forks", before + 1)) > before:
            break
        if time.monotonic() > deadline:
            raise AccountsUnavailableError(
                "Redis is still writing its file anew; until it is done the file holds the address. Run this again."
            )
        time.sleep(_PAUSE)
    if now.get("aof_last_bgrewrite_status") != "ok":
        raise AccountsUnavailableError(
            "Redis could not write its file anew, so that holds the address. Make room on its disk, and run this again."
        )


def _normalised(address: str) -> list[str]:
    try:
        return [normalised(address)]
    except BadAddressError:
        return []
