"""`portal index`: mail logs and event records into the store."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.options import customer as customer_option
from app.commands.options import scope_of, settings_of, waiting
from app.commands.progress import reporter
from app.commands.stopping import stopping
from app.stores import open_accounts, open_directory, open_events
from app.terminal import counted, harmless
from indexer.errors import IncompleteError, IndexingError
from indexer.formats import NAMES
from indexer.owners import Owned
from indexer.pipeline import run
from indexer.recipients import Recipients
from indexer.summary import Summary
from store.accounts import DEFAULT
from store.event import Event
from store.events import EventWriter, Scope, WriteReport

_GO_ON = "Run the same command again to go on: what is there already is not added twice."


class OneCustomer:
    """Writes only the events of one scope; `others` counts the events left out, which are somebody else's or of an unknown sender."""

    def __init__(self, store: EventWriter, scope: Scope) -> None:
        self._store, self._scope = store, scope
        self.others = 0

    @property
    def concurrent_writes(self) -> int:
        """As many as the store takes."""
        return self._store.concurrent_writes

    def write(self, events: Sequence[Event]) -> WriteReport:
        """See `EventWriter.write`."""
        kept = [event for event in events if self._scope.holds(event)]
        self.others += len(events) - len(kept)
        return self._store.write(kept) if kept else WriteReport()


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...|-")
@click.option("--format", "form", metavar="F", type=click.Choice(NAMES), help=f"{', '.join(NAMES)}; told by the content unless named.")
@click.option("--follow", is_flag=True, help="Go on reading as the files grow, through rotation, until Ctrl-C.")
@customer_option
@click.option(
    "--dead-letter",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where rejected records go, with place and reason.",
)
@click.option("--json", "as_json", is_flag=True, help="End with the counts as one line of JSON.")
@click.pass_context
def index(  # noqa: PLR0913  # one argument an option, as click hands them over
    context: click.Context,
    *,
    paths: tuple[str, ...],
    form: str | None,
    follow: bool,
    customer: str | None,
    dead_letter: Path | None,
    as_json: bool,
) -> None:
    """Read mail logs and event records; - is standard input.

    Postfix logs, Amazon SES records and NDJSON in our own schema, plain or compressed. Reading something twice adds nothing.
    """
    settings = settings_of(context)
    letters = dead_letter or settings.data / f"dead-letter-{datetime.now(UTC):%Y%m%d-%H%M%S}.ndjson"
    scope = scope_of(customer, settings)
    failure: IndexingError | None = None
    with (
        closing(open_events(settings, on_wait=waiting)) as store,
        closing(open_accounts(settings)) as accounts,
        closing(open_directory(settings)) as directory,
        closing(Recipients(store, Owned(accounts, directory), Scope.operator(DEFAULT), settings.data, ahead=1)) as noting,
        stopping() as stop,
        reporter() as progress,
    ):
        writer = OneCustomer(noting, scope)
        try:
            summary = run(
                paths,
                writer,
                format=form,
                zone=settings.log_timezone,
                dead_letter=letters,
                memory=settings.data,
                follow=follow,
                progress=progress,
                stop=stop,
            )
        except IncompleteError as error:
            summary, failure = error.summary, error
    if noting.problem is not None:
        summary.warnings.append(f"{noting.problem} The recipients are kept for accounts in {settings.data}: the next run adds them")
    _warn(summary, writer.others, letters)
    click.echo(_json(summary, writer.others) if as_json else _sentence(summary, writer.others))
    if failure is not None:
        raise failure
    if summary.stopped and not follow:
        raise click.ClickException(f"stopped before the end. {_GO_ON}")


def _warn(summary: Summary, others: int, letters: Path) -> None:
    """Say what was left out, and where it is, and what else was not as it should be."""
    for warning in summary.warnings:
        click.echo(f"Warning: {harmless(warning)}.", err=True)
    if summary.rejected:
        click.echo(f"Warning: {counted(summary.rejected, 'record')} could not be read, kept in {letters}. The first:", err=True)
        for one in summary.examples:
            click.echo(harmless(f"  {one.source}, line {one.line}: {one.reason}"), err=True)
    if others:
        click.echo(f"Warning: {counted(others, 'event')} of other senders left out.", err=True)


def _sentence(summary: Summary, others: int) -> str:
    found = f"{counted(summary.events - others, 'event')}, {summary.new:,} of them new"
    return f"Read {counted(summary.read, 'record')} in {summary.seconds:.1f} s: {found}; {summary.rejected:,} rejected."


def _json(summary: Summary, others: int) -> str:
    counts = {"read": summary.read, "events": summary.events - others, "new": summary.new, "rejected": summary.rejected}
    return json.dumps(counts | {"seconds": round(summary.seconds, 3)})
