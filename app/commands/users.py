"""`portal users`: who may sign in."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click
import msgspec

from app.commands.noting import note
from app.commands.options import known_customer, settings_of
from app.stores import open_directory
from store.addresses import BadAddressError
from store.customers import CannotError, Directory, Role, User, What
from store.customers.links import WEEK
from store.customers.roles import OF_USERS

_WELCOME = "/welcome/"

address = click.argument("address")


@click.group()
def users() -> None:
    """Users: people who sign in, each with one role at one customer, and operators, who are of none."""


@users.command("add")
@address
@click.option("--customer", metavar="C", help="The customer; none for an operator.")
@click.option("--role", type=click.Choice([str(role) for role in OF_USERS]), required=True)
@click.pass_context
def add(context: click.Context, *, address: str, customer: str | None, role: str) -> None:
    """Add a user, and print where they choose a password: a link that is good once, for a week."""
    with _directory(context) as directory:
        of = None if customer is None else known_customer(directory, customer).id
        made = directory.users.add(address, Role(role), of)
        note(directory, What.USER_ADDED, made.address, role, customer=of)
        _say_link(directory, made)


@users.command("list")
@click.option("--customer", metavar="C", help="Only the users of this customer.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON each.")
@click.pass_context
def listed(context: click.Context, *, customer: str | None, as_json: bool) -> None:
    """List the users."""
    with _directory(context) as directory:
        of = None if customer is None else known_customer(directory, customer).id
        found = sorted(directory.users.all(), key=lambda user: (user.customer or "", user.address))
    for user in found:
        if of is None or user.customer == of:
            told = {"address": user.address, "role": str(user.role), "customer": user.customer, "second_step": bool(user.secret)}
            shown = f"{user.address}: {user.role}{f' of {user.customer}' if user.customer else ''}{', may not sign in' * user.disabled}"
            click.echo(json.dumps(told | {"disabled": user.disabled}) if as_json else shown)


@users.command("set")
@address
@click.option("--role", type=click.Choice([str(role) for role in OF_USERS]), help="Another role at the same customer.")
@click.option("--stopped/--allowed", "stopped", default=None, help="Keep them out, which ends their sessions, or let them in again.")
@click.pass_context
def set_(context: click.Context, *, address: str, role: str | None, stopped: bool | None) -> None:
    """Change a user. Nothing holds this back: the last administrator can be demoted here."""
    if role is None and stopped is None:
        raise click.UsageError("Name what is to change: --role, --stopped or --allowed.")
    with _directory(context) as directory:
        found = _named(directory, address)
        wanted = found.role if role is None else Role(role)
        if (wanted is Role.OPERATOR) != (found.customer is None):
            raise click.UsageError("A user of a customer is reader, editor or admin, and an operator stays one. Remove and add them.")
        out = found.disabled if stopped is None else stopped
        after = directory.users.change(found.id, lambda now: msgspec.structs.replace(now, role=wanted, disabled=out))
        if out:
            directory.sessions.end_all(found.id)
        shown = f"{after.role}{', may not sign in' * after.disabled}"
        note(directory, What.USER_CHANGED, found.address, shown, customer=found.customer)
    click.echo(f"{found.address}: {shown}")


@users.command("remove")
@address
@click.pass_context
def remove(context: click.Context, *, address: str) -> None:
    """Remove a user; their sessions end at once."""
    with _directory(context) as directory:
        found = _named(directory, address)
        directory.users.remove(found.id)
        directory.sessions.end_all(found.id)
        note(directory, What.USER_REMOVED, found.address, customer=found.customer)
    click.echo(f"Removed {found.address}.")


@users.command("password")
@address
@click.pass_context
def password(context: click.Context, *, address: str) -> None:
    """Print where a user chooses a new password: a link that is good once, for a week. The old one works until then."""
    with _directory(context) as directory:
        found = _named(directory, address)
        _say_link(directory, found)
        note(directory, What.USER_CHANGED, found.address, "link for a new password", customer=found.customer)


@users.command("app-off")
@address
@click.pass_context
def app_off(context: click.Context, *, address: str) -> None:
    """Take a user's authenticator app and recovery codes away, for who has lost both; their sessions end, and a password is enough."""
    with _directory(context) as directory:
        found = _named(directory, address)
        directory.second_step.end(found.id)
        directory.sessions.end_all(found.id)
        note(directory, What.SECOND_STEP_OFF, found.address, customer=found.customer)
    click.echo(f"{found.address} signs in with a password alone, and can set up an app anew.")


@contextmanager
def _directory(context: click.Context) -> Iterator[Directory]:
    """The directory; what it refuses is wrong usage."""
    with closing(open_directory(settings_of(context))) as directory:
        try:
            yield directory
        except (CannotError, BadAddressError) as error:
            raise click.UsageError(str(error)) from error


def _named(directory: Directory, address: str) -> User:
    found = directory.users.named(address)
    if found is None:
        raise click.UsageError(f"There is no user {address}. `portal users list` shows them.")
    return found


def _say_link(directory: Directory, user: User) -> None:
    """The path alone on standard output: where the portal is, whoever runs it knows."""
    secret = directory.links.make("password", user.id, life=WEEK)
    click.echo(f"{user.address} chooses a password here, within a week, after the address of the portal:", err=True)
    click.echo(f"{_WELCOME}{secret}")
