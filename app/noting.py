"""Notes for the audit trail: what a request did or showed, gathered while it is answered and kept in one step before its answer goes out.

While Redis is away events are shown all the same; what would have been noted then stands in the log, as one line of JSON each.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Final

from flask import Flask, Response, current_app, g, request

from app.named import exported, named
from app.params import Search
from app.services import services
from app.viewer import viewer
from store.customers import User, What
from store.customers.audit import VIEWS, Note
from store.errors import AccountsUnavailableError
from store.event import Event
from store.tree import Node

_SAME: Final = 60.0  # seconds in which a view that is seen again is no other one
_REMEMBERED: Final = 10_000
_KEY: Final = "portal-noted"


@dataclass(slots=True)
class _Lately:
    """The views that this process noted in the last minute, so that scrolling and reloading are one entry."""

    noted: OrderedDict[Note, float] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def new(self, notes: Iterable[Note]) -> list[Note]:
        """Those that are not a view of the last minute again."""
        with self.lock:
            return [each for each in notes if each.what not in VIEWS or time.monotonic() - self.noted.get(each, float("-inf")) > _SAME]

    def remember(self, notes: Iterable[Note]) -> None:
        """These were noted now."""
        with self.lock:
            for each in notes:
                if each.what in VIEWS:
                    self.noted.pop(each, None)
                    self.noted[each] = time.monotonic()
            while len(self.noted) > _REMEMBERED:
                self.noted.popitem(last=False)


def init_app(app: Flask) -> None:
    """Keep the notes of every request of this application."""
    app.extensions[_KEY] = _Lately()
    app.after_request(_keep)


def note(what: What, about: str = "", detail: str = "", *, customer: str | None = None) -> None:
    """Note what the viewer of this request did; in the trail of the customer whose things they look at, or of the one that is named."""
    who = viewer()
    of = customer or (who.customer.id if who.customer is not None else None)
    _gathered().append(Note(of, who.name, what, about, detail, "api" if request.path.startswith("/api/") else "page"))


def note_person(user: User, what: What, detail: str = "") -> None:
    """Note what somebody did about their own way in, who may not be the viewer of this request yet."""
    _gathered().append(Note(user.customer, user.address, what, "", detail, "page"))


def note_event(event: Event) -> None:
    """Note that the viewer saw an event of one person; for an operator who looks at nobody's in particular, at the customer whose it is."""
    if not event.recipient or services().kept_directory is None:
        return
    owner = None
    if viewer().customer is None and event.sender_domain:
        try:
            owner = services().directory.owners([event.sender_domain]).get(event.sender_domain)
        except AccountsUnavailableError as error:  # the event is shown; `_keep` will write the note into the log
            current_app.logger.warning("whose event was looked at is not known: %s", error)
    note(What.SAW_EVENTS_OF, event.recipient, customer=owner)


def note_search(tree: Node) -> None:
    """Note whose events were searched for, where the search names whole addresses of recipients."""
    for address in named(tree):
        note(What.SAW_EVENTS_OF, address)


def note_export(kind: str, search: Search) -> None:
    """Note that a search is exported as `kind`: about whom, where it names one person; about each, where it names several."""
    seen, about, detail = exported(search.query.tree, kind, request.args.get("q", ""))
    for address in seen:
        note(What.SAW_EVENTS_OF, address)
    note(What.EXPORTED_EVENTS, about, detail)


def _gathered() -> list[Note]:
    """The notes of this request."""
    if "notes" not in g:
        g.notes = []
    notes: list[Note] = g.notes
    return notes


def _keep(response: Response) -> Response:
    """Keep the notes before the answer goes out."""
    if not g.get("notes") or services().kept_directory is None:
        return response
    lately: _Lately = current_app.extensions[_KEY]
    new = list(dict.fromkeys(lately.new(_gathered())))
    try:
        services().directory.audit.notes(new)
        lately.remember(new)
    except AccountsUnavailableError as error:
        for each in new:  # they name people, and so does the log then
            current_app.logger.warning("audit, not kept (%s): %s", error, json.dumps(asdict(each)))
    return response
