"""`portal serve`: the pages and the API on loopback."""

from contextlib import closing

import click

from app.commands.options import settings_of
from app.server import DEFAULT_PORT, ServerError, listen, loopback, url
from app.server import serve as run_server
from app.settings import Settings
from app.stores import open_directory, ready_events
from store.customers.links import HOUR
from store.errors import AccountsUnavailableError


def _loopback(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A callback for click: refuses what the server would not listen on as wrong usage."""
    try:
        return loopback(value)
    except ServerError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--host",
    metavar="H",
    default="127.0.0.1",
    show_default=True,
    callback=_loopback,
    help="Address to listen on; loopback only, as there is no sign-in yet.",
)
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), help=f"Port; without it the first free one from {DEFAULT_PORT} up, 0 for any."
)
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that answer requests.")
@click.pass_context
def serve(context: click.Context, host: str, port: int | None, workers: int) -> None:
    """Show the portal in the browser until Ctrl-C."""
    settings = settings_of(context)
    ready_events(settings)  # what is wrong with it is said here, once, and not by each worker
    listener = listen(host, port)
    address = url(listener)
    first = _first_operator(settings, address)

    def ready() -> None:
        click.echo(f"The portal is at {address}  (Ctrl-C ends it)")
        if first:
            click.echo(first)

    run_server(settings, listener, workers, ready)


def _first_operator(settings: Settings, address: str) -> str:
    """Where somebody becomes the first operator, as long as there is none; empty once there is."""
    try:
        with closing(open_directory(settings)) as directory:
            if directory.users.every(None):
                return ""
            secret = directory.links.make("first", life=24 * HOUR)
    except AccountsUnavailableError as error:
        return f"Nobody can sign in now. {error}"
    return f"Nobody can sign in yet. Make the first operator here, within a day: {address}welcome/{secret}"
