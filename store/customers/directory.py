"""Everybody who may come in: the customers, their users, and what these come in with."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.accounts.account import DEFAULT
from store.accounts.names import CUSTOMERS as WITH_ACCOUNTS
from store.customers.audit import Audit
from store.customers.customer import Customer, domain, domains_of, identifier_of, named
from store.customers.forgetting import Forgetting
from store.customers.kept import Exchange, Hash, exchange, script
from store.customers.links import Links
from store.customers.names import AUDITS, CUSTOMERS, DOMAINS, USERS
from store.customers.names import session as key_of
from store.customers.problems import CannotError
from store.customers.second_step import SecondStep
from store.customers.secret_key import FILE, Seal, SecretKey
from store.customers.secrets import digest
from store.customers.sessions import PUT_OFF, REST, Session, Sessions
from store.customers.staff import Staff
from store.customers.tokens import Token, Tokens
from store.customers.users import User, Users
from store.errors import AbsentError
from store.redis.client import Client
from store.said import say


def _clock() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who comes with a session: the user, and the customer whose things they look at."""

    session: Session
    user: User
    customer: Customer | None


class Directory:
    """Customers, `users` (and `staff`, as they change each other), `sessions`, `tokens`, `links` and the `audit` trail.

    `forgetting` erases people.

    In the Redis at `url` or the embedded one in `folder`; `secret` is the portal's key, by itself that of the file beside `folder`.
    Safe in several threads. Every call raises `AccountsUnavailableError` where Redis is away.
    """

    def __init__(self, folder: Path, url: str | None = None, now: Callable[[], int] = _clock, secret: SecretKey | None = None) -> None:
        self._client = self.redis = Client(url, folder)  # `redis` for what is counted beside it
        self._customers = Hash(self._client, CUSTOMERS, Customer)
        self._decoder = Hash(self._client, USERS, User)
        self._now = now
        self.users = Users(self._client, now)
        self.sessions = Sessions(self._client, now)
        self.staff = Staff(self._client, self.users, self.sessions)
        self.tokens = Tokens(self._client, now)
        self.links = Links(self._client)
        self.secret = secret or SecretKey(folder.with_name(FILE))
        self.second_step = SecondStep(self.users, Seal(lambda: self.secret.derived("second step")), now)
        self.audit = Audit(self._client)
        self.forgetting = Forgetting(self._client, self.users, self.staff, self.audit)

    def customers(self) -> list[Customer]:
        """All customers, by name."""
        return sorted((each for _, each in self._customers.every()), key=lambda each: each.name.lower())

    def customer(self, name: str) -> Customer | None:
        """The customer of an id or a name."""
        if (found := self._customers.get(name)) is not None:
            return found
        return next((each for each in self.customers() if each.name.lower() == name.strip().lower()), None)

    def by_id(self, customer: str) -> Customer | None:
        """The customer of an id."""
        return self._customers.get(customer)

    def owners(self, domains: Sequence[str]) -> dict[str, str]:
        """The id of the customer whose each of these domains is, as events have them; those of nobody are left out."""
        forms = [_ascii(name) for name in domains]
        found: list[bytes | None] = self._client.command("HMGET", DOMAINS, *forms) if forms else []
        return {name: owner.decode() for name, owner in zip(domains, found, strict=True) if owner is not None}

    def add_customer(self, name: str, domains: tuple[str, ...], *, again: bool = False) -> Customer:
        """A new customer with the domains of its senders. Raises `CannotError`, naming a domain that another has.

        What a customer that was removed has left, its accounts and its trail, is for the same one only, which `again` says it is.
        """
        clean = named(name)
        customer = Customer(identifier_of(clean), clean, domains_of(domains), self._now())
        if customer.id == DEFAULT:
            raise CannotError(say("A customer cannot be named default: that is what belongs to nobody. Choose another name."), "name")
        if not again and self._customers.get(customer.id) is None and self._left(customer.id):
            raise CannotError(
                say(
                    "There was a customer %(name)s, whose accounts and audit trail are still here. Choose another name for another "
                    "organisation; the same one is added by `portal customers add --again`.",
                    name=customer.id,
                ),
                "name",
            )
        self._replace(None, customer)
        return customer

    def change_customer(self, customer: str, how: Callable[[Customer], Customer]) -> Customer:
        """Change a customer; the domains that it has then are its. Raises `AbsentError`, `CannotError`."""
        before = self._customers.get(customer)
        if before is None:
            raise AbsentError(say("There is no such customer any more."))
        after = how(before)
        if any(each.id != customer and each.name.lower() == after.name.lower() for each in self.customers()):
            raise CannotError(say("There is a customer %(name)s already.", name=after.name), "name")
        self._replace(before, after)
        return after

    def remove_customer(self, customer: str) -> Customer:
        """Remove a customer with its users and tokens; events and accounts stay. Raises `AbsentError`."""
        before = self._customers.get(customer)
        if before is None:
            raise AbsentError(say("There is no such customer."))
        for user in self.users.every(customer):
            self.users.remove(user.id)
            self.sessions.end_all(user.id)
        for token, _ in self.tokens.every(customer):
            self.tokens.revoke(token.id, customer)
        self._replace(before, None)
        return before

    def by_session(self, secret: str) -> Identity | None:
        """Who has a session; it lasts longer for being used. None for one that is not, or of a user who may not come in any more."""
        session_id = digest(secret)
        session, user, customer = self._client.script(script("who"), [key_of(session_id), USERS, CUSTOMERS], [REST, PUT_OFF])
        if not session or not user:
            return None
        told, who = self.sessions.read(session, session_id), self._decoder.read(user)
        if told is None or who.disabled or (who.customer is not None and not customer):
            return None
        return Identity(told, who, self._customers.read(customer) if customer else None)

    def by_token(self, secret: str) -> tuple[Token, Customer | None] | None:
        """A token that somebody shows, and the customer it is of."""
        token = self.tokens.of_secret(secret)
        if token is None:
            return None
        customer = None if token.customer is None else self._customers.get(token.customer)
        return None if customer is None and token.customer is not None else (token, customer)

    def close(self) -> None:
        """Let go of Redis; nothing here is used afterwards."""
        self._client.close()

    def _left(self, customer: str) -> bool:
        """Whether there is anything of a customer of this id that is not there any more."""
        found = self._client.commands(lambda pipeline: [pipeline.sismember(key, customer) for key in (AUDITS, WITH_ACCOUNTS)])
        return any(found)

    def _replace(self, before: Customer | None, after: Customer | None) -> None:
        """Put one record in the other's place, and the domains with it, all or nothing."""
        old, new = set(before.domains if before else ()), set(after.domains if after else ())
        holder = after or before
        if holder is None:
            return
        mine = holder.id.encode()
        taken = sorted(new - old)
        steps = [Exchange(DOMAINS, name, None, mine) for name in taken]
        steps += [Exchange(DOMAINS, name, mine, None) for name in sorted(old - new)]
        failed = exchange(self._client, *steps, self._customers.change(holder.id, before, after))
        if not failed:
            return
        if failed[0] < len(taken):
            raise CannotError(say("The domain %(domain)s belongs to another customer already.", domain=taken[failed[0]]), "domain")
        if before is None:
            raise CannotError(say("There is a customer %(name)s already.", name=holder.id), "name")
        raise CannotError(say("Others change this customer at the same time. Try again."))


def _ascii(name: str) -> str:
    """A domain as it is kept, of one that may be in the letters of its language."""
    try:
        return name if name.isascii() else domain(name)
    except CannotError:
        return name
