"""A portal with two customers and their people, each in a browser of their own, for the tests of the Configuration section."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from flask import Flask
from flask.testing import FlaskClient
from inside import COOKIE, browser

from app import create_app
from app.settings import Settings
from store.accounts import Accounts
from store.customers import Directory, Role, User
from store.customers.passwords import hashed
from store.events import EventStore

ROLES: Final = (Role.READER, Role.EDITOR, Role.ADMIN, Role.OPERATOR)
_PASSWORD: Final = hashed("violet tractors sing to nobody")


@dataclass(frozen=True, slots=True)
class People:
    """The portal, its directory, and who there is: `shop` and `town` have a user of each role, `ops` are two operators."""

    site: Flask
    directory: Directory
    shop: dict[Role, User]
    town: dict[Role, User]
    ops: list[User]

    def browser(self, user: User) -> FlaskClient:
        """A browser in which somebody has signed in."""
        client = browser(self.site)
        client.set_cookie(COOKIE, self.directory.sessions.begin(user.id, "a test"))
        return client


def people_of(store: EventStore, accounts: Accounts, folder: Path) -> People:
    """The portal over a folder in which the Redis of these accounts is; whoever opens it closes the directory."""
    directory = Directory(folder)
    customers = [directory.add_customer(name, (f"{name.lower()}.example",)) for name in ("Shop", "Town")]
    shop, town = ({role: _user(directory, role, each.id) for role in ROLES[:3]} for each in customers)
    ops = [_user(directory, Role.OPERATOR, None, name) for name in ("ops", "olga")]
    return People(create_app(Settings(), store, accounts, directory=directory), directory, shop, town, ops)


def _user(directory: Directory, role: Role, customer: str | None, name: str = "") -> User:
    user = directory.users.add(f"{name or role}@{customer or 'portal'}.example", role, customer)
    return directory.users.change(user.id, lambda now: msgspec.structs.replace(now, password=_PASSWORD))
