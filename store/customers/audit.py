"""The audit trail: who did what, about whom and when. Entries are added and read; nothing changes one.

An entry names people by numbers, and their names stand once beside the entries. So `portal forget` takes a person out of all entries
without touching any, a person's own entries are found by following them backwards, and an entry is small.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from store.addresses import BadAddressError, normalised
from store.customers import outliving, trail
from store.customers.kept import script
from store.customers.names import AUDITS, audit_of
from store.customers.trail import Entry, Sought, Trail
from store.redis.client import Client

MAX_NAME: Final = 320  # characters of who, and of about whom
MAX_DETAIL: Final = 300
_MAX_VIA: Final = 20
_LOCAL_PART: Final = re.compile(r"[^\s@:\"'()<>,;=\[\]]+@")


class What(StrEnum):
    """The kinds of entries."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of a kind
    SECOND_STEP_ON = "second_step_on"
    SECOND_STEP_OFF = "second_step_off"
    SAW_EVENTS_OF = "saw_events_of"  # one person's: a search that names them, or an event to them that was opened
    SAW_ACCOUNT = "saw_account"
    SAW_NUMBER = "saw_number"
    CHANGED_ACCOUNT = "changed_account"
    DELETED_ACCOUNT = "deleted_account"
    IMPORTED = "imported"
    EXPORTED_EVENTS = "exported_events"
    EXPORTED_ACCOUNTS = "exported_accounts"
    EXPORTED_AUDIT = "exported_audit"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    TOKEN_ADDED = "token_added"  # noqa: S105 - likewise
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - likewise
    CUSTOMER_ADDED = "customer_added"
    CUSTOMER_CHANGED = "customer_changed"
    CUSTOMER_REMOVED = "customer_removed"
    LOOKED_AT_CUSTOMER = "looked_at_customer"
    FORGOTTEN = "forgotten"  # a person was erased


VIEWS: Final = frozenset({What.SAW_EVENTS_OF, What.SAW_ACCOUNT})  # the same within a minute is one


@dataclass(frozen=True, slots=True)
class Note:
    """What becomes an entry. `customer` is whose trail it stands in, None: the operators' own; `about` a person's address, or a name."""

    customer: str | None
    who: str
    what: What
    about: str = ""
    detail: str = ""
    via: str = ""  # page, api, command


class Audit:
    """The trails of all customers. Every call raises `AccountsUnavailableError` where Redis is away."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def note(self, customer: str | None, who: str, what: What, about: str = "", detail: str = "", via: str = "") -> None:  # noqa: PLR0913, PLR0917 - the parts of a sentence
        """Add one entry; it is on disk when this returns. See `notes`."""
        self.notes([Note(customer, who, what, about, detail, via)])

    def notes(self, several: Sequence[Note]) -> None:
        """Add an entry for each, in one step. Texts are cut to their bounds, and a detail has no address: see `without_addresses`.

        Redis says when it was, so that all processes have one clock. Where its answer was lost the entries may stand twice.
        """
        if not several:
            return
        trails = sorted({each.customer or "" for each in several})
        words: list[Any] = []
        for each in several:
            of = each.customer or ""
            detail = without_addresses(_clean(each.detail, MAX_DETAIL))
            words += [trails.index(of) + 1, of, person(each.who), str(each.what), person(each.about), detail, _clean(each.via, _MAX_VIA)]
        self._client.script(script("note"), [AUDITS, *(key for of in trails for key in audit_of(of))], words)

    def page(self, customer: str | None, sought: Sought, limit: int = 50, cursor: str | None = None) -> Trail:
        """Entries, newest first, after those up to `cursor`. It looks at some thousands at most: `next` goes on however few it found.

        Raises `BadCursorError`.
        """
        return trail.page(self._client, audit_of(customer or ""), _as_kept(sought), limit, cursor)

    def every(self, customer: str | None, sought: Sought) -> Iterator[Entry]:
        """All that is sought, newest first, in flat memory."""
        return trail.every(self._client, audit_of(customer or ""), _as_kept(sought))

    def trails(self) -> list[str]:
        """The customers that have a trail, those that were removed included; "" is the operators'."""
        return sorted(name.decode() for name in self._client.command("SMEMBERS", AUDITS))

    def forget(self, address: str, *, dry_run: bool) -> tuple[int, str]:
        """Put a mark in the place of an address: how many trails had it, and the mark, from which nobody can tell the address."""
        return outliving.forget(self._client, self.trails(), person(address), dry_run=dry_run)

    def expire(self, before: int, *, dry_run: bool) -> int:
        """Remove entries from before a time (ms), and names that stand in no other: how many entries."""
        return outliving.expire(self._client, self.trails(), before, dry_run=dry_run)


def person(text: str) -> str:
    """Who or about whom, as it is kept: an address in its one form, anything else without control characters."""
    plain = _clean(text, MAX_NAME)
    if "@" not in plain or " " in plain:
        return plain
    try:
        return normalised(plain)
    except BadAddressError:
        return plain.lower()


def without_addresses(text: str) -> str:
    """A detail with `…@` for each address in it: people stand in `about` only, where `Audit.forget` finds them."""
    return _LOCAL_PART.sub("…@", text)


def kinds(names: Iterable[str]) -> frozenset[str]:
    """The kinds of these names that there are."""
    return frozenset(name for name in names if name in set(What))


def _as_kept(sought: Sought) -> Sought:
    return Sought(person(sought.about), person(sought.who), sought.kinds, sought.start, sought.end)


def _clean(text: str, most: int) -> str:
    """Text in one line, without what is not printed, as UTF-8 can hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())[:most]
