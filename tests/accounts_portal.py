"""A portal over the sample mail with accounts in a Redis of its own, for the tests of the Accounts section."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask import Flask
from inside import portal_of
from samples import MAIL

from store.accounts import DEFAULT, Accounts, Sighting
from store.events import EventStore, Scope

SCOPE: Final = Scope.operator(DEFAULT)
HTMX: Final = {"HX-Request": "true"}
PEOPLE: Final = (
    "anna@school.example",
    "bram@bedrijf.example",
    "carla@zorg.example",
    "dirk@school.example",
    "gpj.exe@evil.example",
    "jan.jansen@gemeente.example",
)


@contextmanager
def kept_accounts(folder: Path) -> Iterator[Accounts]:
    """Accounts of the recipients of the sample mail, as reading it leaves them; what is no address is none."""
    accounts = Accounts(folder)
    try:
        accounts.seen([Sighting(each.recipient, each.timestamp, each.type == "bounce") for each in MAIL if each.recipient], SCOPE)
        yield accounts
    finally:
        accounts.close()


def portal_with(store: EventStore, accounts: Accounts) -> Flask:
    """The portal over both."""
    return portal_of(store, accounts)
