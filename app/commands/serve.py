"""`portal serve`: the pages and the API on loopback."""

from dataclasses import replace

import click

from app import hosts
from app.commands.options import settings_of
from app.server import DEFAULT_PORT, ServerError, listen, loopback, url
from app.server import serve as run_server
from app.stores import ready_events


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
    settings = replace(settings, hosts=settings.hosts or hosts.listening_on(host))
    ready_events(settings)  # what is wrong with it is said here, once, and not by each worker
    listener = listen(host, port)
    address = url(listener)
    run_server(settings, listener, workers, lambda: click.echo(f"The portal is at {address}  (Ctrl-C ends it)"))
