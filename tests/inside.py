"""Ways into a portal for tests that are about something else than signing in."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pyotp
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from app.stores import ACCOUNTS
from app.viewer import Viewer
from store.accounts import DEFAULT, Accounts
from store.customers import Directory, Role, User
from store.events import EventStore, Scope

COOKIE: Final = "portal_session"
PASSWORD: Final = "violet tractors sing to nobody"
EVA: Final = "eva@shop.example"  # a reader of Shop
OPERATOR: Final = Viewer("operator", Role.OPERATOR, Scope.operator(DEFAULT))


class Clock:
    """A time that tests move, in ms."""

    def __init__(self) -> None:
        self.now = 1_795_000_000_000

    def __call__(self) -> int:
        """The time."""
        return self.now

    def code(self, secret: str) -> str:
        """What an authenticator app shows now."""
        return pyotp.TOTP(secret).at(self.now // 1000)


def portal_of(store: EventStore, accounts: Accounts | None = None, settings: Settings | None = None, viewer: Viewer = OPERATOR) -> Flask:
    """A portal over these stores in which everybody is this viewer."""
    return create_app(settings or Settings(), store, accounts, identify=lambda: viewer)


def browser(site: Flask) -> FlaskClient:
    """A client that says, as browsers do, that its requests come from the portal's own pages."""
    client = site.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def session_in(data: Path) -> str:
    """The secret of a session of an operator of the portal over a data folder; the operator is made where there is none."""
    with closing(Directory(data / ACCOUNTS)) as directory:
        address = "operator@portal.example"
        user = directory.users.named(address) or directory.users.add(address, Role.OPERATOR, None)
        return directory.sessions.begin(user.id, "a test")


def token_in(data: Path, role: Role = Role.OPERATOR, customer: str | None = None) -> str:
    """A token for the portal over a data folder."""
    with closing(Directory(data / ACCOUNTS)) as directory:
        return directory.tokens.add("a test", role, customer, by="a test")[0]


def with_app(directory: Directory, user: User, now: int) -> str:
    """Give a user an authenticator app, confirmed at this time in ms: the secret of it."""
    begun = directory.second_step.begin(user.id)
    secret = directory.second_step.begun(begun)
    assert secret
    assert directory.second_step.confirm(begun, pyotp.TOTP(secret).at(now // 1000))
    return secret
