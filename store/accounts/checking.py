"""Whether the Redis of accounts is fit for them, with what to do where it is not."""

from collections.abc import Iterator
from typing import Final

from store.accounts.names import CUSTOMERS, Names
from store.findings import Finding
from store.redis.client import Client

_ABOUT: Final = "accounts"
_LEAST: Final = (6, 2)  # the first version with all commands that are used (ZMSCORE)


def checked(client: Client) -> Iterator[Finding]:
    """See `Accounts.check`."""
    server, memory, persistence = (client.info(part) for part in ("server", "memory", "persistence"))
    version = str(server.get("redis_version", "0"))
    where = "Redis" if client.remote else "embedded Redis"
    fit = tuple(int(part) for part in version.split(".")[:2]) >= _LEAST
    used = f"{where} {version}, {int(memory['used_memory']) / 1e6:,.0f} MB"
    yield Finding(fit, _ABOUT, used if fit else f"{used}. Accounts need Redis 6.2 or later: update it.")
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        cure = "It removes accounts when memory runs out. Set maxmemory-policy to noeviction."
        yield Finding(ok=False, about=_ABOUT, detail=f"maxmemory-policy is {policy}. {cure}")
    if not int(persistence.get("aof_enabled", 0)):
        yield Finding(ok=False, about=_ABOUT, detail="Changes are lost when Redis ends: set appendonly to yes, and appendfsync to always.")
    elif persistence.get("aof_last_write_status") != "ok":
        yield Finding(ok=False, about=_ABOUT, detail="Redis cannot write to its disk. Make room there.")
    customers = sorted(name.decode() for name in client.command("SMEMBERS", CUSTOMERS))
    total = sum(client.command("HLEN", Names(name).key("records")) for name in customers)
    yield Finding(ok=True, about=_ABOUT, detail=f"{total:,} accounts")
