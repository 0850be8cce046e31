"""Takes one person out of the accounts of all customers."""

from store.accounts.client import Client
from store.accounts.names import CUSTOMERS, Names
from store.addresses import BadAddressError, normalised

_HASHES = ("records", "graves", "histories")
_ORDERS = ("order", "buried")


def erase(client: Client, address: str) -> int:
    """See `Accounts.erase`."""
    names = sorted({address.strip().lower(), *_normalised(address)})
    return sum(_erased(client, Names(customer.decode()), names) for customer in client.command("SMEMBERS", CUSTOMERS))


def _erased(client: Client, customer: Names, names: list[str]) -> bool:
    """Whether there was anything of it; the log of touched addresses goes too, so that every process reads anew."""
    gone = client.commands(
        lambda pipeline: [
            *(pipeline.hdel(customer.key(what), *names) for what in _HASHES),
            *(pipeline.zrem(customer.key(what), *names) for what in _ORDERS),
        ]
    )
    if any(gone):
        client.command("DEL", customer.key("log"), customer.key("meta"))
    return any(gone)


def _normalised(address: str) -> list[str]:
    try:
        return [normalised(address)]
    except BadAddressError:
        return []
