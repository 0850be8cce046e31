"""Takes one person out of what is remembered of messages under way."""

from collections.abc import Mapping

import msgspec

from indexer.formats.postfix.known import Known
from store.erasure import Person
from store.event import Event


def without(message: Known, person: Person) -> Known | None:
    """The message without the person, None where it is theirs; the message itself where it has nothing of them.

    Of a recipient no later line makes an event any more, but for lines that name the address again.
    """
    if person.stands_in(message.sender):
        return None
    expiry = message.expiry
    if expiry is not None:
        decided = tuple(name for name in expiry.decided if not person.stands_in(name))
        expiry = msgspec.structs.replace(expiry, text=person.without(expiry.text), raw=person.without(expiry.raw), decided=decided)
    changed = msgspec.structs.replace(
        message,
        message_id=_text(message.message_id, person),
        subject=_text(message.subject, person),
        own=list(_events({event.id: event for event in message.own}, person).values()),
        deferred=_events(message.deferred, person),
        decided={name: second for name, second in message.decided.items() if not person.stands_in(name)},
        expiry=expiry,
        pending=_events(message.pending, person),
    )
    return message if changed == message else changed


def _text(text: str | None, person: Person) -> str | None:
    return None if text is None else person.without(text)


def _events(events: Mapping[str, Event], person: Person) -> dict[str, Event]:
    """The events that stay, as they are or changed."""
    kept: dict[str, Event] = {}
    for name, event in events.items():
        verdict = person.judge(event)
        if verdict is None:
            kept[name] = event
        elif verdict.event is not None:
            kept[name] = verdict.event
    return kept
