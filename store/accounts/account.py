"""What is kept of a recipient: the address, the phone number that is its second factor, and who changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from store.errors import StoreError

DEFAULT: Final = "default"  # the customer, until there are customers
INDEXER: Final = "indexer"  # who brings a deleted address back
MAX_WHY: Final = 500  # characters of a reason, and of how identity was established
KEPT_DAYS: Final = 30  # a deleted account can be restored for so long
MAX_BY: Final = 200  # characters of who changes something
MAX_ROWS: Final = 100_000  # of one import: it is one step, and every reader waits for it
MAX_LIMIT: Final = 1000
SORTS: Final = ("address", "-last_mail")


class BadAccountError(StoreError):
    """What an account cannot have; the text says what it can."""


class State(StrEnum):
    """What is known of a number: `proven` has received a code that came back, `suspect` has not lately."""

    NONE = "none"
    NEW = "new"
    PROVEN = "proven"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an account's history.

    `what`: number, state, imported, deleted, restored, returned (with the next mail), seen (somebody looked at the whole number). Numbers
    are masked; times are in ms since 1970 UTC.
    """

    at: int
    by: str
    what: str
    why: str = ""
    identity: str = ""
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One recipient. The three mail times are None where there was none yet; all times are in ms since 1970 UTC.

    `version` rises with every change that people make; 0 says that only the indexer saw the address. `returned` is when the next mail
    brought it back after it was deleted. `deleted` is set on what `delete` and `deleted` answer only.
    """

    address: str
    phone: str | None = None
    state: State = State.NONE
    first_mail: int | None = None
    last_mail: int | None = None
    last_bounce: int | None = None
    version: int = 0
    changed_at: int | None = None
    changed_by: str | None = None
    why: str | None = None
    returned: int | None = None
    deleted: int | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Mail to an address at a time (ms since 1970 UTC), whether it bounced, and the domain it came from, empty where that is not known."""

    address: str
    at: int
    bounced: bool = False
    sender_domain: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an import. `version` is what the importer saw; None: whatever it is now, also none."""

    address: str
    phone: str | None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import: `added` were not there, `changed` have another number, `same` stay as they are."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list asks for: addresses that contain `text` (any letter case), in order of `sort` (one of `SORTS`).

    Narrowed to those without a number, bounced since, changed since (ms since 1970 UTC). `cursor` is `Listed.next` of the page before.
    """

    text: str = ""
    sort: str = "address"
    without_number: bool = False
    bounced_since: int | None = None
    changed_since: int | None = None
    limit: int = 50
    cursor: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no page may ask for: the caller's mistake, not the user's."""
        if self.sort not in SORTS or not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"{self.sort!r} is not one of {', '.join(SORTS)}, or {self.limit} is not from 1 to {MAX_LIMIT}")

    @property
    def narrowed(self) -> bool:
        """Whether anything but the text is asked for."""
        return self.without_number or self.bounced_since is not None or self.changed_since is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `total` counts all matches; where it is not exact there are at least so many. `next` is None on the last page."""

    accounts: Sequence[Account] = ()
    total: int = 0
    total_is_exact: bool = True
    next: str | None = None
