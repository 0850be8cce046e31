"""One delivery line (`to=<...>, relay=..., status=...`) as what it says, and as an event."""

import re
from typing import Final

import msgspec

from indexer.bounds import BOUNDS, bounded, domains_lowered
from indexer.formats.postfix.messages import Message
from indexer.formats.postfix.replies import Reply, enhanced_code, read_reply, server, smtp_code
from store.event import Event, event_id
from store.reasons import UNDETERMINED, classify

SOURCE: Final = "postfix"
DISCARDED: Final = "discarded"  # tag of a delivery by discard(8), which throws the message away
EXPIRED: Final = "expired"

_SHORT: Final = min(BOUNDS[name].limit for name in ("smtp_command", "mx", "recipient_domain", "reporting_mta"))
_SHORT_LINE: Final = BOUNDS["diagnostic"].limit
# Addresses end at the first > outside quotes; possessive, so that no hostile address makes it slow.
BARE_ADDRESS: Final = r'(?:[^"<>]++|"(?:[^"\\]++|\\.)*+")*+'
ADDRESS: Final = f"({BARE_ADDRESS})"
# `tls=` is of Postfix 3.11, which may have put a space less before `conn_use`; what else comes between is let be.
_REST: Final = (
    r"relay=([^,]+),\s?(?:conn_use=\d+,\s?)?(?:delay=(\d{1,9}(?:\.\d{0,9})?),\s?)?(?:delays=[^,]*,\s?)?(?:tls=([^,]{0,64}),\s?)?"
    r"(?:[a-z_]+=[^,]*,\s?){0,8}?(?:dsn=([\d.]{1,32}),\s?)?status=([\w-]+)(?:\s\((.*))?$"
)
_LINE: Final = re.compile(rf"to=<{ADDRESS}>, (?:orig_to=<{ADDRESS}>, )?{_REST}", re.DOTALL)
# Postfix before 3.5 logs addresses unquoted, so a quote may stand alone in one.
_UNQUOTED: Final = re.compile(rf"to=<(.*?)>, (?:orig_to=<(.*?)>, )?{_REST}", re.DOTALL)
_NEXT: Final = re.compile(r"(?:queued|forwarded) as ([0-9A-Za-z]{5,24})\b")
_FORWARDED: Final = "forwarded as "

# Status words (bounce.c, defer.c, sent.c, verify.c of Postfix); None: a probe by verify(8), no mail was meant to arrive.
TYPES: Final[dict[str, str | None]] = {
    "sent": "delivery",
    "deferred": "deferral",
    "bounced": "bounce",
    "SOFTBOUNCE": "deferral",  # soft_bounce = yes: would have bounced, is tried again
    "deliverable": None,
    "undeliverable": None,
}
PERMANENCE: Final = {"bounce": "permanent", "deferral": "temporary"}


class UnreadableError(Exception):
    """A line that ought to give an event and cannot; the text says why."""


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """When and where a line was written: ms since 1970 UTC, host, pid (empty where the form has none), and the line as it was read.

    `plain`: no text out of this line has a character that needs a closer look (`indexer.bounds.plain`).
    """

    time: int
    host: str
    pid: str
    raw: str
    plain: bool = False

    def event_id(self, text: str, *more: str) -> str:
        """The id of what the message `text` tells: the same in all forms, which differ in fractions of a second."""
        return event_id(SOURCE, self.host, self.pid, str(self.time // 1000), text, *more)


class Delivery(msgspec.Struct, frozen=True):
    """An event, the queue id under which the message goes on if the line says one, and the relay as logged."""

    event: Event
    next_id: str | None
    relay: str


def read_delivery(text: str, queue_id: str, stamp: Stamp, message: Message) -> Delivery | None:
    """The event of a line `QUEUEID: to=<...>...` about `message`; None for a probe. Raises `UnreadableError`."""
    start = len(queue_id) + 2
    found = _LINE.match(text, start) or _UNQUOTED.match(text, start)
    if found is None:
        raise UnreadableError(_fault(text))
    recipient, original, relay, delay, tls, dsn, word, rest = found.groups()
    if word not in TYPES:
        raise UnreadableError(f"status={word[:40]} is not a status this reader knows")
    kind = TYPES[word]
    if kind is None:
        return None
    # a cut line has lost the closing parenthesis
    said = rest.removesuffix(")") if rest else ""
    name, ip = server(relay)
    next_id, reason = None, None
    tags: tuple[str, ...] = ()
    if kind == "delivery":
        reply = Reply(said, smtp_code(said))
        kind, next_id, tags = _way(said, relay)
    else:
        reply = read_reply(said)
        if dsn is None or dsn.endswith(".0.0"):
            dsn = enhanced_code(reply.diagnostic, dsn)
        reason = why(reply, dsn)
        if name is None and ip is None:
            name, ip = reply.mx, reply.ip
    event = Event(
        id=stamp.event_id(text),
        timestamp=stamp.time,
        type=kind,
        source=SOURCE,
        sender=message.sender,
        sender_domain=message.domain,
        recipient=recipient if recipient.islower() else domains_lowered(recipient),
        original_recipient=domains_lowered(original) if original else original,
        subject=message.subject,
        message_id=message.message_id or None,
        queue_id=queue_id,
        mx=name,
        remote_ip=ip,
        reporting_mta=stamp.host or None,
        smtp_code=reply.code,
        status=dsn,
        smtp_command=reply.command,
        diagnostic=reply.diagnostic or None,
        reason=reason,
        permanence=PERMANENCE.get(kind),
        delay=float(delay) if delay else None,
        tls=tls or None,
        tags=tags,
        raw=stamp.raw,
    )
    return Delivery(event if _surely_fits(event, stamp) else bounded(event), next_id, relay)


def _surely_fits(event: Event, stamp: Stamp) -> bool:
    """Whether all that this event has from its line is short and plain, as nearly always; what is not looked at its pattern kept short."""
    named = len(event.recipient or "") + len(event.original_recipient or "") + len(event.mx or "")
    written = len(stamp.host) + len(event.smtp_command or "")
    return stamp.plain and named + written <= _SHORT and len(stamp.raw) <= _SHORT_LINE


def expired(last: Event, text: str, stamp: Stamp) -> Event:
    """The bounce of a recipient whose `last` event was a deferral, by the line `text` that tells that the queue life time is over.

    The line names no recipient and no cause: those, and the reason where there is one, are the deferral's.
    """
    bounce = msgspec.structs.replace(
        last,
        id=stamp.event_id(text, last.recipient or ""),
        timestamp=stamp.time,
        type="bounce",
        reason=EXPIRED if last.reason == UNDETERMINED else last.reason,
        permanence=PERMANENCE["bounce"],
        expired=True,
        tls=None,  # this line is of no connection
        delay=None if last.delay is None else round(last.delay + (stamp.time - last.timestamp) / 1000, 3),
        raw=stamp.raw,
    )
    return bounded(bounce)


def why(reply: Reply, status: str | None) -> str:
    """The reason behind an answer."""
    return classify(reply.diagnostic, status, reply.code, None, "refused to talk to me" if reply.refused else reply.command)


def _way(said: str, relay: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Event type, next queue id and tags of `status=sent`.

    `forwarded as` is local(8) following an alias: nothing was delivered, the message goes on with other recipients, so it is a `send`.
    `queued as` is a server's word that it took the message; whether that server is this host (a hop) the queue finds out.
    Only discard(8) sends to no relay.
    """
    at = said.find("ed as ")  # most answers that have this are the ones meant
    if at >= 0 and (found := _NEXT.search(said, max(at - 7, 0))):
        return ("send" if said.startswith(_FORWARDED) else "delivery"), found[1], ()
    return "delivery", None, (DISCARDED,) if relay == "none" else ()


def _fault(text: str) -> str:
    """What a delivery line lacks."""
    missing = next((part for part in (">, ", "relay=", "status=") if part not in text), None)
    return (
        f"a delivery line without {missing!r}: was it cut?"
        if missing
        else "a delivery line whose fields are not in the order Postfix writes them"
    )
