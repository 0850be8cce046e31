"""One open store of accounts: what the pages, the API, the commands and the indexer ask of it."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from store.accounts import coding
from store.accounts.account import Account, Change, Imported, Listed, Row, Sighting, State, Wanted
from store.accounts.changing import Changing, Signed, absent, gone, latest
from store.accounts.checking import checked
from store.accounts.erasing import erase
from store.accounts.follow import Follower
from store.accounts.importing import put_all
from store.accounts.kept import Kept
from store.accounts.listing import listed
from store.accounts.sighting import Spellings, gathered, seen
from store.accounts.sought import Sought
from store.addresses import BadAddressError, normalised
from store.errors import AccountsUnavailableError
from store.events import Health, Scope
from store.findings import Finding
from store.redis.client import Client

_ALL: Final = Sought(Wanted())
_EXPORTED: Final = 1000  # accounts read at once


def _clock() -> int:
    return time.time_ns() // 1_000_000


class Accounts:
    """The accounts of all customers, each call for the one of its scope; a scope without one finds nothing. Safe in several threads.

    They are in the Redis at `url`, or in one that the portal runs itself in `folder`, started by the first call. Every call raises
    `AccountsUnavailableError` where that is away. Addresses are taken in any form that `store.addresses` reads; what is no address is
    not there.
    """

    def __init__(self, folder: Path, url: str | None = None, now: Callable[[], int] = _clock) -> None:
        self._client = Client(url, folder)
        self._now = now
        self._spelled = Spellings()
        self._lock = threading.Lock()
        self._followers: dict[str, Follower] = {}

    def warm(self, scopes: Callable[[], Iterable[Scope]]) -> None:
        """Begin to read the accounts of these customers, so that a first search need not; what goes wrong, that search will say."""

        def read() -> None:
            with suppress(AccountsUnavailableError):
                for scope in scopes():
                    self.find(Wanted(limit=1), scope)

        threading.Thread(target=read, name="portal-accounts-warm", daemon=True).start()

    def seen(self, sightings: Iterable[Sighting], scope: Scope) -> int:
        """Add or refresh the recipients of mail; how many are new. The same again changes nothing, in whatever order it comes."""
        if scope.customer is None:
            return 0
        kept = Kept(self._client, scope.customer)
        self._changing(kept).tidy()
        return seen(kept, gathered(sightings, self._spelled), self._now())

    def get(self, address: str, scope: Scope) -> Account | None:
        """The account of an address; None where there is none."""
        if (kept := self._kept(scope)) is None or (name := self._named(address)) is None:
            return None
        record = kept.record(name)
        return None if record is None else coding.account(name, record)

    def several(self, addresses: Sequence[str], scope: Scope) -> dict[str, Account]:
        """The accounts of many addresses at once, in their one form (`store.addresses`); those that have none are left out."""
        if (kept := self._kept(scope)) is None:
            return {}
        records = zip(addresses, kept.records(addresses), strict=True)
        return {name: coding.account(name, record) for name, record in records if record is not None}

    def find(self, wanted: Wanted, scope: Scope) -> Listed:
        """One page of a list, as all changes that were acknowledged before have left it. Raises `BadCursorError`."""
        if (kept := self._kept(scope)) is None:
            return Listed()
        return self._follower(kept).asked(lambda index: listed(kept, index, wanted))

    def put(  # noqa: PLR0913 - all but two by name
        self,
        address: str,
        scope: Scope,
        *,
        phone: str | None,
        state: State | None = None,
        by: str,
        why: str = "",
        identity: str = "",
        version: int | None,
    ) -> Account:
        """Give an account this number (E.164) and state, on top of `version`, which the changer saw; None: there was no account.

        A new number without a state is `new`. What changes nothing writes nothing. Raises `BadAddressError`, `BadAccountError`,
        `ConflictError` where it is not as it was seen, and `AbsentError` where it is not there any more.
        """
        name = normalised(address)
        if (kept := self._kept(scope)) is None:
            raise absent(name)
        return self._changing(kept).put(name, phone, state, Signed(self._now(), by, why, identity), version)

    def delete(self, address: str, scope: Scope, *, by: str, why: str = "", version: int | None = None) -> Account:
        """Remove an account and its number; `version` as for `put`, None: whatever it is now. Raises `AbsentError`, `ConflictError`."""
        kept, name = self._there(address, scope)
        changing = self._changing(kept)
        changing.tidy()
        return changing.delete(name, Signed(self._now(), by, why), version)

    def restore(self, address: str, scope: Scope, *, by: str) -> Account:
        """Undo a deletion of the last 30 days. Where mail has brought the address back meanwhile, it gets its number back.

        Raises `AbsentError` where there is nothing to restore, and `ConflictError` where it has got another number.
        """
        kept, name = self._there(address, scope)
        return self._changing(kept).restore(name, Signed(self._now(), by))

    def deleted(self, address: str, scope: Scope) -> Account | None:
        """What `restore` would bring back."""
        if (kept := self._kept(scope)) is None or (name := self._named(address)) is None:
            return None
        _, grave = kept.both(name)
        return None if grave is None or not self._changing(kept).can_restore(grave) else gone(name, grave)

    def history(self, address: str, scope: Scope, limit: int = 100) -> list[Change]:
        """What was done to an account and who looked at its number, newest first; it stays when the account is deleted."""
        if (kept := self._kept(scope)) is None or (name := self._named(address)) is None:
            return []
        lines, record = kept.history(name)
        part = None if record is None else coding.part_of(record)
        changes = [*coding.lines(lines), *([] if part is None else [latest(part)])]
        return sorted(changes, key=lambda change: change.at)[: -limit - 1 : -1]

    def looked(self, address: str, scope: Scope, *, by: str) -> None:
        """Note that somebody saw the whole number. Raises `AbsentError`."""
        kept, name = self._there(address, scope)
        if kept.record(name) is None:
            raise absent(name)
        kept.change([("line", name, coding.line(Change(self._now(), Signed(0, by).by, "seen")))])

    def with_number(self, phone: str, scope: Scope, limit: int = 20) -> tuple[int, list[str]]:
        """How many addresses have this number, and the first of them."""
        if (kept := self._kept(scope)) is None or not phone[1:].isdecimal():
            return 0, []
        found = self._follower(kept).asked(lambda index: index.with_number(phone))
        return len(found), found[:limit]

    def put_all(self, rows: Sequence[Row], scope: Scope, *, by: str, why: str = "") -> Imported:
        """An import: all rows or none. Raises as `put`; `ConflictError.addresses` names all rows that are not as they were seen."""
        kept = self._kept(scope)
        if kept is None:
            raise absent("this customer")
        return put_all(kept, [Row(normalised(row.address), row.phone, row.version) for row in rows], Signed(self._now(), by, why))

    def export(self, scope: Scope) -> Iterator[Account]:
        """Every account, in order of address."""
        if (kept := self._kept(scope)) is None:
            return
        last = ""
        while True:
            names = self._follower(kept).asked(lambda index: list(islice(index.matching(_ALL, last), _EXPORTED)))  # noqa: B023 - called at once
            if not names:
                return
            yield from (coding.account(name, record) for name, record in zip(names, kept.records(names), strict=True) if record is not None)
            last = names[-1]

    def erase(self, address: str, *, dry_run: bool = False) -> int:
        """Remove all there is of an address, in all customers, history included; how many customers have any of it.

        On return its bytes have left the append-only file too. A dry run only counts.
        """
        return erase(self._client, address, dry_run=dry_run)

    def check(self) -> Iterator[Finding]:
        """What is well with Redis and what is not, with what to do."""
        return checked(self._client)

    def ping(self) -> Health:
        """Whether Redis answers."""
        try:
            self._client.command("PING")
        except AccountsUnavailableError as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail=f"{'Redis' if self._client.remote else 'the embedded Redis'} answers")

    def close(self) -> None:
        """Let go of Redis; the store is not used afterwards."""
        self._client.close()

    def _kept(self, scope: Scope) -> Kept | None:
        return None if scope.customer is None else Kept(self._client, scope.customer)

    def _there(self, address: str, scope: Scope) -> tuple[Kept, str]:
        """The customer and the address; raises `AbsentError` where there can be no account."""
        kept, name = self._kept(scope), self._named(address)
        if kept is None or name is None:
            raise absent(name or address)
        return kept, name

    @staticmethod
    def _named(address: str) -> str | None:
        try:
            return normalised(address)
        except BadAddressError:
            return None

    def _changing(self, kept: Kept) -> Changing:
        return Changing(kept, self._now)

    def _follower(self, kept: Kept) -> Follower:
        with self._lock:
            return self._followers.setdefault(kept.customer, Follower(self._client, kept))
