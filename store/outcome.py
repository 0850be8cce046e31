"""What became of a message for a recipient: the one of its events that counts."""

from collections.abc import Iterable
from typing import Final

from store.event import Event

# Tag of a delivery to the reporting host itself (a content filter, a relay loop): the message goes on from there.
HOP: Final = "hop"
_SEND: Final = "send"
# Types that are not here (an autoreply, an unsubscribe, a step of another chain) say nothing of whether the message arrived.
RANKS: Final[dict[str, int]] = {
    "complaint": 7,
    "bounce": 6,
    "reject": 5,
    "open": 4,
    "click": 4,
    "delivery": 3,
    "deferral": 2,
    _SEND: 1,
}


def final(events: Iterable[Event]) -> str | None:
    """The type of the event that counts among those of one message and recipient: the highest rank, whatever order they came in.

    Of equal ones the latest. A hop ranks as a send, so that a deferral after it is seen. None where no event has a rank.
    """
    ranked = [(rank(event), event.timestamp, event.id, event.type) for event in events if event.type in RANKS]
    return max(ranked)[3] if ranked else None


def rank(event: Event) -> int:
    """How much an event weighs against others of its message and recipient; 0 where it says nothing of the outcome."""
    if HOP in event.tags and event.type == "delivery":
        return RANKS[_SEND]
    return RANKS.get(event.type, 0)
