"""The second step of signing in: how a user gets an authenticator app, loses it, and shows a code of it."""

from collections.abc import Callable
from typing import Final

import msgspec

from store.customers import codes
from store.customers.problems import CannotError
from store.customers.secret_key import Seal
from store.customers.users import User, Users
from store.said import say

_LONGEST: Final = 64  # characters of a code that are looked at


class SecondStep:
    """The second steps of all users. What an app shares with the portal is kept sealed; recovery codes are kept as digests."""

    def __init__(self, users: Users, seal: Seal, now: Callable[[], int]) -> None:
        self._users, self._seal, self._now = users, seal, now

    def begin(self, user: str) -> User:
        """Make a secret for an app of this user. It counts once a code has confirmed it; an app that there is works until then."""
        sealed = self._seal.closed(codes.new_secret(), user)
        return self._users.change(user, lambda now: msgspec.structs.replace(now, pending=sealed))

    def begun(self, user: User) -> str | None:
        """The secret that waits for its confirmation."""
        return self._seal.opened(user.pending, user.id) if user.pending else None

    def confirm(self, user: User, code: str) -> list[str] | None:
        """Have the secret that was begun count, if this is a code of it: the recovery codes that go with it, else None.

        Raises `CannotError` where another one was begun meanwhile.
        """
        secret = self.begun(user)
        step = codes.step_of(code[:_LONGEST], secret, self._now(), 0) if secret else None
        if step is None:
            return None
        made = codes.recovery_codes()

        def on(now: User) -> User:
            if now.pending != user.pending:
                raise CannotError(say("The app was set up elsewhere at the same time. Begin again."), "code")
            return msgspec.structs.replace(now, secret=now.pending, pending="", step=step, recovery=codes.kept(made))

        self._users.change(user.id, on)
        return made

    def renew(self, user: str) -> list[str]:
        """New recovery codes in place of those that there were."""
        made = codes.recovery_codes()
        self._users.change(user, lambda now: msgspec.structs.replace(now, recovery=codes.kept(made)))
        return made

    def end(self, user: str) -> User:
        """Take the app and the recovery codes away: a password is enough from then on. Raises `AbsentError`."""
        return self._users.change(user, lambda now: msgspec.structs.replace(now, secret="", pending="", step=0, recovery=()))

    def readable(self, user: User) -> bool:
        """Whether codes of the user's app can be checked: not where the portal's key is another one than when it was set up."""
        return bool(user.secret) and self._seal.opened(user.secret, user.id) is not None

    def outdated(self) -> int:
        """How many users have an app whose secret an earlier key of the portal sealed: each is sealed anew with the next code of it."""
        sealed = [user.secret for user in self._users.all() if user.secret]
        return sum(self._seal.renewed(each) != each for each in sealed)

    def take(self, user: User, code: str) -> bool:
        """Whether this is the code of this moment, or a recovery code; it counts once."""
        typed = code[:_LONGEST]
        secret = self._seal.opened(user.secret, user.id) if user.secret else None
        step = codes.step_of(typed, secret, self._now(), user.step) if secret else None
        left = codes.without(typed, user.recovery) if step is None else None
        if step is None and left is None:
            return False
        changes = {"step": step, "secret": self._seal.renewed(user.secret)} if left is None else {"recovery": left}
        return self._users.exchanged(user, msgspec.structs.replace(user, **changes))
