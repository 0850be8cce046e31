"""Has Redis write its append-only file anew: the old one has every command in it, also of what was erased since."""

import time
from typing import Final

from store.errors import AccountsUnavailableError
from store.redis.client import Client

_PATIENCE: Final = 300.0  # seconds for Redis to write its file anew
_PAUSE: Final = 0.1


def rewrite(client: Client) -> None:
    """Do so, where it keeps one, and wait until it is done. Raises `AccountsUnavailableError` with what to do."""
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
