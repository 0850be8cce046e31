"""`portal audit`: who did what, about whom and when."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Final

import click

from app.commands.options import settings_of
from app.params import period
from app.people import audit_export
from app.stores import open_directory
from app.streaming import Form
from app.terminal import fitted, harmless
from store.customers import Directory, What
from store.customers.trail import Entry, Sought
from store.event import iso

_FORMS: Final[dict[str, Form[Entry]]] = {"csv": audit_export.Csv(), "ndjson": audit_export.Ndjson()}
_CHUNK: Final = 500


@click.command()
@click.option("--customer", metavar="C", help="The trail of this customer, also of one that was removed; without it that of the operators.")
@click.option("--about", metavar="ADDRESS", default="", help="Only about this person, or what was done with this name.")
@click.option("--who", metavar="NAME", default="", help="Only what this user, token or operator did.")
@click.option("--what", type=click.Choice(sorted(What)), help="Only this kind.")
@click.option("--from", "since", metavar="T", help="From this date or time on (UTC).")
@click.option("--to", "until", metavar="T", help="Up to and including this date or time.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="At most so many, the newest.")
@click.option(
    "--format", "form", type=click.Choice(["table", "ndjson", "csv"]), default="table", show_default=True, help="How it is printed."
)
@click.pass_context
def audit(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context,
    *,
    customer: str | None,
    about: str,
    who: str,
    what: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    form: str,
) -> None:
    """Print the audit trail, newest first. CSV and NDJSON end with a line that says how many entries there were."""
    start, end = period(since, until, None, "UTC")
    sought = Sought(about, who, frozenset({what} if what else ()), start, end)
    with closing(open_directory(settings_of(context))) as directory:
        entries = islice(directory.audit.every(_trail(directory, customer), sought), limit)
        count = _print(entries, form)
    if form == "table" and not count:
        click.echo("There are no such entries.", err=True)


def _trail(directory: Directory, customer: str | None) -> str | None:
    """The id of a customer, by id or name; those that were removed are known by the trail they left."""
    if customer is None:
        return None
    found = directory.customer(customer)
    name = customer if found is None else found.id
    if found is None and name not in directory.audit.trails():
        raise click.UsageError(f"There is no customer {customer}, and no trail of one. `portal customers list` shows them.")
    return name


def _print(entries: Iterator[Entry], form: str) -> int:
    """How many were printed."""
    count = 0
    writer = _FORMS.get(form)
    if writer is not None:
        click.echo(writer.head(), nl=False)
    while chunk := list(islice(entries, _CHUNK)):
        count += len(chunk)
        if writer is not None:
            click.echo(writer.rows(chunk), nl=False)
        else:
            click.echo("\n".join(map(_row, chunk)))
    if writer is not None:
        click.echo(writer.end(count), nl=False)
    return count


def _row(entry: Entry) -> str:
    about = harmless(f"{entry.about}  {entry.detail}".strip())
    return f"{iso(entry.at)}  {fitted(entry.who, 32)}  {fitted(entry.what, 18)}  {about}"
