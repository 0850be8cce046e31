"""`portal tokens`: what programs show to be let in."""

import json
from contextlib import closing

import click

from app.commands.noting import note, operator
from app.commands.options import known_customer, settings_of
from app.params import period
from app.stores import open_directory
from store.customers import CannotError, Role, What
from store.event import iso


@click.group()
def tokens() -> None:
    """Tokens: what programs show in place of signing in (Authorization: Bearer TOKEN)."""


@tokens.command("add")
@click.argument("label")
@click.option("--customer", metavar="C", help="The customer; none for an operator's token.")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@click.option("--expires", metavar="T", help="A date (UTC) after which it is good no more.")
@click.pass_context
def add(context: click.Context, *, label: str, customer: str | None, role: str, expires: str | None) -> None:
    """Make a token and print it, alone, on standard output. It is not shown again."""
    _, end = period(None, expires, None, "UTC")
    with closing(open_directory(settings_of(context))) as directory:
        of = None if customer is None else known_customer(directory, customer).id
        try:
            secret, made = directory.tokens.add(label, Role(role), of, by=operator(), expires=end or 0)
        except CannotError as error:
            raise click.UsageError(str(error)) from error
        note(directory, What.TOKEN_ADDED, made.label, role, customer=of)
    click.echo(secret)


@tokens.command("list")
@click.option("--customer", metavar="C", help="Only the tokens of this customer.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON each.")
@click.pass_context
def listed(context: click.Context, *, customer: str | None, as_json: bool) -> None:
    """List the tokens with their ids, never the tokens themselves."""
    with closing(open_directory(settings_of(context))) as directory:
        of = [None, *(each.id for each in directory.customers())] if customer is None else [known_customer(directory, customer).id]
        found = [pair for each in of for pair in directory.tokens.every(each)]
    for token, used in found:
        told = {"id": token.id, "label": token.label, "role": str(token.role), "customer": token.customer}
        created, expires, last = (iso(at) if at else None for at in (token.created, token.expires, used))
        whose = f"{token.role}{f' of {token.customer}' if token.customer else ''}"
        shown = (
            f"{token.id}  {token.label}: {whose}, {f'last used {last}' if last else 'never used'}{f', until {expires}' if expires else ''}"
        )
        click.echo(json.dumps(told | {"created": created, "expires": expires, "used": last}) if as_json else shown)


@tokens.command("revoke")
@click.argument("token", metavar="ID")
@click.pass_context
def revoke(context: click.Context, *, token: str) -> None:
    """End a token, by the id that the list shows; it is refused from the next request on."""
    with closing(open_directory(settings_of(context))) as directory:
        for of in (None, *(each.id for each in directory.customers())):
            if any(each.id == token for each, _ in directory.tokens.every(of)):
                ended = directory.tokens.revoke(token, of)
                note(directory, What.TOKEN_REVOKED, ended.label, customer=of)
                click.echo(f"Revoked {ended.label}.")
                return
    raise click.UsageError(f"There is no token {token}. `portal tokens list` shows them with their ids.")
