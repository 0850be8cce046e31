"""What every view works with: the settings and the store of this portal, kept in the Flask application."""

from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app

from app.settings import Settings
from store.accounts import Accounts
from store.customers import Directory
from store.errors import AccountsUnavailableError
from store.events import EventStore
from store.said import say

_KEY: Final = "portal"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that `create_app` was given."""

    settings: Settings
    store: EventStore
    kept_accounts: Accounts | None = None
    kept_directory: Directory | None = None

    @property
    def accounts(self) -> Accounts:
        """The accounts; raises `AccountsUnavailableError` in a portal that was made without them."""
        if self.kept_accounts is None:
            raise AccountsUnavailableError(say("This portal was started without accounts. Start it with `portal serve`."))
        return self.kept_accounts

    @property
    def directory(self) -> Directory:
        """Customers and users; raises `AccountsUnavailableError` in a portal that was made without them."""
        if self.kept_directory is None:
            raise AccountsUnavailableError(say("This portal was started without users. Start it with `portal serve`."))
        return self.kept_directory

    def init_app(self, app: Flask) -> None:
        """Keep the parts in this application."""
        app.extensions[_KEY] = self
        app.context_processor(lambda: {"under_way": self.store.under_way})


def services() -> Services:
    """The parts of the application that answers this request."""
    found: Services = current_app.extensions[_KEY]
    return found
