"""Takes one person out of the accounts of all customers."""

from typing import Final

from store.accounts.names import CUSTOMERS, Names
from store.addresses import BadAddressError, normalised
from store.redis.client import Client
from store.redis.rewriting import rewrite

_HASHES: Final = ("records", "graves", "histories")
_ORDERS: Final = ("order", "buried")


def erase(client: Client, address: str, *, dry_run: bool) -> int:
    """See `Accounts.erase`."""
    names = sorted({address.strip().lower(), *_normalised(address)})
    customers = [Names(customer.decode()) for customer in client.command("SMEMBERS", CUSTOMERS)]
    having = [customer for customer in customers if _has(client, customer, names)]
    if having and not dry_run:
        for customer in having:
            _remove(client, customer, names)
        rewrite(client)
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


def _normalised(address: str) -> list[str]:
    try:
        return [normalised(address)]
    except BadAddressError:
        return []
