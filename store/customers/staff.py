"""Changes that people make to each other as users: nobody shuts themselves out, and never the last who could let others in."""

from collections.abc import Callable
from typing import Final

import msgspec

from store.customers.kept import Exchange, Hash, exchange, written
from store.customers.names import ADDRESSES, USERS, removed
from store.customers.problems import CannotError
from store.customers.roles import OF_USERS, Role
from store.customers.sessions import Sessions
from store.customers.users import User, Users
from store.errors import AbsentError
from store.redis.client import Client
from store.said import say

UNDONE_WITHIN: Final = 24 * 3_600_000  # ms for which a removal can be undone
_TRIES: Final = 5
_SELF: Final = say("You cannot do this to yourself. Ask another administrator.")
_LAST: Final = say("This is the last one who can let others in. Make somebody else administrator first, and have them sign in.")
_GONE: Final = say("There is no such user any more.")


class Staff:
    """The users as those who manage them may change them. `by` is the id of who does it; it is empty for who is no user."""

    def __init__(self, client: Client, users: Users, sessions: Sessions) -> None:
        self._client, self._users, self._sessions = client, users, sessions
        self._kept = Hash(client, USERS, User)

    def set_role(self, user: str, role: Role, by: str) -> User:
        """Give a user another role of their own customer. Raises `AbsentError` and `CannotError`."""

        def change(now: User) -> User:
            if role not in OF_USERS or (role is Role.OPERATOR) != (now.customer is None):
                raise CannotError(say("A user of a customer is reader, editor or admin, and an operator stays one."), "role")
            return msgspec.structs.replace(now, role=role)

        return self._changed(user, by, change)[1]

    def set_stopped(self, user: str, *, stopped: bool, by: str) -> User:
        """Keep a user out, or let them in again; kept out their sessions end at once. Raises `AbsentError` and `CannotError`."""
        _, after = self._changed(user, by, lambda now: msgspec.structs.replace(now, disabled=stopped))
        if stopped:
            self._sessions.end_all(user)
        return after

    def remove(self, user: str, by: str) -> User:
        """Remove a user, which can be undone for a day; their sessions end at once. Raises `AbsentError` and `CannotError`."""
        found = self._there(user)
        self._client.command("SET", removed(user), written(found) or b"", "PX", UNDONE_WITHIN)
        try:
            gone, _ = self._changed(user, by, lambda _: None)
        except Exception:
            self._client.command("DEL", removed(user))
            raise
        self._client.command("SET", removed(user), written(gone) or b"", "PX", UNDONE_WITHIN)
        self._sessions.end_all(user)
        return gone

    def removed(self, user: str) -> User | None:
        """A user that was removed within a day."""
        found: bytes | None = self._client.command("GET", removed(user))
        return None if found is None else self._kept.read(found)

    def restore(self, user: str) -> User:
        """Undo a removal: password and second step are as they were. Raises `AbsentError`; `CannotError` for an address that is taken."""
        found = self.removed(user)
        if found is None:
            raise AbsentError(_GONE)
        steps = [Exchange(ADDRESSES, found.address, None, user.encode()), self._kept.change(user, None, found)]
        if exchange(self._client, *steps):
            raise CannotError(say("There is a user %(address)s already.", address=found.address), "address")
        self._client.command("DEL", removed(user))
        return found

    def _changed(self, user: str, by: str, how: Callable[[User], User | None]) -> tuple[User, User]:
        """One user changed, or removed for None, while another who can let others in stays as they are: before and after."""
        if user == by:
            raise CannotError(_SELF)
        for _ in range(_TRIES):
            before = self._there(user)
            after = how(before)
            if after == before:
                return before, before
            steps = [self._kept.change(user, before, after), *self._guard(before, after)]
            if after is None:
                steps.append(Exchange(ADDRESSES, before.address, user.encode(), None))
            if not exchange(self._client, *steps):
                return before, after or before
        raise CannotError(say("Others change this user at the same time. Try again."))

    def _guard(self, before: User, after: User | None) -> list[Exchange]:
        """The step that holds somebody else in place where `before` can let others in and `after` cannot. Raises `CannotError`."""
        if not _lets_in(before) or (after is not None and _lets_in(after)):
            return []
        other = next((each for each in self._users.every(before.customer) if each.id != before.id and _lets_in(each)), None)
        if other is None:
            raise CannotError(_LAST)
        return [self._kept.change(other.id, other, other)]

    def _there(self, user: str) -> User:
        found = self._users.get(user)
        if found is None:
            raise AbsentError(_GONE)
        return found


def _lets_in(user: User) -> bool:
    """Whether a user can come in and let others in: one who has not answered their invitation cannot."""
    return user.role in {Role.ADMIN, Role.OPERATOR} and not user.disabled and bool(user.password or user.subject)
