"""`portal reindex`: all events into a new index, back again, or from the embedded engine into Elasticsearch."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.options import settings_of
from app.commands.plans import renewal_told, told
from app.commands.progress import headway
from app.commands.stopping import stopping
from app.export import Ndjson
from app.settings import Settings
from app.stores import NoEventsError, clustered, embedded, has_events
from app.terminal import counted, harmless
from indexer.deadletter import DeadLetter
from indexer.records import Rejected
from indexer.reindex import copied
from store.elastic.reindex import How
from store.events import Refused
from store.moving import Headway, Moved, Stop, Tell

_GO_ON = "`portal reindex --resume` goes on from there."
_IMPORT_GOES_ON = "`portal reindex --from-embedded --resume` goes on from there."
_MODES = ("dry_run", "resume", "abort", "rollback", "drop_old")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: one of `_MODES` or nothing, and how."""

    mode: str | None
    rate: float | None
    accept: bool
    letters: Path
    as_json: bool


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would happen, how long it takes and how much disk it needs.")
@click.option("--rate", metavar="N", type=click.FloatRange(min=1), help="At most so many events a second, to spare a busy cluster.")
@click.option("--resume", is_flag=True, help="Go on with a reindex that was stopped or killed.")
@click.option("--abort", is_flag=True, help="Give an interrupted reindex up and leave everything as it was.")
@click.option("--rollback", is_flag=True, help="Go back to the index that was kept, with the events that came since.")
@click.option("--drop-old", is_flag=True, help="Remove the index that was kept.")
@click.option("--from-embedded", is_flag=True, help="Copy the events of the embedded engine in PORTAL_DATA into Elasticsearch.")
@click.option("--accept-rejected", is_flag=True, help="Go over to the new index although it does not take some events.")
@click.option(
    "--dead-letter",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where events go that are not taken, with the reason.",
)
@click.option("--json", "as_json", is_flag=True, help="End with the counts as one line of JSON.")
@click.pass_context
def reindex(  # noqa: PLR0913  # one argument an option, as click hands them over
    context: click.Context,
    /,
    *,
    rate: float | None,
    from_embedded: bool,
    accept_rejected: bool,
    dead_letter: Path | None,
    as_json: bool,
    **modes: bool,
) -> None:
    """Write all events into a new index, with the mapping of this version, while the portal is in use.

    In Elasticsearch the new index is built beside the old one, compared, and put in its place at once; the old one is kept until
    --drop-old. Without PORTAL_ELASTICSEARCH_URL the months of the embedded engine are written anew, one after the other.
    """
    settings = settings_of(context)
    mode = _one_of(modes)
    letters = dead_letter or settings.data / f"dead-letter-reindex-{datetime.now(UTC):%Y%m%d-%H%M%S}.ndjson"
    asked = Asked(mode, rate, accept_rejected, letters, as_json)
    if from_embedded:
        _import(settings, asked)
    elif settings.elasticsearch_url is None:
        _renew(settings, asked)
    else:
        _reindex(settings, asked)


def _one_of(modes: dict[str, bool]) -> str | None:
    chosen = [name for name in _MODES if modes[name]]
    if len(chosen) > 1:
        first, second = (f"--{name.replace('_', '-')}" for name in chosen[:2])
        raise click.UsageError(f"{first} and {second} cannot be done at once. Choose one.")
    return chosen[0] if chosen else None


def _reindex(settings: Settings, asked: Asked) -> None:
    """Between versions on a cluster."""
    with closing(clustered(settings)) as store, stopping() as stop, headway() as tell:
        reindexer = store.reindexer(How(tell, stop.is_set, asked.rate, asked.accept))
        if asked.mode == "dry_run":
            plan = reindexer.plan()
            click.echo("\n".join(told(plan)), err=asked.as_json)
            _json(asked, Moved(plan.sampled, 0, len(plan.rejections), 0.0))
            return
        if asked.mode in {"abort", "drop_old"}:
            click.echo(reindexer.abort() if asked.mode == "abort" else reindexer.drop_old())
            return
        try:
            moved = {"resume": reindexer.resume, "rollback": reindexer.rollback, None: reindexer.start}[asked.mode]()
        finally:
            _keep(asked.letters, reindexer.refused(), settings.elasticsearch_index)
    _ended(
        asked,
        moved,
        f"{_GO_ON} --abort gives it up.",
        f"No event could be written for {moved.pause:.1f} s; what came in that time waited. "
        "The old index is kept: --rollback goes back to it, --drop-old removes it.",
    )


def _import(settings: Settings, asked: Asked) -> None:
    """From the embedded engine to a cluster."""
    if settings.elasticsearch_url is None:
        raise click.UsageError("--from-embedded copies into Elasticsearch: set PORTAL_ELASTICSEARCH_URL to say where it is.")
    if asked.mode not in {None, "resume", "dry_run"}:
        raise click.UsageError("--from-embedded goes with --resume and --dry-run only; what has been copied stays and is not copied twice.")
    if not has_events(settings.data):
        raise NoEventsError(f"There are no events of the embedded engine in {settings.data.absolute()}. Set PORTAL_DATA.")
    with closing(embedded(settings)) as source, closing(clustered(settings)) as target, stopping() as stop, headway() as tell:
        if asked.mode == "dry_run":
            click.echo("\n".join(renewal_told(source.sizes(), "would be copied to Elasticsearch")))
            return
        target.make()
        journal = target.journal(resume=asked.mode == "resume")
        slowed = _slowed(tell, asked.rate)
        moved = copied(
            source,
            target,
            journal,
            tell=slowed,
            stop=stop.is_set,
            refused=lambda some: _keep(asked.letters, some, settings.elasticsearch_index),
        )
    _ended(asked, moved, _IMPORT_GOES_ON)


def _renew(settings: Settings, asked: Asked) -> None:
    """The months of the embedded engine, one after the other."""
    if asked.mode not in {None, "dry_run"} or asked.rate is not None or asked.accept:
        raise click.UsageError(
            "--rate, --resume, --abort, --rollback, --drop-old and --accept-rejected are for Elasticsearch, and PORTAL_ELASTICSEARCH_URL "
            "is not set. The embedded engine writes its months anew one by one: start it again after an interruption."
        )
    if not has_events(settings.data):
        raise NoEventsError(f"There are no events in {settings.data.absolute()}: index something, or set PORTAL_DATA.")
    with closing(embedded(settings)) as store, stopping() as stop, headway() as tell:
        sizes = store.sizes()
        if asked.mode == "dry_run":
            click.echo("\n".join(renewal_told(sizes, "would be written anew, one month at a time", settings.data)))
            return
        moved = _renewed(store.renew, {month: size.events for month, size in sizes.items()}, stop.is_set, tell)
        before, after = (sum(size.bytes for size in each.values()) for each in (sizes, store.sizes()))
    _ended(
        asked,
        moved,
        "Months that are done stay so; the same command starts with the first one again.",
        f"They took {before / 1e6:,.1f} MB and take {after / 1e6:,.1f} MB.",
    )


def _renewed(renew: Callable[[str], None], months: dict[str, int], stop: Stop, tell: Tell) -> Moved:
    total, done, began = sum(months.values()), 0, time.monotonic()
    for month, events in months.items():
        if stop():
            break
        renew(month)
        done += events
        tell(Headway(month, done, total, done, 0))
    return Moved(done, done, 0, time.monotonic() - began, stopped=done < total)


def _slowed(tell: Tell, rate: float | None) -> Tell:
    """A `tell` that waits where the events came faster than `rate` a second."""
    if rate is None:
        return tell
    began = time.monotonic()

    def slow(now: Headway) -> None:
        tell(now)
        time.sleep(max(0.0, now.read / rate - (time.monotonic() - began)))

    return slow


def _keep(letters: Path, refused: Iterable[Refused], source: str) -> None:
    """Keep the events that were not taken in the dead-letter file, which `portal index` reads again."""
    some = [Rejected(source, number, 0, each.reason, Ndjson().rows([each.event]).rstrip()) for number, each in enumerate(refused, 1)]
    if some:
        with DeadLetter(letters) as file:
            file.write(some, "ndjson", 0.0)
        click.echo(f"Warning: {counted(len(some), 'event')} not taken, kept in {letters}. The first:", err=True)
        click.echo(harmless(f"  {some[0].reason}"), err=True)


def _ended(asked: Asked, moved: Moved, how_to_go_on: str, *more: str) -> None:
    """Say what was done, and `more` where that is all of it; a run that was asked to stop ends with exit code 1."""
    sentence = f"Read {counted(moved.read, 'event')} in {moved.seconds:.1f} s: {moved.written:,} written, {moved.rejected:,} rejected."
    for line in (sentence, *(() if moved.stopped else more)):
        click.echo(line, err=asked.as_json)
    _json(asked, moved)
    if moved.stopped:
        raise click.ClickException(f"stopped before the end. {how_to_go_on}")


def _json(asked: Asked, moved: Moved) -> None:
    """The last line, for programs."""
    if asked.as_json:
        counts = {"read": moved.read, "written": moved.written, "rejected": moved.rejected}
        click.echo(json.dumps(counts | {"seconds": round(moved.seconds, 3), "pause": round(moved.pause, 3)}))
