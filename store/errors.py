"""Everything that can go wrong in the store, as types without any HTTP in them; `app/errors.py` maps them to answers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.accounts.account import Account


class StoreError(Exception):
    """The root of what the store raises on purpose; its text is fit to be shown to a user."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and why a typed query cannot be read, and what would be right.

    `start` and `end` are 0-based character positions in the typed text (`end` exclusive); `fix` is a whole corrected query or None.
    """

    code: str
    message: str
    start: int
    end: int
    fix: str | None = None


class BadQueryError(StoreError):
    """The text in the query box cannot be read; `fault` says where, why and what to type instead."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class BadCursorError(StoreError):
    """A cursor that this portal did not give out, or not for this sort order."""


class NotFoundError(StoreError):
    """Not there, or not for this scope: the two look the same on purpose."""


class StoreUnavailableError(StoreError):
    """The engine cannot be reached or read now; trying again later may help."""


class StoreDamagedError(StoreUnavailableError):
    """What is kept cannot be read; trying again does not help, and the text says what does."""


class StoreBusyError(StoreUnavailableError):
    """Another process is writing and did not finish within the time given."""


class AbandonedError(StoreUnavailableError):
    """Nobody waits for the answer any more, so the search was stopped."""


class ReindexError(StoreError):
    """A reindex cannot be done, or not go on; the text says why and what to do."""


class AccountsUnavailableError(StoreUnavailableError):
    """The Redis that accounts are kept in cannot be reached or written to now; the text says what to do."""


class AbsentError(NotFoundError):
    """There is no account of this address, or not in this scope, or what could be restored is over."""


class ConflictError(StoreError):
    """Somebody else changed what is being changed; `current` is the account as it is now, `addresses` all that it is so for."""

    def __init__(self, message: str, current: "Account", addresses: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.current = current
        self.addresses = addresses or (current.address,)
