"""Runs commands on either engine: what the tests of the operators' commands share."""

import json
from collections.abc import Sequence
from typing import Any

from click.testing import CliRunner, Result

from app.cli import main
from app.settings import Settings
from app.stores import open_events
from store.event import Event


def portal(*arguments: str) -> Result:
    """One command in this process; it has not failed by accident."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(*arguments: str) -> dict[str, Any]:
    """What a command with --json says."""
    result = portal(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def written(settings: Settings, events: Sequence[Event]) -> None:
    """Put events into the store of these settings."""
    store = open_events(settings)
    store.write(events)
    store.close()
