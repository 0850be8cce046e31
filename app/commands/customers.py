"""`portal customers`: whose mail the portal shows, each by the domains of its senders."""

import json
from contextlib import closing

import click

from app.commands.noting import note
from app.commands.options import known_customer, settings_of
from app.people.customer_values import changed, differences
from app.settings import Settings
from app.stores import NoEventsError, existing_events, open_accounts, open_directory
from app.terminal import counted, harmless
from indexer.owners import adopt
from store.customers import CannotError, Customer, What


@click.group()
def customers() -> None:
    """Customers: organisations that see the mail of their own domains."""


@customers.command("add")
@click.argument("name")
@click.option("--domain", "domains", metavar="D", multiple=True, required=True, help="A domain of its senders; may be given several times.")
@click.option("--again", is_flag=True, help="It is the one of this name that was removed: it gets its accounts and its trail back.")
@click.pass_context
def add(context: click.Context, *, name: str, domains: tuple[str, ...], again: bool) -> None:
    """Add a customer. Events of senders in its domains are its own, those of before as well."""
    settings = settings_of(context)
    with closing(open_directory(settings)) as directory:
        try:
            made = directory.add_customer(name, domains, again=again)
        except CannotError as error:
            raise click.UsageError(str(error)) from error
        note(directory, What.CUSTOMER_ADDED, made.name, ", ".join(made.domains), customer=made.id)
    click.echo(f"Added {made.name}: {', '.join(made.domains)}. Commands and addresses call it {made.id}.")
    _adopt(settings, made)


@customers.command("adopt")
@click.argument("name")
@click.pass_context
def adopt_(context: click.Context, *, name: str) -> None:
    """Make accounts of the recipients of mail that was there before the customer or its domain. Again it changes nothing."""
    settings = settings_of(context)
    with closing(open_directory(settings)) as directory:
        found = known_customer(directory, name)
    _adopt(settings, found)


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


@customers.command("set")
@click.argument("customer", metavar="NAME")
@click.option("--name", help="Another name; what commands call it stays.")
@click.option("--domain", "domains", metavar="D", multiple=True, help="A domain of its senders, in place of those it had; may be repeated.")
@click.option("--language", metavar="L", help="Of its users who chose none: en, nl, or '' for what their browsers ask.")
@click.option("--timezone", metavar="Z", help="Of its users' pages, such as Europe/Amsterdam, or '' for the portal's.")
@click.option("--retention", metavar="N", help="For how many months its events are kept; 0: as long as the portal keeps them.")
@click.pass_context
def set_(context: click.Context, /, *, customer: str, domains: tuple[str, ...], **given: str | None) -> None:
    """Change what is named, and leave the rest as it is."""
    typed = {name: value for name, value in given.items() if value is not None}
    typed |= {"domains": " ".join(domains)} if domains else {}
    if not typed:
        raise click.UsageError("Name what is to change: --name, --domain, --language, --timezone or --retention.")
    settings = settings_of(context)
    with closing(open_directory(settings)) as directory:
        before = known_customer(directory, customer)
        try:
            after = directory.change_customer(before.id, changed(typed))
        except CannotError as error:
            raise click.UsageError(str(error)) from error
        what = differences(before, after)
        if what:
            note(directory, What.CUSTOMER_CHANGED, after.name, what, customer=after.id)
    click.echo(f"{after.id}: {harmless(what)}." if what else f"{after.id} is so already.")
    if set(after.domains) - set(before.domains):
        _adopt(settings, after)


def _adopt(settings: Settings, customer: Customer) -> None:
    try:
        store = existing_events(settings)
    except NoEventsError:
        return
    with closing(store), closing(open_accounts(settings)) as accounts:
        if count := adopt(store, accounts, customer.scope):
            click.echo(f"Its accounts have the recipients of {counted(count, 'event')} that came before.")


@customers.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(context: click.Context, *, name: str, yes: bool) -> None:
    """Remove a customer with its users and tokens. Its events and accounts stay, and are seen by operators only."""
    with closing(open_directory(settings_of(context))) as directory:
        found = known_customer(directory, name)
        if not yes:
            click.confirm(f"Remove {found.name} with {counted(len(directory.users.every(found.id)), 'user')}?", abort=True)
        directory.remove_customer(found.id)
        note(directory, What.CUSTOMER_REMOVED, found.name, found.id)
    click.echo(f"Removed {found.name}.")
