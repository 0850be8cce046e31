"""The connection to Redis: the embedded server or one with an address; what goes wrong there in the words of the store.

redis-py is imported with the first use: it takes longer to import than all of the portal's own code, which every command and every process
that parses would wait for.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from store.errors import AccountsUnavailableError
from store.redis.server import Server
from store.said import Said, say

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

_CONNECT: Final = 3.0  # seconds
_ANSWER: Final = 60.0  # seconds; an import of 100,000 rows is one step of some seconds
T = TypeVar("T")


class Client:
    """Commands and scripts on one Redis; safe in several threads. Every call raises `AccountsUnavailableError` where it is away."""

    def __init__(self, url: str | None, folder: Path) -> None:
        self._url = url
        self.remote: Final = url is not None
        self._server = Server(folder) if url is None else None
        self._lock = threading.Lock()
        self._redis: Redis | None = None

    def command(self, *words: Any) -> Any:  # noqa: ANN401 - what Redis takes and gives
        """One command that may be repeated."""
        return self._asked(lambda redis: redis.execute_command(*words))  # type: ignore[no-untyped-call]

    def commands(self, fill: "Callable[[Pipeline], object]") -> list[Any]:
        """Several at once, as one step."""

        def ask(redis: "Redis") -> list[Any]:
            with redis.pipeline() as pipeline:
                fill(pipeline)
                return pipeline.execute()

        return self._asked(ask)

    def info(self, part: str) -> dict[str, Any]:
        """What Redis says of itself."""
        return self._asked(lambda redis: dict(redis.info(part)))

    def script(self, text: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - likewise
        """Run a script of Lua; it may be repeated when an answer was lost, so it has to be one that may."""
        return self._asked(lambda redis: redis.register_script(text)(keys, arguments))

    def close(self) -> None:
        """Let go of connections, and of the embedded server."""
        with self._lock:
            if self._redis is not None:
                self._redis.close()
                self._redis = None
            if self._server is not None:
                self._server.leave()

    def _asked(self, ask: "Callable[[Redis], T]") -> T:
        from redis.exceptions import ConnectionError as Lost  # noqa: PLC0415 - see above
        from redis.exceptions import RedisError  # noqa: PLC0415 - see above

        try:
            try:
                return ask(self._opened())
            except Lost:
                # A server that was started anew: connections to the one before are gone.
                return ask(self._opened(anew=True))
        except RedisError as error:
            raise AccountsUnavailableError(self._said(error)) from error

    def _opened(self, *, anew: bool = False) -> "Redis":
        with self._lock:
            if self._redis is None or anew:
                self._redis = self._connected()
            return self._redis

    def _connected(self) -> "Redis":
        from redis import Redis  # noqa: PLC0415 - see above
        from redis.backoff import NoBackoff  # noqa: PLC0415 - see above
        from redis.retry import Retry  # noqa: PLC0415 - see above

        options: dict[str, Any] = {"socket_connect_timeout": _CONNECT, "socket_timeout": _ANSWER, "retry": Retry(NoBackoff(), 0)}
        if self._server is None:
            return Redis.from_url(self._url or "", **options)
        self._server.use()
        return Redis(unix_socket_path=self._server.socket, **options)

    def _said(self, error: Exception) -> Said:
        """What is wrong and what to do; never the address, which may hold a password."""
        said = str(error).rstrip(".")
        if self._server is None:
            return say(
                "The Redis of PORTAL_REDIS_URL does not answer as it should: %(said)s. Start it, or correct PORTAL_REDIS_URL.", said=said
            )
        return say(
            "The embedded Redis does not answer as it should: %(said)s. Try again; if it stays so, its redis.log says why.", said=said
        )
