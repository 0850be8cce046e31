"""Takes one person out of what is kept of people: their user, who made which token, and their name in the audit trails."""

from dataclasses import dataclass

import msgspec

from store.customers.audit import Audit, person
from store.customers.kept import Hash, exchange
from store.customers.names import TOKENS, removed
from store.customers.staff import Staff
from store.customers.tokens import Token
from store.customers.users import User, Users
from store.redis.client import Client
from store.redis.rewriting import rewrite


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was, or would be, changed: users removed, trails in which `mark` stands in the place of the address."""

    users: int
    trails: int
    mark: str


class Forgetting:
    """Erases people."""

    def __init__(self, client: Client, users: Users, staff: Staff, audit: Audit) -> None:
        self._client, self._users, self._staff, self._audit = client, users, staff, audit
        self._tokens = Hash(client, TOKENS, Token)

    def forget(self, address: str, *, dry_run: bool) -> Forgotten:
        """Erase the person of an address. Raises `CannotError` for the last one who can let others in, before anything is changed."""
        user, gone = self._users.named(address), self._removed(person(address))
        users = len(gone) + (user is not None)
        if not dry_run:
            if user is not None:
                self._staff.remove(user.id, "")
            for each in [*gone, *([user] if user else [])]:
                self._client.command("DEL", removed(each.id))
        trails, mark = self._audit.forget(address, dry_run=dry_run)
        tokens = [(field, token) for field, token in self._tokens.every() if person(token.by) == person(address)]
        if not dry_run:
            for field, token in tokens:
                exchange(self._client, self._tokens.change(field, token, msgspec.structs.replace(token, by=mark)))
            if users or trails or tokens:
                rewrite(self._client)
        return Forgotten(users, trails, mark if trails or tokens else "")

    def _removed(self, address: str) -> list[User]:
        """Users of this address whose removal could still be undone."""
        decoder, found, cursor = msgspec.json.Decoder(User), [], "0"
        while True:
            place, keys = self._client.command("SCAN", cursor, "MATCH", removed("*"), "COUNT", 1000)
            values = [self._client.command("GET", key) for key in keys]
            found += [user for user in map(decoder.decode, filter(None, values)) if user.address == address]
            cursor = place.decode() if isinstance(place, bytes) else str(place)
            if cursor == "0":
                return found
