"""`portal expire`: retention, by hand or from a timer."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from app import retention
from app.commands.options import customer as customer_option
from app.commands.options import scope_of, settings_of, waiting
from app.settings import Settings
from app.stores import existing_events, has_accounts, made_directory
from app.terminal import counted
from store.event import iso
from store.events import EventStore, Query, Scope
from store.months import bounds, month_of


@dataclass(frozen=True, slots=True)
class Part:
    """What goes of one month: so many events, and whether the month goes as a whole."""

    month: str
    events: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Own:
    """What goes of one customer by its own retention: events from before `cut`."""

    customer: str
    cut: int
    events: int


def _cut_if_given(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A callback for click."""
    return None if value is None else _cut(context, parameter, value)


def _cut(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    """A callback for click: the moment before which events go."""
    try:
        return retention.cut(value, datetime.now(UTC).date())
    except retention.BadDurationError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--older-than",
    "cut",
    metavar="AGE",
    default=retention.DEFAULT,
    show_default=True,
    callback=_cut,
    help="How long events are kept: a number of days, months or years, such as 90d, 13mo or 2y.",
)
@customer_option
@click.option(
    "--audit-older-than",
    "audit_cut",
    metavar="AGE",
    callback=_cut_if_given,
    help="Remove entries of the audit trails that are older, too. Without it they are kept.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would go.")
@click.option("--json", "as_json", is_flag=True, help="Say it as one line of JSON.")
@click.pass_context
def expire(  # noqa: PLR0913 - one argument an option, as click hands them over
    context: click.Context, *, cut: int, customer: str | None, audit_cut: int | None, dry_run: bool, as_json: bool
) -> None:
    """Remove old events; nothing is asked, so that a timer can run it.

    Where a customer has a shorter retention of its own (`portal customers set`), its events go after that.

    Events of days (UTC) before the one so long ago go. Months that lie before it go as a whole, which costs next to nothing; of the
    month it is in, and of one customer, events are deleted one by one. An event's own time counts, so indexing an old log again
    brings its events back.
    """
    settings = settings_of(context)
    scope = scope_of(customer, settings)
    with closing(existing_events(settings, waiting)) as store:
        before = store.count(Query(), scope)
        parts = expiring(store, cut, scope)
        gone = sum(part.events for part in parts) if dry_run else store.delete(Query(end=cut), scope)
        own = of_customers(store, settings, cut, customer, dry_run=dry_run)
        gone += sum(each.events for each in own)
        if not dry_run:
            store.purge(Query(end=max([cut, *(each.cut for each in own if each.events)])))
        after = before - gone if dry_run else store.count(Query(), scope)
    entries = None if audit_cut is None else _audit(settings, audit_cut, dry_run=dry_run)
    if as_json:
        months = [{"month": part.month, "events": part.events, "whole": part.whole} for part in parts]
        counts = {"before": before, "removed": gone, "after": after}
        shorter = [{"customer": each.customer, "cut": iso(each.cut), "removed": each.events} for each in own]
        told = {"cut": iso(cut), "customer": customer, "dry_run": dry_run, **counts, "months": months, "customers": shorter}
        click.echo(json.dumps(told | {"audit_entries": entries}))
        return
    for part in parts:
        click.echo(f"{part.month}: {counted(part.events, 'event')}, {_how(part, cut, scope)}")
    for each in own:
        click.echo(f"{each.customer}: {counted(each.events, 'event')} from before {iso(each.cut)[:10]}, by its own retention")
    if entries is not None:
        click.echo(f"Audit trails: {counted(entries, 'old record')} from before {iso(audit_cut or 0)[:10]}")
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {counted(gone, 'event')} from before {iso(cut)[:10]}: {before:,} -> {after:,}.")


def of_customers(store: EventStore, settings: Settings, cut: int, only: str | None, *, dry_run: bool) -> list[Own]:
    """Remove, or count, what is younger than `cut` and older than its customer's own retention; of one customer, or of all."""
    if not has_accounts(settings):
        return []
    with closing(made_directory(settings)) as directory:
        customers = directory.customers() if only is None else [found for found in (directory.customer(only),) if found]
    removed = []
    for each in customers:
        own = retention.cut(f"{each.retention}mo", datetime.now(UTC).date()) if each.retention else cut
        if own > cut and each.domains:
            between = Query(start=cut, end=own)
            events = store.count(between, each.scope) if dry_run else store.delete(between, each.scope)
            removed.append(Own(each.id, own, events))
    return removed


def _audit(settings: Settings, cut: int, *, dry_run: bool) -> int:
    """Remove, or count, old entries of all audit trails."""
    if not has_accounts(settings):
        return 0
    with closing(made_directory(settings)) as directory:
        return directory.audit.expire(cut, dry_run=dry_run)


def expiring(store: EventStore, cut: int, scope: Scope) -> list[Part]:
    """What goes of each month that has any event from before the cut, oldest first."""
    buckets = store.histogram(Query(end=cut), scope, "1M", "UTC")
    found = ((month_of(bucket.start), sum(bucket.counts.values())) for bucket in buckets)
    return [Part(month, events, scope.domains is None and bounds(month)[1] <= cut) for month, events in found]


def _how(part: Part, cut: int, scope: Scope) -> str:
    if part.whole:
        return "the whole month"
    return f"those before {iso(cut)[:10]}" if bounds(part.month)[1] > cut else f"those of {', '.join(sorted(scope.domains or ()))}"
