"""The command `portal`: settings from the environment and `.env`, and every error as one clear sentence with an exit code.

0: done. 1: the run could not finish, or there is nothing to read. 2: wrong usage, a query or a setting that cannot be read.
"""

import errno
import os
from typing import Any

import click

from app import environment
from app.commands.check import check
from app.commands.demo import demo
from app.commands.expire import expire
from app.commands.forget import forget
from app.commands.index import index
from app.commands.reindex import reindex
from app.commands.search import search
from app.commands.serve import serve
from app.params import BadParameterError
from app.server import ServerError
from app.settings import SettingsError
from app.terminal import harmless
from app.version import VERSION
from indexer.errors import IndexingError
from store.errors import StoreError


class Portal(click.Group):
    """The group of commands; turns what goes wrong on purpose into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's own signature
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (SettingsError, BadParameterError) as error:
            raise click.UsageError(_shown(error)) from error
        except (StoreError, IndexingError, ServerError) as error:
            raise click.ClickException(_shown(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # a reader that left, such as `head`: click ends quietly
                raise
            raise click.ClickException(_shown(error)) from error


@click.group(cls=Portal, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="portal", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """See what became of your mail: index mail logs and event records, search them, and show them in the browser."""
    context.obj = environment.read(os.environ)


def _shown(error: Exception) -> str:
    return "\n".join(harmless(line) for line in str(error).splitlines())


for command in (demo, serve, index, search, reindex, expire, forget, check):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="portal")
