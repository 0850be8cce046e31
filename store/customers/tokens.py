"""Tokens: what programs show in place of a session. They are shown once and kept as digests."""

from collections.abc import Callable
from typing import Final

import msgspec

from store.customers.kept import Hash, exchange
from store.customers.names import TOKENS, USED
from store.customers.problems import CannotError
from store.customers.roles import Role
from store.customers.secrets import TOKEN, digest, identifier, made
from store.errors import AbsentError
from store.redis.client import Client
from store.said import say

MAX_LABEL: Final = 80
_NOTED: Final = 60_000  # ms: uses within these are one


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them. Times in ms since 1970 UTC."""

    id: str
    label: str
    role: Role
    customer: str | None = None
    created: int = 0
    by: str = ""  # who made it
    expires: int = 0  # 0: never


class Tokens:
    """All tokens."""

    def __init__(self, client: Client, now: Callable[[], int]) -> None:
        self._client, self._now = client, now
        self._tokens = Hash(client, TOKENS, Token)
        self._noted: dict[str, int] = {}

    def add(self, label: str, role: Role, customer: str | None, *, by: str, expires: int = 0) -> tuple[str, Token]:
        """A new token and what is kept of it. Raises `CannotError`."""
        name = " ".join("".join(c for c in label if c.isprintable()).split())
        if not name or len(name) > MAX_LABEL:
            raise CannotError(say("A token's label has 1 to %(most)s characters.", most=MAX_LABEL), "label")
        if (customer is None) != (role is Role.OPERATOR):
            raise CannotError(say("An operator's token is of no customer, and all others are of one."), "role")
        if expires and expires <= self._now():
            raise CannotError(say("A token cannot end in the past."), "expires")
        secret = made(TOKEN)
        token = Token(identifier(), name, role, customer, self._now(), by, expires)
        exchange(self._client, self._tokens.change(digest(secret), None, token))
        return secret, token

    def of_secret(self, secret: str) -> Token | None:
        """The token that somebody shows; None for one that is unknown, revoked or over. Its use is noted."""
        token = self._tokens.get(digest(secret)) if secret.startswith(TOKEN) else None
        if token is None or (token.expires and token.expires <= self._now()):
            return None
        if self._now() - self._noted.get(token.id, 0) > _NOTED:
            self._noted[token.id] = self._now()
            self._client.command("HSET", USED, token.id, self._now())
        return token

    def every(self, customer: str | None) -> list[tuple[Token, int]]:
        """The tokens of a customer, or of operators, with when each was used last (0: never); by label."""
        found = [token for _, token in self._tokens.every() if token.customer == customer]
        used = self._client.command("HMGET", USED, *(token.id for token in found)) if found else []
        return sorted(zip(found, (int(at or 0) for at in used), strict=True), key=lambda pair: (pair[0].label, pair[0].id))

    def revoke(self, token: str, customer: str | None) -> Token:
        """End a token of this customer by its id. Raises `AbsentError`."""
        for field, found in self._tokens.every():
            if found.id == token and found.customer == customer:
                exchange(self._client, self._tokens.change(field, found, None))
                self._client.command("HDEL", USED, token)
                return found
        raise AbsentError(say("There is no such token any more."))
