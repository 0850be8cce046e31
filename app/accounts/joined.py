"""The account that an event is about: where it is, the state of its number, and whether the event's reason asks for one."""

from dataclasses import dataclass
from typing import Final

from app.accounts.links import account_page
from app.services import services
from app.viewer import scope
from store.accounts import Account
from store.addresses import BadAddressError, normalised
from store.errors import AccountsUnavailableError
from store.event import Event

# Reasons for which mail is delivered in another way, with the number as the second factor (NTA 7516).
_ASKING: Final = frozenset({"tls_failed"})


@dataclass(frozen=True, slots=True)
class Joined:
    """The recipient of an event as an account; `account` is None where there is none (yet)."""

    address: str
    account: Account | None
    asks: bool

    @property
    def link(self) -> str:
        """The page of the account."""
        return account_page(self.address)

    @property
    def adding(self) -> str:
        """Where a number is added to it."""
        return account_page(self.address, edit="1")


def joined(event: Event) -> Joined | None:
    """The account of the recipient; None where there is no address, or accounts are away: the event stands without."""
    if not event.recipient:
        return None
    try:
        address = normalised(event.recipient)
        account = services().accounts.get(address, scope())
    except (BadAddressError, AccountsUnavailableError):
        return None
    return Joined(address, account, event.reason in _ASKING and (account is None or account.phone is None))
