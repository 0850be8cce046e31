"""`portal serve`: the pages and the API."""

from contextlib import closing
from dataclasses import replace
from ipaddress import ip_address

import click

from app import hosts
from app.commands.options import settings_of
from app.server import DEFAULT_PORT, ServerError, address_of, listen, url
from app.server import serve as run_server
from app.settings import Settings, SettingsError
from app.stores import open_directory, ready_events
from store.customers.links import HOUR
from store.errors import AccountsUnavailableError

_OPEN = (
    "Warning: beyond this machine passwords and mail events travel as plain text. Put a proxy with TLS in front, and name it in "
    "PORTAL_TRUSTED_PROXIES; docs/deploy.md says how."
)


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A callback for click: refuses what the server cannot listen on as wrong usage."""
    try:
        return address_of(value)
    except ServerError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--host",
    metavar="H",
    default="127.0.0.1",
    show_default=True,
    callback=_address,
    help="Address to listen on.",
)
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), help=f"Port; without it the first free one from {DEFAULT_PORT} up, 0 for any."
)
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that answer requests.")
@click.pass_context
def serve(context: click.Context, host: str, port: int | None, workers: int) -> None:
    """Show the portal in the browser until Ctrl-C."""
    settings = settings_of(context)
    if not settings.hosts and ip_address(host).is_unspecified:
        raise SettingsError("PORTAL_HOSTS: on all addresses of a machine the portal has to be told its names, such as portal.example.org.")
    if not ip_address(host).is_loopback and not settings.trusted_proxies:
        click.echo(_OPEN, err=True)
    settings = replace(settings, hosts=settings.hosts or hosts.listening_on(host))
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
