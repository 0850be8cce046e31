"""What several commands take: the settings and a customer's scope."""

from collections.abc import Collection

import click

from app.environment import Environment
from app.settings import Settings
from store.events import Scope


def settings_of(context: click.Context, *, without: Collection[str] = ()) -> Settings:
    """The settings, from the environment that the group read, as if those in `without` were unset.

    Raises `SettingsError` with every problem at once.
    """
    environment: Environment = context.find_root().obj
    return Settings.from_env({name: value for name, value in environment.values.items() if name not in without}, environment.problems)


def waiting() -> None:
    """Say that another process writes: what a store calls before it waits for that."""
    click.echo("Another process is writing; waiting for its turn to end ...", err=True)


def scope_of(customer: str | None) -> Scope:
    """Whose events: those of a sender domain, or everybody's."""
    return Scope.operator() if customer is None else Scope.of([customer])


def domain(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A callback for click: the domain typed, lower-cased; refuses what cannot be one."""
    if value is None:
        return None
    name = value.strip().removeprefix("@").lower()
    if not name or "@" in name or any(character.isspace() for character in name):
        raise click.BadParameter(f"{value!r} is not a domain. Name the sender domain of the customer, such as customer.example.")
    return name


customer = click.option(
    "--customer", metavar="C", callback=domain, help="Only events of this customer: for now a sender domain, such as customer.example."
)
