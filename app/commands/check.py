"""`portal check`: settings, folder, disk, engine, Redis: what is wrong and what to do."""

import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from app.commands.options import settings_of
from app.settings import Settings, SettingsError
from app.stores import checked_events, has_accounts, made_accounts, made_directory, unusable
from app.terminal import counted, harmless
from app.version import VERSION
from store.errors import StoreError
from store.events import Query, Scope
from store.findings import Finding

_LITTLE = 1_000_000_000  # bytes free below which a warning is due: an index run needs room to merge
_PACKAGES = ("tantivy", "elasticsearch", "redis", "flask", "gunicorn", "msgspec", "luqum")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Say it as one line of JSON.")
@click.pass_context
def check(context: click.Context, *, as_json: bool) -> None:
    """Check settings, data folder, disk, engine and Redis; say what is wrong and what to do about it. The exit code is 1 where anything is.

    What cannot be looked at because of something earlier is left out.
    """
    seen = []
    for finding in findings(context):
        seen.append(finding)
        if not as_json:
            click.echo(f"{'ok   ' if finding.ok else 'WRONG'} {finding.about}: {harmless(finding.detail)}")
    well = all(finding.ok for finding in seen)
    if as_json:
        click.echo(json.dumps({"ok": well, "findings": [asdict(finding) for finding in seen]}))
    if not well:
        context.exit(1)


def findings(context: click.Context) -> Iterator[Finding]:
    """Everything that is looked at, one after the other; what follows from wrong settings is left out."""
    yield Finding(ok=True, about="versions", detail=_versions())
    try:
        settings = settings_of(context)
    except SettingsError as error:
        yield from (Finding(ok=False, about="settings", detail=line) for line in str(error).splitlines())
        return
    yield Finding(ok=True, about="settings", detail=f"times are shown in {settings.timezone}")
    yield from _folder(settings.data)
    yield from _engine(settings)
    yield from _accounts(settings)


def _versions() -> str:
    return ", ".join([f"portal {VERSION}", f"Python {platform.python_version()}", *(f"{name} {_version(name)}" for name in _PACKAGES)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _folder(data: Path) -> Iterator[Finding]:
    """Whether the data folder, or the nearest folder above it that exists, can be written to and has room."""
    place = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding(ok=False, about="data folder", detail=unusable(data, "permission denied"))
    elif place == data.absolute():
        yield Finding(ok=True, about="data folder", detail=f"{place}")
    else:
        yield Finding(ok=True, about="data folder", detail=f"{data.absolute()} (not there yet; `portal index` makes it)")
    free = shutil.disk_usage(place).free
    room = f"{free / 1e9:.1f} GB free"
    yield Finding(
        ok=free >= _LITTLE, about="disk", detail=room if free >= _LITTLE else f"{room}. Make room, or set PORTAL_DATA to another disk."
    )


def _engine(settings: Settings) -> Iterator[Finding]:
    """What the engine says of itself, then that its events can be counted."""
    try:
        with closing(checked_events(settings)) as store:
            yield from store.check()
            health = store.ping()
            store.count(Query(), Scope.operator())
        yield Finding(ok=health.ok, about="events", detail=health.detail)
    except StoreError as error:
        yield Finding(ok=False, about="events", detail=str(error))


def _accounts(settings: Settings) -> Iterator[Finding]:
    """What Redis says of itself; nothing is started where there are no accounts yet."""
    if not has_accounts(settings):
        yield Finding(ok=True, about="accounts", detail="none yet; `portal index` makes them")
        return
    try:
        with closing(made_accounts(settings)) as accounts:
            yield from accounts.check()
        if settings.secret_keys_before:
            with closing(made_directory(settings)) as directory:
                yield _earlier_keys(directory.second_step.outdated())
    except StoreError as error:
        yield Finding(ok=False, about="accounts", detail=str(error))


def _earlier_keys(users: int) -> Finding:
    """Whether the keys before the present one are still needed."""
    if not users:
        return Finding(ok=True, about="keys", detail="nobody's app needs PORTAL_SECRET_KEYS_BEFORE any more: take it away")
    return Finding(
        ok=True, about="keys", detail=f"{counted(users, 'app')} still sealed with an earlier key, until signed in with once more"
    )
