"""Users: people who sign in. Each has one address, one role, and a customer unless they are an operator."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from store.addresses import BadAddressError, normalised
from store.customers import passwords
from store.customers.kept import Exchange, Hash, exchange
from store.customers.names import ADDRESSES, USERS
from store.customers.problems import CannotError
from store.customers.roles import OF_USERS, Role
from store.customers.secrets import identifier
from store.errors import AbsentError
from store.redis.client import Client
from store.said import say

_TRIES: Final = 5  # of a change that others make at the same moment


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who may sign in. Times in ms since 1970 UTC."""

    id: str
    address: str
    role: Role
    customer: str | None = None
    password: str = ""  # as argon2 keeps it; empty: none was set
    secret: str = ""  # shared with an authenticator app, sealed; empty: no second step
    pending: str = ""  # the same for one that no code has confirmed yet
    step: int = 0  # the last one that a code was taken of
    recovery: tuple[str, ...] = ()
    subject: str = ""  # issuer and subject at a provider of OpenID Connect, once signed in through it
    created: int = 0
    last: int = 0  # sign-in
    disabled: bool = False


class Users:
    """All users. Every call raises `AccountsUnavailableError` where Redis is away."""

    def __init__(self, client: Client, now: Callable[[], int]) -> None:
        self._client, self._now = client, now
        self._users = Hash(client, USERS, User)

    def every(self, customer: str | None) -> list[User]:
        """The users of a customer, or, for None, the operators; by address."""
        return sorted((user for _, user in self._users.every() if user.customer == customer), key=lambda user: user.address)

    def all(self) -> Iterator[User]:
        """Everybody."""
        return (user for _, user in self._users.every())

    def get(self, user: str) -> User | None:
        """The user of an id."""
        return self._users.get(user)

    def named(self, address: str) -> User | None:
        """The user of an address in any form."""
        try:
            name = normalised(address)
        except BadAddressError:
            return None
        found: bytes | None = self._client.command("HGET", ADDRESSES, name)
        return None if found is None else self._users.get(found.decode())

    def of_subject(self, subject: str) -> User | None:
        """The user that has signed in as this subject of a provider."""
        return next((user for user in self.all() if user.subject == subject), None) if subject else None

    def add(self, address: str, role: Role, customer: str | None, password: str = "") -> User:
        """A new user, without a password unless one is given. Raises `CannotError` and `BadAddressError`."""
        if role not in OF_USERS:
            raise CannotError(say("A user cannot have the role %(role)s; a token can.", role=str(role)), "role")
        if (customer is None) != (role is Role.OPERATOR):
            raise CannotError(say("An operator is of no customer, and all others are of one."), "role")
        name = normalised(address)
        kept = passwords.hashed(_taken(password, name)) if password else ""
        user = User(identifier(), name, role, customer, kept, created=self._now())
        steps = [Exchange(ADDRESSES, user.address, None, user.id.encode()), self._users.change(user.id, None, user)]
        if exchange(self._client, *steps):
            raise _there(user.address)
        return user

    def free(self, address: str) -> str:
        """An address as it is kept, where no user has it. Raises `CannotError` and `BadAddressError`."""
        name = normalised(address)
        if self.named(name) is not None:
            raise _there(name)
        return name

    def change(self, user: str, how: Callable[[User], User]) -> User:
        """Change a user; `how` is asked again where somebody else was quicker. Raises `AbsentError`."""
        for _ in range(_TRIES):
            before = self._users.get(user)
            if before is None:
                raise AbsentError(say("There is no such user any more."))
            after = how(before)
            if after == before or not exchange(self._client, self._users.change(user, before, after)):
                return after
        raise CannotError(say("Others change this user at the same time. Try again."))

    def remove(self, user: str) -> User:
        """Remove a user, whose address is free from then on. Raises `AbsentError`."""
        for _ in range(_TRIES):
            found = self._users.get(user)
            if found is None:
                raise AbsentError(say("There is no such user any more."))
            steps = [Exchange(ADDRESSES, found.address, user.encode(), None), self._users.change(user, found, None)]
            if not exchange(self._client, *steps):
                return found
        raise CannotError(say("Others change this user at the same time. Try again."))

    def set_password(self, user: str, password: str, about: tuple[str, ...] = ()) -> User:
        """Give a user this password. Raises `CannotError` where it is not taken."""
        found = self._users.get(user)
        if found is None:
            raise AbsentError(say("There is no such user any more."))
        kept = passwords.hashed(_taken(password, found.address, *about))
        return self.change(user, lambda now: msgspec.structs.replace(now, password=kept))

    def note_sign_in(self, user: str) -> None:
        """Keep that a user has signed in now. Raises `AbsentError`."""
        self.change(user, lambda now: msgspec.structs.replace(now, last=self._now()))

    def exchanged(self, before: User, after: User) -> bool:
        """Put one record of a user in the other's place; whether it was still that one."""
        return not exchange(self._client, self._users.change(before.id, before, after))


def _there(address: str) -> CannotError:
    return CannotError(say("There is a user %(address)s already.", address=address), "address")


def _taken(password: str, *about: str) -> str:
    """A password that is taken. Raises `CannotError`."""
    if (why := passwords.refusal(password, about)) is not None:
        raise CannotError(why, "password")
    return password
