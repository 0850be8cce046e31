"""The events that one SES record tells of: one for each recipient."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from indexer.bounds import BOUNDS, BoundsError, bounded, check_time, plain, text_within, within
from indexer.formats.ses.fields import address, headers, host, instant, sender, tags
from indexer.formats.ses.kinds import KINDS, Kind
from indexer.formats.ses.lenient import BadRecordError
from indexer.formats.ses.shapes import ATTRIBUTES, TEXT, Mail, Outer, Part, Party
from indexer.formats.ses.verdicts import VERDICTS, Verdict, unanswered
from store.event import Event, event_id

SOURCE: Final = "ses"
_SHORT_ID: Final = BOUNDS["queue_id"].limit
_SHORT_ADDRESS: Final = BOUNDS["recipient_domain"].limit
_SHORT_TEXTS: Final = min(BOUNDS[name].limit for name in ("subject", "message_id", "diagnostic"))
_LONGEST_RAW: Final = BOUNDS["raw"].limit
_NOBODY: Final = Party()
_LONGEST_TYPE: Final = 40  # characters of an event type that are looked at and repeated
# SES's usual spellings, so that most records need no other
_KINDS: Final = {name.capitalize(): kind for name, kind in KINDS.items()} | {"DeliveryDelay": KINDS["deliverydelay"]}


def events_of(record: Outer, text: bytes | str, sent: Raw | None) -> tuple[list[Event], list[str]]:
    """The events of one record, and what is wrong with the recipients of it that cannot be read.

    `text` is the record's JSON and `sent` the time its wrapping gives, used where the record has none. Raises `BadRecordError` or
    `BoundsError`, which name the field and what is wrong with it, where there is no event at all.
    """
    kind = _kind(record)
    mail, part = _parts(record, kind)
    moment, known = _times(kind, part, mail, sent)
    check_time(moment)
    shared = _shared(kind, part, mail, text)
    shared["timestamp"] = moment
    if kind.timed:
        shared["delay"] = _delay(part, mail, moment)
    identity = (mail.message_id or "", known, (getattr(part, ATTRIBUTES[kind.mark]) if kind.mark else None) or "")
    tell = VERDICTS.get(kind.part, unanswered)
    events: dict[str, Event] = {}
    faults: list[str] = []
    for party in _parties(kind, part, mail):
        try:
            event = _event(tell(kind, part, party if isinstance(party, Party) else _NOBODY), _recipient(party, kind), identity, shared)
        except (BadRecordError, BoundsError) as error:
            faults.append(str(error))
        else:
            events[event.id] = event
    if faults and not events:
        raise BadRecordError(faults[0])
    return _related(list(events.values()), kind, mail), faults


def _event(outcome: Verdict, recipient: tuple[str | None, str | None], identity: tuple[str, str, str], shared: dict[str, Any]) -> Event:
    """The event of one recipient; `outcome` becomes its fields. `identity`: the message's id, the time, and the mark."""
    address, outcome["recipient_domain"] = recipient
    message, moment, mark = identity
    outcome["recipient"] = address
    outcome["id"] = event_id(SOURCE, outcome["type"], message, address or "", moment, mark)
    outcome.update(shared)
    event = Event(**outcome)
    return event if _surely_fits(event) else bounded(event)


def _surely_fits(event: Event) -> bool:
    """Whether the texts that are the record's own are short and plain, as nearly always.

    What is not looked at has been held to its bounds when it was read, or is a word of ours.
    """
    if len(event.queue_id or "") > _SHORT_ID or len(event.recipient or "") > _SHORT_ADDRESS:
        return False
    written = "".join(filter(None, (event.recipient, event.subject, event.message_id, event.queue_id, event.diagnostic)))
    return len(written) <= _SHORT_TEXTS and plain(written)


def _kind(record: Outer) -> Kind:
    name = record.event_type or record.notification_type or ""
    kind = _KINDS.get(name) or KINDS.get(name[:_LONGEST_TYPE].lower().replace(" ", "").replace("_", ""))
    if kind is None:
        field = "eventType" if record.event_type else "notificationType"
        raise BadRecordError(f"{field} {name[:_LONGEST_TYPE]!r} is not known; known are {', '.join(KINDS)}")
    return kind


def _parts(record: Outer, kind: Kind) -> tuple[Mail, Part]:
    mail, part = record.mail, getattr(record, ATTRIBUTES[kind.part])
    if mail is None:
        raise BadRecordError("mail is missing")
    if not mail.message_id:
        raise BadRecordError("mail.messageId is missing")
    if part is None:
        if kind.type != "send":  # whose object is always empty
            raise BadRecordError(f"{kind.part} is missing")
        part = Part()
    return mail, part


def _times(kind: Kind, part: Part, mail: Mail, sent: Raw | None) -> tuple[int, str]:
    """When it happened, in ms since 1970 UTC, and the same as the id takes it: empty where only the wrapping tells a time."""
    if part.timestamp:
        moment = _instant(part.timestamp, kind.part, "timestamp")
    elif part.arrival_date:
        moment = _instant(part.arrival_date, kind.part, "arrivalDate")
    elif mail.timestamp:
        moment = _instant(mail.timestamp, "mail", "timestamp")
    elif sent:
        return _instant(_wrapping_time(sent), "the wrapping", "time"), ""
    else:
        raise BadRecordError(f"{kind.part}.timestamp is missing, and neither mail.timestamp nor the wrapping tells a time")
    return moment, str(moment)


def _wrapping_time(sent: Raw) -> str:
    try:
        return TEXT.decode(sent)
    except ValueError:
        raise BadRecordError("the wrapping's time is no text") from None


def _instant(text: str, part: str, field: str) -> int:
    try:
        return instant(text)
    except (ValueError, OverflowError):
        raise BadRecordError(f"{part}.{field} is {text[:40]!r}, where a time such as 2024-11-01T09:00:00.000Z is expected") from None


def _parties(kind: Kind, part: Part, mail: Mail) -> Sequence[Party | str | None]:
    """Each recipient, as its address or with what was said about it; None where a complaint names nobody."""
    listed: Sequence[Party | str] | None = getattr(part, ATTRIBUTES[kind.listed]) if kind.listed else None
    if listed:
        return listed
    destination = mail.destination or []
    if kind.listed and not kind.uncertain and len(destination) != 1:
        known = f"mail.destination, with {len(destination)} addresses, does not tell who it was"
        raise BadRecordError(f"{kind.part}.{kind.listed} is missing, and {known}")
    if not destination and kind.type != "complaint":  # in which the reporter may have blotted out all addresses
        raise BadRecordError("mail.destination is missing or empty")
    return destination or [None]


def _recipient(party: Party | str | None, kind: Kind) -> tuple[str | None, str | None]:
    """The address and its domain."""
    if party is None:
        return None, None
    text = party if isinstance(party, str) else party.email_address
    found = address(text) if text else None
    if found is None:
        where = "mail.destination" if isinstance(party, str) and kind.listed != "recipients" else f"{kind.part}.{kind.listed}"
        raise BadRecordError(f"{where}: {(text or '')[:60]!r} is not an address")
    return found


def _shared(kind: Kind, part: Part, mail: Mail, text: bytes | str) -> dict[str, Any]:
    """The fields that are the same for every recipient."""
    sender_address, sender_domain = sender(mail)
    subject, message_id = headers(mail)
    tls, own_tags = tags(mail)
    return {
        "source": SOURCE,
        "sender": sender_address,
        "sender_domain": sender_domain,
        "subject": subject,
        "message_id": message_id,
        "queue_id": mail.message_id,
        "reporting_mta": host(part.reporting_mta) if kind.timed else None,
        "tls": tls,
        "tags": own_tags,
        "raw": _compact(text),
    }


def _compact(given: bytes | str) -> str:
    """The record without the white space of its printing, so that every wrapping leaves the same.

    Whoever prints white space prints it after or before the first colon, or new lines.
    """
    text = given if isinstance(given, str) else given.decode("utf-8", "replace")
    colon = text.find(":")
    if text[colon - 1] != '"' or text[colon + 1] in " \t" or "\n" in text or "\r" in text:
        text = msgspec.json.format(text, indent=-1)
    return text[:_LONGEST_RAW]  # once, so that many recipients share one text


def _delay(part: Part, mail: Mail, moment: int) -> float | None:
    """Seconds from acceptance to this event; None where the clocks disagree about which came first."""
    if part.processing_time_millis is not None:
        delay = part.processing_time_millis / 1000
        return delay if within("delay", delay) else None
    if not mail.timestamp:
        return None
    delay = (moment - _instant(mail.timestamp, "mail", "timestamp")) / 1000
    return delay if delay >= 0 and within("delay", delay) else None


def _related(events: list[Event], kind: Kind, mail: Mail) -> list[Event]:
    """The events with what only all of them together tell: who of several is uncertain, and the address before forwarding."""
    if kind.uncertain and len(events) > 1:
        return [msgspec.structs.replace(event, recipient_certain=False) for event in events]
    destination = mail.destination or []
    if kind.listed and len(events) == len(destination) == 1 and destination[0] != events[0].recipient:
        named = address(destination[0])
        if named is not None and named[0].lower() != (events[0].recipient or "").lower():
            return [msgspec.structs.replace(events[0], original_recipient=text_within("original_recipient", named[0]))]
    return events
