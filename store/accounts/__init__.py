"""Accounts: the recipients that an organisation has written to, and the phone number of each. Kept in Redis; nothing else speaks to it."""

from store.accounts.account import (
    DEFAULT,
    KEPT_DAYS,
    MAX_ROWS,
    MAX_WHY,
    Account,
    BadAccountError,
    Change,
    Imported,
    Listed,
    Row,
    Sighting,
    State,
    Wanted,
)
from store.accounts.accounts import Accounts

__all__ = [
    "DEFAULT",
    "KEPT_DAYS",
    "MAX_ROWS",
    "MAX_WHY",
    "Account",
    "Accounts",
    "BadAccountError",
    "Change",
    "Imported",
    "Listed",
    "Row",
    "Sighting",
    "State",
    "Wanted",
]
