"""What several commands take: the settings and a customer's scope."""

from collections.abc import Collection
from contextlib import closing
from typing import TYPE_CHECKING

import click

from app.environment import Environment
from app.settings import Settings
from app.stores import has_accounts, made_directory
from store.events import Scope

if TYPE_CHECKING:
    from store.customers import Customer, Directory


def settings_of(context: click.Context, *, without: Collection[str] = ()) -> Settings:
    """The settings, from the environment that the group read, as if those in `without` were unset.

    Raises `SettingsError` with every problem at once.
    """
    environment: Environment = context.find_root().obj
    return Settings.from_env({name: value for name, value in environment.values.items() if name not in without}, environment.problems)


def waiting() -> None:
    """Say that another process writes: what a store calls before it waits for that."""
    click.echo("Another process is writing; waiting for its turn to end ...", err=True)


def known_customer(directory: "Directory", name: str) -> "Customer":
    """The customer of an id or a name; anything else is wrong usage."""
    found = directory.customer(name)
    if found is None:
        raise click.UsageError(f"There is no customer {name}. `portal customers list` shows them.")
    return found


def scope_of(customer: str | None, settings: Settings) -> Scope:
    """Whose events: a customer's, by its id or name, those of one sender domain, or everybody's. What is neither is wrong usage."""
    if customer is None:
        return Scope.operator()
    if has_accounts(settings):
        with closing(made_directory(settings)) as directory:
            if (found := directory.customer(customer)) is not None:
                return found.scope
    name = customer.strip().removeprefix("@").lower()
    if "." not in name or "@" in name or any(character.isspace() for character in name):
        raise click.UsageError(f"There is no customer {customer!r}. `portal customers list` shows them; a sender domain will do as well.")
    return Scope.of([name])


customer = click.option("--customer", metavar="C", help="Only events of this customer, or of this sender domain, such as customer.example.")
