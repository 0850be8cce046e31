"""`portal demo`: the portal with sample mail of its own, and more of it trickling in."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from app.commands.options import settings_of
from app.demo.people import ways_in
from app.server import DEFAULT_PORT, listen, serve, url
from app.stores import SAMPLE, made_directory, usable

_PACKAGES = Path(__file__).parents[2]
_EXAMPLE = "petra.de.wittt@freemail.example"


@click.command()
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), help=f"Port; without it the first free one from {DEFAULT_PORT} up, 0 for any."
)
@click.pass_context
def demo(context: click.Context, port: int | None) -> None:
    """Try the portal with sample mail: 30 days up to now, in a folder of its own under PORTAL_DATA."""
    settings = settings_of(context, without=("PORTAL_ELASTICSEARCH_URL", "PORTAL_REDIS_URL"))
    usable(settings.data)
    settings = replace(settings, data=settings.data / SAMPLE)
    listener = listen("127.0.0.1", port)
    address = url(listener)
    click.echo(f"Bringing the sample mail in {settings.data} up to date ...", err=True)
    feeder = _feeder(settings.data)
    try:
        if feeder.stdout is None or not feeder.stdout.readline():
            raise click.ClickException("the sample mail could not be made; the reason stands above.")
        with closing(made_directory(settings)) as directory:
            ways = [f"{address}{way}" for way in ways_in(directory)]
        serve(settings, listener, 2, lambda: _announce(*ways), log_requests=False)
    finally:
        _end(feeder)


def _feeder(folder: Path) -> subprocess.Popen[str]:
    """The process that makes sample mail; a plain new process, as neither the engine's threads nor the server's survive a fork."""
    command = [sys.executable, "-m", "app.demo.feed", str(folder.absolute()), str(os.getpid())]
    # Started where the package lies, so that it is this package and not a folder `app` of whoever calls; in a process group of its own,
    # because a terminal's Ctrl-C would reach it while it is still importing. This process ends it.
    return subprocess.Popen(  # noqa: S603  # our own module
        command, cwd=_PACKAGES, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, process_group=0
    )


def _end(feeder: subprocess.Popen[str]) -> None:
    """End it; what it has written is safe however it ends, so one that is deep in its work is not waited for."""
    feeder.terminate()
    try:
        feeder.wait(timeout=3)
    except subprocess.TimeoutExpired:
        feeder.kill()
        feeder.wait()


def _announce(admin: str, operator: str) -> None:
    click.echo(f"The portal with sample mail is at {admin}  (Ctrl-C ends it)")
    click.echo(f"That signs you in as an administrator of its customer; as an operator, who sees all customers: {operator}")
    click.echo(f"Try it: why did mail to {_EXAMPLE} bounce? Type that address in the box.")
