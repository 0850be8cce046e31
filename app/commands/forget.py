"""`portal forget`: erases a person, and says what it did in a receipt."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from app.commands.noting import note
from app.commands.options import settings_of, waiting
from app.commands.progress import counter
from app.receipt import counted as events_counted
from app.receipt import receipt as new_receipt
from app.settings import Settings
from app.stores import existing_events, has_accounts, made_accounts, made_directory
from app.terminal import counted, harmless
from indexer import erase
from store.addresses import BadAddressError
from store.columns import MENTIONS, whole
from store.customers import What
from store.erasure import Person
from store.errors import StoreError
from store.event import Event
from store.events import EventStore, Query, Scope, Sort, Verdict
from store.tree import Exact, Or

_ALL = Scope.operator()


def _person(_context: click.Context, _parameter: click.Parameter, value: str) -> Person:
    """A callback for click."""
    try:
        return Person(value)
    except BadAddressError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("person", metavar="ADDRESS", callback=_person)
@click.option("--dry-run", is_flag=True, help="Erase nothing; count what would go.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt, as one line of JSON.")
@click.option(
    "--receipt",
    "place",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the receipt to this new file, as JSON.",
)
@click.pass_context
def forget(context: click.Context, *, person: Person, dry_run: bool, as_json: bool, place: Path | None) -> None:
    """Erase a person, known by ADDRESS in any letter case, from everything the portal keeps. Nothing is asked.

    Events go where the address is recipient, original recipient or sender; in other people's events, such as the record of a mail to
    several, it is replaced by [erased]. Its account goes, with number and history, and the user who has it. In audit trails a mark stands
    in its place. Rejected records that hold it go, and readers forget it. Every event is looked at, so this takes a while.

    Erase the person from the mail logs first and end `portal index --follow`: a later index run of the same logs brings them back.
    """
    settings = settings_of(context)
    with closing(existing_events(settings, waiting)) as store, _written_to(place) as write:
        receipt = new_receipt(person, _engine(settings), cluster=settings.elasticsearch_url is not None, dry_run=dry_run)
        (_look if dry_run else _erase)(store, settings, person, receipt)
        write(receipt)
    click.echo(json.dumps(receipt) if as_json else _told(receipt))
    if receipt["problems"]:
        raise click.ClickException("\n".join(map(harmless, receipt["problems"])))


@contextmanager
def _written_to(place: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """What writes the receipt to a new file, which is made beforehand: after an erasure it is too late to find that it cannot be."""
    if place is None:
        yield lambda _: None
        return
    try:
        file = place.open("x", encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{place}: {error.strerror}. Name a new file.", param_hint="--receipt") from error
    with file:
        try:
            yield lambda receipt: file.writelines((json.dumps(receipt, indent=2), "\n"))
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _look(store: EventStore, settings: Settings, person: Person, receipt: dict[str, Any]) -> None:
    """Count what would go."""
    with counter("event") as tick, closing(store.export(Query(), _ALL, Sort())) as events:
        verdicts = (_ticking(person.judge, tick)(event) for event in events)
        receipt["events"] = events_counted(Counter(verdict.why for verdict in verdicts if verdict is not None))
    _files(settings, person, receipt, dry_run=True)
    _accounts(settings, person, receipt, dry_run=True)
    _people(settings, person, receipt, dry_run=True)


def _erase(store: EventStore, settings: Settings, person: Person, receipt: dict[str, Any]) -> None:
    """Erase; what goes wrong after the events are gone is noted, so that there is a receipt of them."""
    with counter("event") as tick:
        receipt["events"] = events_counted(store.rewrite(Query(), _ALL, _ticking(person.judge, tick)))
    with _noted(receipt):
        store.purge(Query())
    with _noted(receipt):
        erase.drafts(settings.data)
        _files(settings, person, receipt, dry_run=False)
    with _noted(receipt):
        _accounts(settings, person, receipt, dry_run=False)
    with _noted(receipt):
        _people(settings, person, receipt, dry_run=False)
    with _noted(receipt):
        address = whole(person.address)
        named = Or(tuple(Exact(field, address) for field in ("recipient", "original_recipient", "sender", MENTIONS)))
        receipt["found_afterwards"] = left = store.count(Query(named), _ALL)
        if left:
            receipt["problems"].append(f"{counted(left, 'event')} of that address came in meanwhile. Run the same command again.")
    receipt["complete"] = not receipt["problems"]


def _files(settings: Settings, person: Person, receipt: dict[str, Any], *, dry_run: bool) -> None:
    letters = erase.letters(settings.data, person, dry_run=dry_run)
    receipt["dead_letters"] = {"files": letters.files, "records": letters.records}
    memories = erase.memories(settings.data, person, dry_run=dry_run)
    receipt["memory"] = {"files": memories.files, "messages": memories.records}
    waiting_for_accounts = erase.pending(settings.data, person, dry_run=dry_run)
    receipt["accounts"]["waiting"] = waiting_for_accounts.records
    receipt["problems"] += memories.troubles + waiting_for_accounts.troubles


def _accounts(settings: Settings, person: Person, receipt: dict[str, Any], *, dry_run: bool) -> None:
    """Accounts, deleted ones and histories of all customers; nothing is started where there are none."""
    if has_accounts(settings):
        with closing(made_accounts(settings)) as accounts:
            receipt["accounts"]["customers"] = accounts.erase(person.address, dry_run=dry_run)


def _people(settings: Settings, person: Person, receipt: dict[str, Any], *, dry_run: bool) -> None:
    """The person's user, and their name in the audit trails, where a mark takes its place; the operators' trail then says so."""
    if not has_accounts(settings):
        return
    with closing(made_directory(settings)) as directory:
        gone = directory.forgetting.forget(person.address, dry_run=dry_run)
        receipt["people"] = {"users": gone.users, "audit_trails": gone.trails, "audit_mark": "" if dry_run else gone.mark}
        if not dry_run:
            note(directory, What.FORGOTTEN, gone.mark)


@contextmanager
def _noted(receipt: dict[str, Any]) -> Iterator[None]:
    """What goes wrong within it becomes a problem in the receipt."""
    try:
        yield
    except (StoreError, OSError) as error:
        receipt["problems"].append(str(error))


def _ticking(judge: Callable[[Event], Verdict | None], tick: Callable[[], None]) -> Callable[[Event], Verdict | None]:
    def judged(event: Event) -> Verdict | None:
        tick()
        return judge(event)

    return judged


def _engine(settings: Settings) -> str:
    """Where events are kept, in words."""
    if settings.elasticsearch_url is None:
        return f"embedded, in {settings.data.absolute()}"
    return f"Elasticsearch, the indices of {settings.elasticsearch_index}"


def _told(receipt: dict[str, Any]) -> str:
    """The receipt in words."""
    removed = receipt["events"]["removed"]
    roles = ", ".join(f"{count:,} as {name.replace('_', ' ')}" for name, count in removed.items() if count)
    would = "would be " if receipt["dry_run"] else ""
    events = f"{counted(sum(removed.values()), 'event')} {would}removed{f' ({roles})' if roles else ''}"
    redacted = f"the address {would}replaced in {counted(receipt['events']['redacted'], 'event')}"
    records = f"{counted(receipt['dead_letters']['records'], 'rejected record')} {would}removed"
    messages = f"{counted(receipt['memory']['messages'], 'message')} {would}forgotten by readers"
    account = f"{would}removed" if receipt["accounts"]["customers"] else "none"
    people = receipt["people"]
    mark = f" ({people['audit_mark']} stands there now)" if people["audit_mark"] else ""
    lines = [
        f"{events}, {redacted}.",
        f"{records}, {messages}.",
        f"Account with its number and history: {account}.",
        f"{counted(people['users'], 'user')} {would}removed, replaced in {counted(people['audit_trails'], 'audit trail')}{mark}.",
        *(f"Not covered: {line}" for line in receipt["not_covered"]),
    ]
    return "\n".join(lines)
