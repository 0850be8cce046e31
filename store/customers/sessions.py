"""Sessions: a browser in which somebody has signed in. The browser has a secret, Redis its digest."""

from collections.abc import Callable
from typing import Final

import msgspec

from store.customers.kept import written
from store.customers.names import session as key_of
from store.customers.names import sessions_of
from store.customers.secrets import digest, made
from store.redis.client import Client

REST: Final = 2 * 3_600_000  # ms without a request, after which one ends
LIFE: Final = 12 * 3_600_000  # ms after which one ends in any case
PUT_OFF: Final = 60_000  # ms: the deadline is not written at every request
FRESH: Final = 10 * 60_000  # ms for which a password or a code that was given counts for what is sensitive
MOST: Final = 50  # of one user at once: who signs in once more ends their oldest
MAX_AGENT: Final = 200


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them. Times in ms since 1970 UTC."""

    user: str
    created: int
    agent: str = ""  # what the browser says it is
    customer: str | None = None  # whose things an operator looks at
    whole: bool = True  # whether the second step was taken, where there is one
    proved: int = 0  # when the password or a code was given last
    id: str = ""  # the digest: what a list names it by; not kept within


class Sessions:
    """All sessions."""

    def __init__(self, client: Client, now: Callable[[], int]) -> None:
        self._client, self._now = client, now
        self._decoder = msgspec.json.Decoder(Session)

    def begin(self, user: str, agent: str, *, whole: bool = True) -> str:
        """A new session of a user: the secret for the browser. Of more than `MOST` the oldest end."""
        secret, now = made(), self._now()
        self._write(digest(secret), Session(user, now, agent[:MAX_AGENT], whole=whole, proved=now), REST)
        if self._client.command("SCARD", sessions_of(user)) > MOST:
            for oldest in self.of(user)[MOST:]:
                self.end(oldest.id, user)
        return secret

    def change(self, secret: str, **changes: object) -> None:
        """Change what is kept of a session that there is."""
        found = self.get(digest(secret))
        if found is not None:
            self._write(digest(secret), msgspec.structs.replace(found, id="", **changes), REST)

    def get(self, session: str) -> Session | None:
        """A session by its digest; None where it has ended."""
        found: bytes | None = self._client.command("GET", key_of(session))
        return None if found is None else self.read(found, session)

    def read(self, value: bytes, session: str) -> Session | None:
        """What is kept, as a session; None for one that is too old."""
        told = msgspec.structs.replace(self._decoder.decode(value), id=session)
        return told if self._now() - told.created < LIFE else None

    def of(self, user: str) -> list[Session]:
        """A user's sessions, the newest first."""
        names = [name.decode() for name in self._client.command("SMEMBERS", sessions_of(user))]
        found = [(name, self.get(name)) for name in names]
        if gone := [name for name, each in found if each is None]:
            self._client.command("SREM", sessions_of(user), *gone)
        return sorted((each for _, each in found if each is not None), key=lambda each: -each.created)

    def used(self, user: str) -> list[tuple[Session, int]]:
        """A user's sessions, the newest first, with when each was used last: to a minute, as the deadline tells it that Redis keeps."""
        found = self.of(user)
        left = self._client.commands(lambda pipeline: [pipeline.pttl(key_of(each.id)) for each in found]) if found else []
        return [(each, self._now() - REST + rest) for each, rest in zip(found, left, strict=True) if rest > 0]

    def fresh(self, session: Session) -> bool:
        """Whether its user has shown lately who they are, so that what is sensitive needs no password again."""
        return self._now() - session.proved < FRESH

    def prove(self, session: Session) -> None:
        """Note that its user has just shown who they are."""
        found = self.get(session.id)
        if found is not None:
            self._write(session.id, msgspec.structs.replace(found, id="", proved=self._now()), REST)

    def end(self, session: str, user: str) -> bool:
        """End a session of this user, by its digest; whether there was one."""
        if not self._client.command("SREM", sessions_of(user), session):
            return False
        self._client.command("DEL", key_of(session))
        return True

    def end_all(self, user: str, but: str = "") -> int:
        """End all sessions of a user but one; how many there were."""
        others = [each.id for each in self.of(user) if each.id != but]
        return sum(self.end(each, user) for each in others)

    def _write(self, session: str, told: Session, rest: int) -> None:
        self._client.commands(
            lambda pipeline: [
                pipeline.set(key_of(session), written(told) or b"", px=rest),
                pipeline.sadd(sessions_of(told.user), session),
                pipeline.pexpire(sessions_of(told.user), LIFE + REST),
            ]
        )
