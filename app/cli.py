"""The command `portal`: settings from the environment and `.env`, and every error as one clear sentence with an exit code.

0: done. 1: the run could not finish, or there is nothing to read. 2: wrong usage, a query or a setting that cannot be read.
"""

import errno
import importlib
import os
from typing import Any, Final

import click

from app import environment
from app.params import BadParameterError
from app.server import ServerError
from app.settings import SettingsError
from app.terminal import harmless
from app.version import VERSION
from indexer.errors import IndexingError
from store.errors import StoreError

COMMANDS: Final = (
    "accounts",
    "audit",
    "check",
    "customers",
    "demo",
    "expire",
    "forget",
    "index",
    "reindex",
    "search",
    "serve",
    "tokens",
    "users",
)


class Portal(click.Group):
    """The group of commands; turns what goes wrong on purpose into a message and an exit code.

    A command is imported when it is asked for: what only one of them needs, the others and the processes they start do not wait for.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """All commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's own signature
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"app.commands.{cmd_name}"), cmd_name)
        return command

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


if __name__ == "__main__":
    main(prog_name="portal")
