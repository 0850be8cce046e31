"""Changes that people make to one account: each is made whole or not at all, and on top of what the one who made it saw."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from store.accounts import coding
from store.accounts.account import KEPT_DAYS, MAX_BY, MAX_WHY, Account, BadAccountError, Change, State
from store.accounts.coding import HEAD, Part
from store.accounts.kept import Kept, Step, grave_is, part_is
from store.errors import AbsentError, AccountsUnavailableError, ConflictError
from store.phones import masked
from store.said import say

KEPT: Final = KEPT_DAYS * 86_400_000
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_TRIES: Final = 20  # each one fails only because somebody else's change went in


class Changing:
    """The accounts of a customer, to be changed; `now` is the clock, in ms since 1970 UTC."""

    def __init__(self, kept: Kept, now: Callable[[], int]) -> None:
        self._kept, self._now = kept, now

    def put(self, address: str, phone: str | None, state: State | None, by: "Signed", version: int | None) -> Account:
        """See `Accounts.put`."""
        checked(phone, state)
        tried: set[bytes] = set()
        for _ in range(_TRIES):
            record, grave = self._kept.both(address)
            if record is not None and record[HEAD:] in tried:  # made, and the answer was lost
                return coding.account(address, record)
            expect(address, record, version)
            part = None if record is None else coding.part_of(record)
            new = changed(part, grave, phone, state, by)
            if new is None and record is not None:
                return coding.account(address, record)
            new = new or signed(by, "number", before(part, grave) + 1)
            made = coding.written(new)
            tried.add(made)
            if not self._kept.change([part_is(address, record), *outdated(address, part), ("part", address, made)]):
                return coding.account(address, (record or coding.times())[:HEAD] + made)
        raise busy()

    def delete(self, address: str, by: "Signed", version: int | None) -> Account:
        """See `Accounts.delete`."""
        for attempt in range(_TRIES):
            record, grave = self._kept.both(address)
            if record is None:
                if attempt and grave is not None and coding.dug(grave)[0] == by.at:  # done, and the answer was lost
                    return gone(address, grave)
                raise absent(address)
            if version is not None:
                expect(address, record, version)
            part = coding.part_of(record)
            old = masked(part.phone) if part and part.phone else None
            last = coding.line(Change(by.at, by.by, "deleted", by.why, by.identity, old))
            steps: list[Step] = [part_is(address, record), *outdated(address, part), ("line", address, last)]
            steps += [("bury", address, by.at, coding.buried(by.at, b"")), ("remove", address)]
            if not self._kept.change(steps):
                return gone(address, coding.buried(by.at, record))
        raise busy()

    def restore(self, address: str, by: "Signed") -> Account:
        """See `Accounts.restore`."""
        tried: set[bytes] = set()
        for _ in range(_TRIES):
            record, grave = self._kept.both(address)
            if record is not None and record[HEAD:] in tried:
                return coding.account(address, record)
            if grave is None or not self.can_restore(grave):
                raise AbsentError(f"There is no deleted account of {address} that can be restored: it takes {KEPT_DAYS} days at most.")
            _, buried = coding.dug(grave)
            part, lost = None if record is None else coding.part_of(record), coding.part_of(buried)
            if record is not None and part is not None and part.phone:
                raise ConflictError(f"{address} has a new number meanwhile; the old one was left.", coding.account(address, record))
            found = lost or Part(0, "", "", 0)
            new = replace(signed(by, "restored", before(part, grave) + 1), phone=found.phone, state=found.state)
            made = coding.written(new)
            tried.add(made)
            steps: list[Step] = [part_is(address, record), grave_is(address, grave), *outdated(address, part), ("unbury", address)]
            if record is None:
                whole = buried[:HEAD] + made
                steps.append(("record", address, whole, coding.account(address, whole).last_mail or 0))
            else:
                whole = record[:HEAD] + made
                steps.append(("part", address, made))
            if not self._kept.change(steps):
                return coding.account(address, whole)
        raise busy()

    def can_restore(self, grave: bytes) -> bool:
        """Whether a deletion is not too long ago."""
        at, _ = coding.dug(grave)
        return at > self._now() - KEPT

    def tidy(self) -> None:
        """Take the numbers out of graves whose days are over; what stays says that the address was there, and its last version."""
        for address in self._kept.buried_before(self._now() - KEPT, 100):
            record, grave = self._kept.both(address)
            if grave is not None:
                at, _ = coding.dug(grave)
                rest = coding.written(Part(0, "", "", before(None, grave) - 1))
                self._kept.change([grave_is(address, grave), ("grave", address, coding.buried(at, coding.times() + rest))])
            elif record is None:  # nothing is left of it
                self._kept.change([("unbury", address)])


class Signed:
    """Who changes something, when and why."""

    __slots__ = ("at", "by", "identity", "why")

    def __init__(self, at: int, by: str, why: str = "", identity: str = "") -> None:
        """Raises `BadAccountError` for texts that are too long."""
        for name, text, most in (("name", by, MAX_BY), ("reason", why, MAX_WHY), ("note on identity", identity, MAX_WHY)):
            if len(text) > most:
                raise BadAccountError(f"The {name} has {len(text):,} characters; it may have {most}. Shorten it.")
        self.at, self.by, self.why, self.identity = at, *(text.encode("utf-8", "replace").decode() for text in (by, why, identity))


def signed(by: Signed, what: str, version: int) -> Part:
    """People's part of an account without a number."""
    return Part(by.at, by.by, what, version, why=by.why, identity=by.identity)


def checked(phone: str | None, state: State | None) -> None:
    """Raises `BadAccountError` for a number that is not in E.164, or a state without a number."""
    if phone is not None and not _E164.fullmatch(phone):
        raise BadAccountError("The number is not in its international form, such as +31612345678.")
    if phone is None and state not in {None, State.NONE}:
        raise BadAccountError("Without a number there is no state of it.")
    if phone is not None and state is State.NONE:
        raise BadAccountError("A number is new, proven or suspect.")


def changed(part: Part | None, grave: bytes | None, phone: str | None, state: State | None, by: Signed) -> Part | None:
    """People's part after a change of number or state; None where it changes neither."""
    had, was = (part.phone, part.state) if part else (None, State.NONE)
    if phone != had:
        will_be = (state or State.NEW) if phone else State.NONE
        new = signed(by, "number", before(part, grave) + 1)
        return replace(new, phone=phone, state=will_be, old=masked(had) if had else None)
    if state is not None and state is not was:
        return replace(signed(by, "state", before(part, grave) + 1), phone=phone, state=state, old=str(was))
    return None


def before(part: Part | None, grave: bytes | None) -> int:
    """The version before a change: of what is there, or of what was deleted, as deleting it was a change too."""
    if part is not None:
        return part.version
    if grave is None:
        return 0
    lost = coding.part_of(coding.dug(grave)[1])
    return (lost.version if lost else 0) + 1


def latest(part: Part) -> Change:
    """The last change of an account as a line of its history; of a change of state, old and new are states."""
    new = str(part.state) if part.what == "state" else masked(part.phone) if part.phone else None
    return Change(part.changed_at, part.by, part.what, part.why, part.identity, part.old, new)


def outdated(address: str, part: Part | None) -> list[Step]:
    """The step that keeps the last change when another takes its place."""
    return [] if part is None else [("line", address, coding.line(latest(part)))]


def gone(address: str, grave: bytes) -> Account:
    """The account that a grave keeps."""
    at, record = coding.dug(grave)
    found = coding.account(address, record)
    return replace(found, deleted=at, version=found.version + 1)


def expect(address: str, record: bytes | None, version: int | None) -> None:
    """Raises `AbsentError` or `ConflictError` where the account is not what the changer saw; `version` None: there was none."""
    if record is None:
        if version is not None:
            raise absent(address)
        return
    current = coding.account(address, record)
    if version is None:
        raise ConflictError(f"There is an account of {address} already. Look at it before you change it.", current)
    if current.version != version:
        raise ConflictError(
            f"{current.changed_by or 'Somebody'} has changed {address} meanwhile. Look at it before you change it again.", current
        )


def absent(address: str) -> AbsentError:
    """The error for an address without an account."""
    return AbsentError(f"There is no account of {address}.")


def busy() -> AccountsUnavailableError:
    """The error for an account that others change all the time."""
    return AccountsUnavailableError(say("Others change this account all the time. Try again."))
