"""Links that are good once and for a while: an invitation, a new password, the first operator."""

from typing import Final

import msgspec

from store.customers.kept import written
from store.customers.names import link as key_of
from store.customers.names import links_of
from store.customers.secrets import digest, made
from store.redis.client import Client

HOUR: Final = 3_600_000  # ms
WEEK: Final = 7 * 24 * HOUR


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one is for: `password` lets `user` choose one, `first` lets somebody become the first operator, `enter` signs `user` in."""

    purpose: str
    user: str = ""


class Links:
    """All links that have not been used."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._decoder = msgspec.json.Decoder(Link)

    def make(self, purpose: str, user: str = "", *, life: int) -> str:
        """The secret of a new link, good for `life` ms."""
        secret = made()
        self._client.commands(
            lambda pipeline: [
                pipeline.set(key_of(digest(secret)), written(Link(purpose, user)) or b"", px=life),
                *([pipeline.sadd(links_of(user), digest(secret)), pipeline.pexpire(links_of(user), WEEK)] if user else []),
            ]
        )
        return secret

    def get(self, secret: str) -> Link | None:
        """What a link is for; None for one that was used or is over."""
        found: bytes | None = self._client.command("GET", key_of(digest(secret)))
        return None if found is None else self._decoder.decode(found)

    def use(self, secret: str) -> bool:
        """Use a link up; whether it was there: of several who do so at once one hears yes."""
        return bool(self._client.command("DEL", key_of(digest(secret))))

    def end_all(self, user: str) -> None:
        """Have no link of a user be good any more."""
        found = [name.decode() for name in self._client.command("SMEMBERS", links_of(user))]
        self._client.command("DEL", links_of(user), *map(key_of, found))
