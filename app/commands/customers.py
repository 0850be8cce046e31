"""`portal customers`: whose mail the portal shows, each by the domains of its senders."""

import json
from contextlib import closing

import click

from app.commands.noting import note
from app.commands.options import settings_of
from app.stores import open_directory
from app.terminal import counted, harmless
from store.customers import CannotError, What


@click.group()
def customers() -> None:
    """Customers: organisations that see the mail of their own domains."""


@customers.command("add")
@click.argument("name")
@click.option("--domain", "domains", metavar="D", multiple=True, required=True, help="A domain of its senders; may be given several times.")
@click.pass_context
def add(context: click.Context, *, name: str, domains: tuple[str, ...]) -> None:
    """Add a customer. Events of senders in its domains are its own, those of before as well."""
    with closing(open_directory(settings_of(context))) as directory:
        try:
            made = directory.add_customer(name, domains)
        except CannotError as error:
            raise click.UsageError(str(error)) from error
        note(directory, What.CUSTOMER_ADDED, made.name, ", ".join(made.domains), customer=made.id)
    click.echo(f"Added {made.name}: {', '.join(made.domains)}. Commands and addresses call it {made.id}.")


@customers.command("list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON each.")
@click.pass_context
def listed(context: click.Context, *, as_json: bool) -> None:
    """List the customers, with their domains and how many users and tokens they have."""
    with closing(open_directory(settings_of(context))) as directory:
        found = [(each, len(directory.users.every(each.id)), len(directory.tokens.every(each.id))) for each in directory.customers()]
    for each, users, tokens in found:
        if as_json:
            click.echo(json.dumps({"id": each.id, "name": each.name, "domains": each.domains, "users": users, "tokens": tokens}))
        else:
            click.echo(f"{each.id}: {harmless(each.name)}, {', '.join(each.domains)}; {counted(users, 'user')}, {counted(tokens, 'token')}")
    if not found:
        click.echo("There are no customers. Add one: portal customers add NAME --domain D", err=True)


@customers.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(context: click.Context, *, name: str, yes: bool) -> None:
    """Remove a customer with its users and tokens. Its events and accounts stay, and are seen by operators only."""
    with closing(open_directory(settings_of(context))) as directory:
        found = directory.customer(name)
        if found is None:
            raise click.UsageError(f"There is no customer {name}. `portal customers list` shows them.")
        if not yes:
            click.confirm(f"Remove {found.name} with {counted(len(directory.users.every(found.id)), 'user')}?", abort=True)
        directory.remove_customer(found.id)
        note(directory, What.CUSTOMER_REMOVED, found.name, found.id)
    click.echo(f"Removed {found.name}.")
