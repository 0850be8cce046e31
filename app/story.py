"""What became of a message: its events from old to new, and the one among those of a recipient that counts."""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from app.services import services
from app.viewer import scope
from store.errors import AbandonedError, StoreUnavailableError
from store.event import Event
from store.events import Page, Query, Sort
from store.outcome import final
from store.tree import And, Exact, Exists, Node, Not, Or, Range
from store.words import lower

_MOST: Final = 50  # events that are shown: the last ones
_QUEUED: Final = 7 * 86_400_000  # ms around an event in which its queue id means the same message: short ones come again


@dataclass(frozen=True, slots=True)
class Story:
    """The events of a message, old to new: of all its recipients where they are few, else the last of this one.

    `total` counts those of all recipients. `state` is the type of the event that counts for the recipient, None where none says anything.
    `partial`: some may be missing, because a part of the store did not answer.
    """

    events: tuple[Event, ...]
    total: int
    state: str | None
    partial: bool = False


def story(event: Event) -> Story:
    """The story of the message that an event is about, as far as the reader may see it; of an event without any id, itself."""
    message = _message(event)
    if message is None:
        return Story((event,), 1, final((event,)))
    try:
        return _told(event, message)
    except AbandonedError:
        raise
    except StoreUnavailableError:  # the event itself was there: its details stand without the others
        return Story((event,), 1, final((event,)), partial=True)


def _told(event: Event, message: Node) -> Story:
    """The last events of a message; where they are many, those of the event's recipient."""
    page = Page(Sort(descending=True), _MOST)
    found = services().store.search(Query(message), scope(), page)
    total = found.total
    if found.next is not None and event.recipient:
        found = services().store.search(Query(And((message, Exact("recipient", lower(event.recipient))))), scope(), page)
    events = tuple(reversed(found.events))
    # The event itself, too, where it is so old that it is not among the last.
    same = (each for each in events if lower(each.recipient or "") == lower(event.recipient or ""))
    return Story(events, total, final(chain((event,), same)), found.partial)


def _message(event: Event) -> Node | None:
    """What finds the events of the same message; a queue id tells only where there is no message id that tells otherwise."""
    if event.queue_id:
        around = Range("timestamp", event.timestamp - _QUEUED, event.timestamp + _QUEUED)
        queued = And((Exact("queue_id", lower(event.queue_id)), around))
        if not event.message_id:
            return queued
        return Or((Exact("message_id", lower(event.message_id)), And((*queued.nodes, Not(Exists("message_id"))))))
    return Exact("message_id", lower(event.message_id)) if event.message_id else None
