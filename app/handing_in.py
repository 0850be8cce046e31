"""Events that come with a request: written to the store, with their recipients told to the accounts, and what became of them."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from app.errors import RefusedError
from app.services import services
from app.viewer import scope
from indexer.errors import WriteFailedError
from indexer.owners import Owned
from indexer.recipients import Recipients
from indexer.taking import Taken
from store.errors import StoreBusyError, StoreError
from store.events import EventWriter
from store.said import say


def handed_in(take: Callable[[EventWriter], Taken]) -> Taken:
    """What `take` has kept through the writer that it is given; raises `RefusedError` where the store fails on the way."""
    try:
        accounts = services().kept_accounts
        if accounts is None:
            return take(services().store)
        owned = accounts if services().kept_directory is None else Owned(accounts, services().directory)
        with closing(Recipients(services().store, owned, scope(), services().settings.data)) as noting:
            return take(noting)
    except WriteFailedError as error:
        cause = error.__cause__
        if not isinstance(cause, StoreError):
            raise
        message = say("Not all of it could be kept: %(why)s Send it again: what is there already is not added twice.", why=str(cause))
        raise RefusedError(503, "store_busy" if isinstance(cause, StoreBusyError) else "store_unavailable", message) from error


def told(taken: Taken) -> dict[str, Any]:
    """What became of the lines, as the API says it."""
    rejected = [{"line": line, "reason": reason} for line, reason in taken.rejected]
    counts = {"read": taken.read, "events": taken.events, "new": taken.new}
    return counts | {"rejected": rejected, "more_rejected": taken.more_rejected}
