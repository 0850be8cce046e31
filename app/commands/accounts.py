"""`portal accounts`: the recipients and their phone numbers, for operators at a terminal and for scripts."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final

import click

from app.accounts.csv_reading import MAX_BYTES, BadUploadError, lines
from app.accounts.export import COLUMNS, cells, written
from app.accounts.numbers import doubts
from app.accounts.preview import Fate, Preview, address_of, preview
from app.commands.noting import note_apart
from app.commands.options import settings_of
from app.stores import ACCOUNTS, has_accounts, made_accounts, open_accounts
from app.terminal import counted, fitted, harmless
from store.accounts import DEFAULT, MAX_WHY, Account, Accounts, Wanted
from store.addresses import BadAddressError, normalised
from store.customers import What
from store.event import iso
from store.events import Scope
from store.phones import BadNumberError, Number, masked, read

_SCOPE: Final = Scope.operator(DEFAULT)
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


address = click.argument("address", callback=_address)


@contextmanager
def _opened(context: click.Context) -> Iterator[Accounts]:
    """The accounts of the settings, made where there are none."""
    with closing(open_accounts(settings_of(context))) as accounts:
        yield accounts


@contextmanager
def _there(context: click.Context) -> Iterator[Accounts]:
    """The accounts that there are; a mistyped folder is not made."""
    settings = settings_of(context)
    if not has_accounts(settings):
        raise click.ClickException(
            f"There are no accounts in {settings.data.absolute() / ACCOUNTS}: index something, add one, or set PORTAL_DATA."
        )
    with closing(made_accounts(settings)) as accounts:
        yield accounts


@click.group()
def accounts() -> None:
    """List, change, import and export accounts: the recipients of mail and the phone number of each."""


@accounts.command("list")
@click.argument("text", default="")
@click.option("--without-number", is_flag=True, help="Only those without a phone number.")
@click.option("--sort", type=click.Choice(["address", "-last_mail"]), default="address", show_default=True, help="The order.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=_ROWS, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON each.")
@click.pass_context
def list_(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context, *, text: str, without_number: bool, sort: str, limit: int, as_json: bool
) -> None:
    """List accounts whose address contains TEXT. Numbers are masked; `portal accounts export` has them whole."""
    with _there(context) as store:
        wanted = Wanted(text, sort, without_number=without_number, limit=min(limit, _PAGE))
        page = store.find(wanted, _SCOPE)
        shown = 0
        while True:
            for account in page.accounts[: limit - shown]:
                click.echo(_json(account) if as_json else _row(account))
            shown += len(page.accounts)
            if page.next is None or shown >= limit:
                break
            page = store.find(Wanted(text, sort, without_number=without_number, limit=_PAGE, cursor=page.next), _SCOPE)
    total = counted(page.total, "account") if page.total_is_exact else f"more than {counted(page.total, 'account')}"
    click.echo(f"{min(shown, limit):,} of {total}.", err=True)


@accounts.command("set")
@address
@click.argument("number", required=False, callback=_number)
@click.option("--remove", is_flag=True, help="Take the number away; the account stays.")
@click.option("--identity", metavar="TEXT", default="", help="How it was established who it is.")
@click.option("--confirm", is_flag=True, help="Also a number that takes no text messages, or that another address has.")
@why
@click.pass_context
def set_(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context, *, address: str, number: Number | None, remove: bool, identity: str, confirm: bool, why: str
) -> None:
    """Give ADDRESS this phone NUMBER, as people write it: 06 12345678, +32 470 12 34 56. An account is made where there is none."""
    if (number is None) != remove:
        raise click.UsageError("Name a number, or --remove.")
    with _opened(context) as store:
        known = store.get(address, _SCOPE)
        if number is not None and not confirm and (known is None or known.phone != number.e164):
            _refuse_doubtful(store, address, number)
        phone = None if number is None else number.e164
        version = None if known is None else known.version
        account = store.put(address, _SCOPE, phone=phone, by=_OPERATOR, why=why, identity=identity, version=version)
    note_apart(settings_of(context), What.CHANGED_ACCOUNT, account.address)
    click.echo(f"{harmless(account.address)}: {masked(account.phone) if account.phone else 'no number'}")


@accounts.command()
@address
@why
@click.pass_context
def delete(context: click.Context, *, address: str, why: str) -> None:
    """Remove ADDRESS and its number at once.

    `portal accounts restore` undoes it for 30 days. The history stays; `portal forget` erases that too.
    """
    with _there(context) as store:
        store.delete(address, _SCOPE, by=_OPERATOR, why=why)
    note_apart(settings_of(context), What.DELETED_ACCOUNT, address)
    click.echo(f"{harmless(address)} is deleted; `portal accounts restore {harmless(address)}` undoes it for 30 days.")


@accounts.command()
@address
@click.pass_context
def restore(context: click.Context, *, address: str) -> None:
    """Undo a deletion of ADDRESS in the last 30 days."""
    with _there(context) as store:
        account = store.restore(address, _SCOPE, by=_OPERATOR)
    note_apart(settings_of(context), What.CHANGED_ACCOUNT, address, "deletion undone")
    click.echo(f"{harmless(address)}: {masked(account.phone) if account.phone else 'no number'}")


@accounts.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@click.option("--skip-refused", is_flag=True, help="Import the rows that can be, where others are refused.")
@click.option("--confirm", is_flag=True, help="Also numbers that take no text messages.")
@why
@click.pass_context
def import_(context: click.Context, *, file: IO[bytes], dry_run: bool, skip_refused: bool, confirm: bool, why: str) -> None:  # noqa: PLR0913
    """Import addresses and numbers from a CSV FILE (- is standard input), all or nothing.

    Semicolons or commas, with headings such as email_address and phone_number or without.
    """
    try:
        found = lines(file.read(MAX_BYTES + 1))
    except BadUploadError as error:
        raise click.ClickException(str(error)) from error
    with _opened(context) as store:
        known = store.several([name for name in map(address_of, found) if name], _SCOPE)
        judged = preview(found, known, doubtful=confirm)
        _tell(judged)
        if dry_run:
            return
        if judged.of(Fate.REFUSED) and not skip_refused:
            raise click.ClickException("nothing was imported. Mend these rows, or import the others with --skip-refused.")
        done = store.put_all(judged.to_write(), _SCOPE, by=_OPERATOR, why=why or Path(file.name).name[:MAX_WHY])
    note_apart(settings_of(context), What.IMPORTED, "", f"{done.added} added, {done.changed} changed")
    click.echo(f"Imported: {done.added:,} new, {done.changed:,} changed.")


@accounts.command()
@click.argument("file", type=click.File("wb"), default="-")
@click.option("--excel", is_flag=True, help="For Excel with Dutch settings: semicolons, and the mark by which it knows UTF-8.")
@click.pass_context
def export(context: click.Context, *, file: IO[bytes], excel: bool) -> None:
    """Write all accounts as CSV to FILE, by default to standard output; the import reads it again.

    Numbers are whole. Cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    separator = ";" if excel else ","
    count = 0
    with _there(context) as store:
        file.write(("\ufeff" if excel else "").encode() + written([COLUMNS], separator))
        for account in store.export(_SCOPE):
            file.write(written([cells(account, separator)], separator))
            count += 1
    note_apart(settings_of(context), What.EXPORTED_ACCOUNTS, "", f"{count} accounts")
    click.echo(f"{counted(count, 'account')}.", err=True)


def _refuse_doubtful(store: Accounts, address: str, number: Number) -> None:
    """Raises where a number has to be confirmed."""
    against = doubts(store, number, address, _SCOPE)
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
