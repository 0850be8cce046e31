"""Phone numbers for some of the sample mail's recipients, so that each state of an account can be looked at."""

import hashlib
from typing import Final

from app.demo.people import customer_scope
from store.accounts import Accounts, Row, State

_BY: Final = "demo"


def give(accounts: Accounts) -> None:
    """Numbers for two of three accounts that nobody has changed yet."""
    scope = customer_scope()
    every = list(accounts.export(scope))
    given = sum(account.phone is not None for account in every)
    fresh = [account for account in every if account.version == 0]
    numbers = ((account.address, _number(_chance(account.address), given + place)) for place, account in enumerate(fresh))
    rows = [Row(address, number, 0) for address, number in numbers if number is not None]
    accounts.put_all(rows, scope, by=_BY, why="sample")
    for row in rows:
        if (state := (State.PROVEN, State.PROVEN, State.NEW, State.SUSPECT)[_chance(row.address) // 3 % 4]) is not State.NEW:
            accounts.put(row.address, scope, phone=row.phone, state=state, by=_BY, why="sample", version=1)


def _number(chance: int, place: int) -> str | None:
    """The number of an account, if it is to have one: mostly a mobile one of its own, sometimes a landline or one that others have too."""
    if chance % 3 == 0:
        return None
    if chance % 41 == 0:
        return "+31201234567"
    if chance % 37 == 0:
        return f"+3161234500{chance % 10}"
    return f"+3161234{1000 + place % 4000}"


def _chance(address: str) -> int:
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:4], "big")
