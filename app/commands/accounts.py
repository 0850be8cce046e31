"""`portal accounts`: the recipients and their phone numbers, for operators at a terminal and for scripts."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final

import click

from app.accounts.csv_reading import MAX_BYTES, BadUploadError, lines
from app.accounts.export import Csv
from app.accounts.numbers import doubts
from app.accounts.preview import Fate, Preview, address_of, preview
from app.accounts.saving import STATES
from app.commands.noting import note_apart
from app.commands.options import known_customer, settings_of
from app.settings import Settings
from app.stores import ACCOUNTS, has_accounts, made_accounts, made_directory, open_accounts
from app.terminal import counted, fitted, harmless
from store.accounts import DEFAULT, MAX_WHY, Account, Accounts, State, Wanted
from store.addresses import BadAddressError, normalised
from store.customers import What
from store.event import iso
from store.events import Scope
from store.phones import BadNumberError, Number, masked, read

_CUSTOMER: Final = "portal.customer"
_OPERATOR: Final = "operator"  # whoever may run commands
_ROWS: Final = 50
_PAGE: Final = 1000
_CHUNK: Final = 500
_REFUSED_SHOWN: Final = 20

why = click.option("--why", metavar="TEXT", default="", help=f"The reason, for the history; at most {MAX_WHY} characters.")


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A callback for click."""
    try:
        return normalised(value)
    except BadAddressError as error:
        raise click.BadParameter(str(error)) from error


def _number(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Number | None:
    """A callback for click."""
    try:
        return None if value is None else read(value)
    except BadNumberError as error:
        raise click.BadParameter(str(error)) from error


def _customer(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    """A callback for click: the name is kept until the directory is open."""
    context.meta[_CUSTOMER] = value


address = click.argument("address", callback=_address)
of = click.option(
    "--customer",
    metavar="C",
    callback=_customer,
    expose_value=False,
    help="Whose accounts; needed where there are several customers. Without any customer there are those of nobody.",
)


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Accounts, Scope]]:
    """The accounts of the settings, made where there are none."""
    settings = settings_of(context)
    with closing(open_accounts(settings)) as accounts:
        yield accounts, _scope(context, settings)


@contextmanager
def _there(context: click.Context) -> Iterator[tuple[Accounts, Scope]]:
    """The accounts that there are; a mistyped folder is not made."""
    settings = settings_of(context)
    if not has_accounts(settings):
        raise click.ClickException(
            f"There are no accounts in {settings.data.absolute() / ACCOUNTS}: index something, add one, or set PORTAL_DATA."
        )
    with closing(made_accounts(settings)) as accounts:
        yield accounts, _scope(context, settings)


def _scope(context: click.Context, settings: Settings) -> Scope:
    """Whose accounts: of the customer that is named, or of the only one that there is."""
    with closing(made_directory(settings)) as directory:
        if (name := context.meta[_CUSTOMER]) is not None:
            return Scope.operator(DEFAULT if name == DEFAULT else known_customer(directory, name).id)
        found = directory.customers()
    if len(found) > 1:
        raise click.UsageError(f"There are {len(found)} customers. Say whose accounts: --customer C. `portal customers list` shows them.")
    return Scope.operator(found[0].id if found else DEFAULT)


@click.group()
def accounts() -> None:
    """List, change, import and export accounts: the recipients of mail and the phone number of each."""


@accounts.command("list")
@click.argument("text", default="")
@click.option("--without-number", is_flag=True, help="Only those without a phone number.")
@click.option("--sort", type=click.Choice(["address", "-last_mail"]), default="address", show_default=True, help="The order.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=_ROWS, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON each.")
@of
@click.pass_context
def list_(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context, *, text: str, without_number: bool, sort: str, limit: int, as_json: bool
) -> None:
    """List accounts whose address contains TEXT. Numbers are masked; `portal accounts export` has them whole."""
    with _there(context) as (store, scope):
        wanted = Wanted(text, sort, without_number=without_number, limit=min(limit, _PAGE))
        page = store.find(wanted, scope)
        shown = 0
        while True:
            for account in page.accounts[: limit - shown]:
                click.echo(_json(account) if as_json else _row(account))
            shown += len(page.accounts)
            if page.next is None or shown >= limit:
                break
            page = store.find(Wanted(text, sort, without_number=without_number, limit=_PAGE, cursor=page.next), scope)
    total = counted(page.total, "account") if page.total_is_exact else f"more than {counted(page.total, 'account')}"
    click.echo(f"{min(shown, limit):,} of {total}.", err=True)


@accounts.command("set")
@address
@click.argument("number", required=False, callback=_number)
@click.option("--remove", is_flag=True, help="Take the number away; the account stays.")
@click.option("--state", type=click.Choice(list(map(str, STATES))), help="What is known of the number; without it a new one is new.")
@click.option("--identity", metavar="TEXT", default="", help="How it was established who it is.")
@click.option("--confirm", is_flag=True, help="Also a number that takes no text messages, or that another address has.")
@why
@of
@click.pass_context
def set_(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context, *, address: str, number: Number | None, remove: bool, state: str | None, identity: str, confirm: bool, why: str
) -> None:
    """Give ADDRESS this phone NUMBER, as people write it: 06 12345678, +32 470 12 34 56. An account is made where there is none.

    With --state alone the number there is stays.
    """
    if (number is not None) + remove != 1 and (number is not None or remove or state is None):
        raise click.UsageError("Name a number, a --state, or --remove.")
    if remove and state is not None:
        raise click.UsageError("Without a number there is no state of it: use --remove or --state.")
    with _opened(context) as (store, scope):
        known = store.get(address, scope)
        phone = number.e164 if number is not None else known.phone if known is not None and not remove else None
        if state is not None and phone is None:
            raise click.ClickException(f"{harmless(address)} has no number that could be {state}. Name one.")
        if number is not None and not confirm and (known is None or known.phone != number.e164):
            _refuse_doubtful(store, address, number, scope)
        version = None if known is None else known.version
        kept = State(state) if state is not None else None
        account = store.put(address, scope, phone=phone, state=kept, by=_OPERATOR, why=why, identity=identity, version=version)
    note_apart(settings_of(context), What.CHANGED_ACCOUNT, account.address, customer=scope.customer)
    click.echo(f"{harmless(account.address)}: {f'{masked(account.phone)}, {account.state}' if account.phone else 'no number'}")


@accounts.command()
@address
@why
@of
@click.pass_context
def delete(context: click.Context, *, address: str, why: str) -> None:
    """Remove ADDRESS and its number at once.

    `portal accounts restore` undoes it for 30 days. The history stays; `portal forget` erases that too.
    """
    with _there(context) as (store, scope):
        store.delete(address, scope, by=_OPERATOR, why=why)
    note_apart(settings_of(context), What.DELETED_ACCOUNT, address, customer=scope.customer)
    click.echo(f"{harmless(address)} is deleted; `portal accounts restore {harmless(address)}` undoes it for 30 days.")


@accounts.command()
@address
@of
@click.pass_context
def restore(context: click.Context, *, address: str) -> None:
    """Undo a deletion of ADDRESS in the last 30 days."""
    with _there(context) as (store, scope):
        account = store.restore(address, scope, by=_OPERATOR)
    note_apart(settings_of(context), What.CHANGED_ACCOUNT, address, "deletion undone", customer=scope.customer)
    click.echo(f"{harmless(address)}: {masked(account.phone) if account.phone else 'no number'}")


@accounts.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@click.option("--skip-refused", is_flag=True, help="Import the rows that can be, where others are refused.")
@click.option("--confirm", is_flag=True, help="Also numbers that take no text messages.")
@why
@of
@click.pass_context
def import_(context: click.Context, *, file: IO[bytes], dry_run: bool, skip_refused: bool, confirm: bool, why: str) -> None:  # noqa: PLR0913
    """Import addresses and numbers from a CSV FILE (- is standard input), all or nothing.

    Semicolons or commas, with headings such as email_address and phone_number or without.
    """
    try:
        found = lines(file.read(MAX_BYTES + 1))
    except BadUploadError as error:
        raise click.ClickException(str(error)) from error
    with _opened(context) as (store, scope):
        known = store.several([name for name in map(address_of, found) if name], scope)
        judged = preview(found, known, doubtful=confirm)
        _tell(judged)
        if dry_run:
            return
        if judged.of(Fate.REFUSED) and not skip_refused:
            raise click.ClickException("nothing was imported. Mend these rows, or import the others with --skip-refused.")
        done = store.put_all(judged.to_write(), scope, by=_OPERATOR, why=why or Path(file.name).name[:MAX_WHY])
    note_apart(settings_of(context), What.IMPORTED, "", f"{done.added} added, {done.changed} changed", customer=scope.customer)
    click.echo(f"Imported: {done.added:,} new, {done.changed:,} changed.")


@accounts.command()
@click.argument("file", type=click.File("wb"), default="-")
@click.option("--excel", is_flag=True, help="For Excel with Dutch settings: semicolons, and the mark by which it knows UTF-8.")
@of
@click.pass_context
def export(context: click.Context, *, file: IO[bytes], excel: bool) -> None:
    """Write all accounts as CSV to FILE, by default to standard output; the import reads it again.

    Numbers are whole. Cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    form, count = Csv(excel), 0
    with _there(context) as (store, scope):
        file.write(form.head())
        for account in store.export(scope):
            file.write(form.rows([account]))
            count += 1
    note_apart(settings_of(context), What.EXPORTED_ACCOUNTS, "", f"{count} accounts", customer=scope.customer)
    click.echo(f"{counted(count, 'account')}.", err=True)


def _refuse_doubtful(store: Accounts, address: str, number: Number, scope: Scope) -> None:
    """Raises where a number has to be confirmed."""
    against = doubts(store, number, address, scope)
    if against.kind is not None:
        raise click.ClickException(f"{against.kind} Or keep it all the same with --confirm.")
    if against.others:
        total = f"{against.total:,} other{'s' * (against.total != 1)} in all"
        raise click.ClickException(f"{harmless(against.others[0])} has this number too ({total}). Keep it all the same with --confirm.")


def _tell(judged: Preview) -> None:
    """What an import does, and which rows it refuses."""
    refused = judged.of(Fate.REFUSED)
    for row in refused[:_REFUSED_SHOWN]:
        click.echo(harmless(f"line {row.line}: {row.address}, {row.phone}: {row.reason}"), err=True)
    if len(refused) > _REFUSED_SHOWN:
        click.echo(f"and {len(refused) - _REFUSED_SHOWN:,} more", err=True)
    counts = {fate: len(judged.of(fate)) for fate in Fate}
    click.echo(", ".join(f"{count:,} {fate}" for fate, count in counts.items()), err=True)


def _row(account: Account) -> str:
    number = masked(account.phone) if account.phone else "-"
    last = "-" if account.last_mail is None else iso(account.last_mail)[:10]
    return f"{fitted(account.address, 44)}  {fitted(number, 20)}  {account.state:8}  {last}"


def _json(account: Account) -> str:
    times = {name: getattr(account, name) for name in ("first_mail", "last_mail", "last_bounce", "changed_at", "returned")}
    shown = {"address": account.address, "phone": masked(account.phone) if account.phone else None, "state": account.state}
    return json.dumps(shown | {"version": account.version} | {name: iso(at) for name, at in times.items() if at is not None})
