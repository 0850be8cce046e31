"""Phone numbers for some of the sample mail's recipients, so that each state of an account can be looked at."""

import hashlib
from typing import Final

from store.accounts import DEFAULT, Account, Accounts, Row, State
from store.events import Scope

_SCOPE: Final = Scope.operator(DEFAULT)
_BY: Final = "demo"


def give(accounts: Accounts) -> None:
    """Numbers for two of three accounts that nobody has changed yet; the same for the same address."""
    fresh = [account for account in accounts.export(_SCOPE) if account.version == 0]
    rows = [Row(account.address, number, 0) for account in fresh if (number := _number(account)) is not None]
    accounts.put_all(rows, _SCOPE, by=_BY, why="sample")
    for row in rows:
        if (state := (State.PROVEN, State.PROVEN, State.NEW, State.SUSPECT)[_chance(row.address) // 3 % 4]) is not State.NEW:
            accounts.put(row.address, _SCOPE, phone=row.phone, state=state, by=_BY, why="sample", version=1)


def _number(account: Account) -> str | None:
    """The number of an account, if it is to have one: mostly a mobile one, sometimes a landline, some shared."""
    chance = _chance(account.address)
    if chance % 3 == 0:
        return None
    if chance % 41 == 0:
        return "+31201234567"
    return f"+316123{chance % 200 + 45600:05}"


def _chance(address: str) -> int:
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:4], "big")
