"""Counters of tries in Redis for the library `limits`, over the portal's own connection, which starts an embedded server anew."""

import time
from typing import Final

from limits.storage import Storage

from store.errors import AccountsUnavailableError
from store.redis.client import Client

SCHEME: Final = "portal"
_PREFIX: Final = "portal:{tries}:"
# One step: a counter whose end were set apart from it would stay for ever if the process ended between the two.
_COUNT: Final = """
local now = redis.call('INCRBY', KEYS[1], ARGV[2])
if now == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return now
"""


class Counters(Storage):
    """Found by its scheme, and made by `limits`. Every call raises `AccountsUnavailableError` where Redis is away."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - the library's own attribute

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, client: Client) -> None:  # noqa: FBT001, FBT002 - the library's own signature
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._client = client

    @property
    def base_exceptions(self) -> type[Exception]:
        """What is raised where Redis is away."""
        return AccountsUnavailableError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count on, from nothing where `expiry` seconds have gone by since the first: the count."""
        return int(self._client.script(_COUNT, [_PREFIX + key], [expiry, amount]))

    def get(self, key: str) -> int:
        """The count."""
        return int(self._client.command("GET", _PREFIX + key) or 0)

    def get_expiry(self, key: str) -> float:
        """When counting begins anew, in seconds since 1970 UTC."""
        return time.time() + max(0, int(self._client.command("TTL", _PREFIX + key)))

    def check(self) -> bool:
        """Whether Redis is there."""
        try:
            return bool(self._client.command("PING"))
        except AccountsUnavailableError:
            return False

    def reset(self) -> None:
        """Forgetting all is nobody's to do: counters go by themselves."""
        raise NotImplementedError

    def clear(self, key: str) -> None:
        """Forget one."""
        self._client.command("DEL", _PREFIX + key)
