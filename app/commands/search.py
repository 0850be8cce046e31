"""`portal search`: what the events page finds, as a table, NDJSON or CSV."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import click

from app import params
from app.commands.options import customer as customer_option
from app.commands.options import scope_of, settings_of
from app.export import Csv, Form, Ndjson
from app.stores import existing_events
from app.terminal import fitted, harmless, pointed
from store.errors import BadQueryError
from store.event import Event, iso
from store.events import Query
from store.query import parse

_ZONE = "UTC"  # what the query language says of the command line
_TABLE_ROWS = 50
_CHUNK = 500
# Column -> its width; the last takes what the terminal has left.
_COLUMNS = {"time": 20, "event": 10, "recipient": 34, "sender": 30, "reason": 18, "subject or answer": 30}


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
    with closing(existing_events(settings_of(context))) as store:
        total = store.count(wanted, scope_of(customer))
        shown = _write(islice(store.export(wanted, scope_of(customer), sort), limit), form)
    sys.stdout.flush()
    click.echo(f"shown {shown:,} of {total:,}", err=True)


def _write(events: Iterator[Event], form: str) -> int:
    """Write the events to standard output as they come; how many they were."""
    return _table(events) if form == "table" else _exported(events, Ndjson() if form == "ndjson" else Csv(_ZONE))


def _exported(events: Iterator[Event], form: Form) -> int:
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
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    count = 0
    for count, event in enumerate(events, 1):
        if count == 1:
            click.echo(_line(list(_COLUMNS), room))
        last = event.diagnostic if event.reason else event.subject
        values = [f"{iso(event.timestamp)[:19]}Z", event.type, event.recipient, event.sender, event.reason, last]
        click.echo(_line(["" if value is None else value for value in values], room))
    return count


def _line(values: list[str], room: int | None) -> str:
    cells = [fitted(value, width) for value, width in zip(values[:-1], list(_COLUMNS.values())[:-1], strict=True)]
    start = "  ".join(cells) + "  "
    if room is None:
        return (start + harmless(values[-1])).rstrip()
    return (start + fitted(values[-1], max(room - len(start), 10))).rstrip()[:room]
