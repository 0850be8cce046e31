"""What speaks against a number before it is kept: that no text message reaches it, or that others have it already."""

from dataclasses import dataclass
from typing import Final

from store.accounts import Accounts
from store.events import Scope
from store.phones import Number
from store.said import Said

_NAMED: Final = 5  # of the other addresses with the same number


@dataclass(frozen=True, slots=True)
class Doubts:
    """`kind` says why a text message may not arrive; `others` has the first of the other addresses with this number, of `total`."""

    kind: Said | None = None
    others: tuple[str, ...] = ()
    total: int = 0

    @property
    def any(self) -> bool:
        """Whether somebody has to confirm the number."""
        return self.kind is not None or self.total > 0


NONE: Final = Doubts()


def doubts(accounts: Accounts, number: Number, address: str, scope: Scope) -> Doubts:
    """What speaks against a number for an address."""
    total, holders = accounts.with_number(number.e164, scope, _NAMED + 1)
    others = tuple(each for each in holders if each != address)[:_NAMED]
    return Doubts(number.sms_doubt, others, total - 1 if address in holders else total)
