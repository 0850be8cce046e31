"""`portal search`: what the events page finds, as a table, NDJSON or CSV."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import click

from app import params
from app.commands.noting import note
from app.commands.options import customer as customer_option
from app.commands.options import scope_of, settings_of
from app.export import Csv, Ndjson
from app.named import exported, named
from app.settings import Settings
from app.stores import existing_events, has_accounts, made_directory
from app.streaming import Form
from app.terminal import fitted, harmless, pointed
from store.errors import AccountsUnavailableError, BadQueryError
from store.event import Event, iso
from store.events import Query, Scope
from store.query import parse

_ZONE = "UTC"  # what the query language says of the command line
_TABLE_ROWS = 50
_CHUNK = 500
# Column -> its width; the last takes what the terminal has left, and so much at least while others can give way.
_COLUMNS = {"time": 20, "event": 9, "recipient": 34, "sender": 30, "reason, or subject": 36}
_GAP = "  "
# What gives way on a narrow terminal, one after the other, and how far; 0 leaves the column out.
_YIELDING = (("sender", 16), ("sender", 0), ("recipient", 22))


@click.command()
@click.argument("query")
@click.option("--from", "start", metavar="T", help="From this date or time on (UTC).")
@click.option("--to", "end", metavar="T", help="Up to this date or time (UTC); a date is that whole day.")
@click.option("--sort", "order", metavar="F|-F", help="Field to sort by, with - for descending.  [default: timestamp]")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1), help=f"At most so many events.  [default: {_TABLE_ROWS} in a table, else all]"
)
@customer_option
@click.option(
    "--format", "form", type=click.Choice(["table", "ndjson", "csv"]), default="table", show_default=True, help="How to write them."
)
@click.pass_context
def search(  # noqa: PLR0913  # one argument an option, as click hands them over
    context: click.Context,
    *,
    query: str,
    start: str | None,
    end: str | None,
    order: str | None,
    limit: int | None,
    customer: str | None,
    form: str,
) -> None:
    """Find events. QUERY is what you would type in the box; "" is everything.

    The events go to standard output, how many there are to standard error. Write -- before a query that begins with a dash.
    """
    low, high = params.period(start, end, None, _ZONE)
    sort = params.order(order)
    try:
        wanted = Query(parse(query, _ZONE).tree, low, high) if query else Query(start=low, end=high)
    except BadQueryError as error:
        raise click.UsageError(pointed(query, error.fault)) from error
    if limit is None and form == "table":
        limit = _TABLE_ROWS
    settings = settings_of(context)
    scope = scope_of(customer, settings)
    if has_accounts(settings):
        _note(settings, wanted, scope, form, query)
    with closing(existing_events(settings)) as store:
        total = store.count(wanted, scope)
        with closing(store.export(wanted, scope, sort)) as events:
            shown = _write(islice(events, limit), form)
    sys.stdout.flush()
    click.echo(f"shown {shown:,} of {total:,}", err=True)


def _note(settings: Settings, wanted: Query, scope: Scope, form: str, typed: str) -> None:
    """Keep in the audit trail whose events are looked at, or what is exported, before it is shown."""
    from store.customers import What  # noqa: PLC0415 - most of the time of a command that starts

    seen, about, detail = (named(wanted.tree), "", "") if form == "table" else exported(wanted.tree, form, typed)
    if not seen and not detail:
        return
    try:
        with closing(made_directory(settings)) as directory:
            for address in seen:
                note(directory, What.SAW_EVENTS_OF, address, customer=scope.customer)
            if detail:
                note(directory, What.EXPORTED_EVENTS, about, detail, customer=scope.customer)
    except AccountsUnavailableError as error:  # as in the pages, which show events all the same
        click.echo(f"Warning: this search is not in the audit trail. {error}", err=True)


def _write(events: Iterator[Event], form: str) -> int:
    """Write the events to standard output as they come; how many they were."""
    return _table(events) if form == "table" else _exported(events, Ndjson() if form == "ndjson" else Csv(_ZONE))


def _exported(events: Iterator[Event], form: Form[Event]) -> int:
    """The bytes that the API's exports have, without their end line: an exit code says whether it is whole."""
    send = _to_terminal if sys.stdout.isatty() else sys.stdout.buffer.write
    send(form.head())
    count = 0
    while chunk := list(islice(events, _CHUNK)):
        send(form.rows(chunk))
        count += len(chunk)
    return count


def _to_terminal(lines: bytes) -> None:
    for line in lines.decode("utf-8", "replace").splitlines():
        click.echo(harmless(line))


def _table(events: Iterator[Event]) -> int:
    """A line an event, cut to the width of the terminal; a file or pipe gets the last column whole."""
    widths = _widths(shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    count = 0
    for count, event in enumerate(events, 1):
        if count == 1:
            click.echo(_line(dict(zip(_COLUMNS, _COLUMNS, strict=True)), widths))
        last = ": ".join(filter(None, (event.reason, event.diagnostic))) if event.reason else event.subject
        cells = (f"{iso(event.timestamp)[:19]}Z", event.type, event.recipient, event.sender, last)
        click.echo(_line({name: cell or "" for name, cell in zip(_COLUMNS, cells, strict=True)}, widths))
    return count


def _widths(room: int | None) -> dict[str, int | None]:
    """How wide each column is on a terminal of `room` columns; the last is None (whole) where there is no terminal."""
    *names, last = _COLUMNS
    if room is None:
        return {**_COLUMNS, last: None}
    widths = dict(_COLUMNS)
    for name, least in _YIELDING:
        over = sum(width + len(_GAP) for width in widths.values() if width) - len(_GAP) - room
        if over > 0:
            widths[name] = max(least, widths[name] - over) if least else 0
    taken = sum(widths[name] + len(_GAP) for name in names if widths[name])
    return {**widths, last: max(room - taken, 10)}


def _line(cells: dict[str, str], widths: dict[str, int | None]) -> str:
    shown = [harmless(cells[name]) if width is None else fitted(cells[name], width) for name, width in widths.items() if width != 0]
    return _GAP.join(shown).rstrip()
