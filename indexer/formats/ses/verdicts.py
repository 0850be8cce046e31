"""What happened to one recipient, by the kind of event: our type, the answer, the reason and whether it is for good."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

from indexer.bounds import canonical_ip
from indexer.formats.ses.answers import Answer, answer, says_automatic, says_expired, says_suppressed
from indexer.formats.ses.kinds import ACTIONS, BOUNCE_HINTS, DELAY_HINTS, PERMANENCE, SUPPRESSED, Kind
from indexer.formats.ses.lenient import BadRecordError
from indexer.formats.ses.shapes import ATTRIBUTES, Part, Party
from store.reasons import classify

Verdict: TypeAlias = dict[str, Any]  # fields of the event, `type` always among them

_TIMED_OUT: Final = "customtimeoutexceeded"  # the sender's own limit (bounceSubType in lower case)
_OPTED_OUT: Final = frozenset({"optout", "opt_out"})
_STATUS_PERMANENCE: Final = {"5": "permanent", "4": "temporary"}


def unanswered(kind: Kind, part: Part, _party: Party) -> Verdict:
    """Events in which no remote server has a say."""
    text = getattr(part, ATTRIBUTES[kind.text]) if kind.text else None
    return {"type": kind.type, "diagnostic": text or None, "reason": kind.reason, "permanence": kind.permanence}


def _answered(kind: str, answered: Answer, part: Part) -> Verdict:
    """What a remote server said, as fields of an event of this type."""
    ip = part.remote_mta_ip or answered.remote_ip
    return {
        "type": kind,
        "diagnostic": answered.text,
        "smtp_code": answered.smtp_code,
        "status": answered.status,
        "smtp_command": answered.smtp_command,
        "mx": answered.mx,
        "remote_ip": canonical_ip(ip) if ip else None,
    }


def _reason(answered: Answer, hint: str | None = None) -> str:
    return classify(answered.text, answered.status, answered.smtp_code, hint, answered.smtp_command)


def _delivered(kind: Kind, part: Part, _party: Party) -> Verdict:
    return _answered(kind.type, answer(part.smtp_response), part)


def _deferred(kind: Kind, part: Part, party: Party) -> Verdict:
    answered = answer(party.diagnostic_code, party.status)
    hint = DELAY_HINTS.get((part.delay_type or "").lower())
    reason = _reason(answered, hint)
    return _answered(kind.type, answered, part) | {"reason": reason, "permanence": kind.permanence}


def _bounced(kind: Kind, part: Part, party: Party) -> Verdict:
    answered = answer(party.diagnostic_code, party.status)
    subtype = (part.bounce_sub_type or "").lower()
    bounce_type = PERMANENCE.get((part.bounce_type or "").lower())
    became = ACTIONS.get((party.action or "").strip().lower(), kind.type)
    if subtype in SUPPRESSED or says_suppressed(answered.text):
        return _answered("reject", answered, part) | {"reason": "suppressed", "permanence": "permanent"}
    if became == "delivery":
        return _answered(became, answered, part)
    if became == "deferral":
        return _answered(became, answered, part) | {"reason": _reason(answered), "permanence": "temporary"}
    if bounce_type == "temporary" and answered.smtp_code is None and says_automatic(answered.text):
        return _answered("autoreply", answered, part)
    return _answered(became, answered, part) | {
        "reason": _reason(answered, BOUNCE_HINTS.get(subtype)),
        "permanence": bounce_type or _STATUS_PERMANENCE.get((answered.status or str(answered.smtp_code or ""))[:1], "unknown"),
        "expired": True if subtype == _TIMED_OUT or says_expired(answered) else None,
    }


def _complained(kind: Kind, part: Part, party: Party) -> Verdict:
    outcome = unanswered(kind, part, party)
    if (part.complaint_sub_type or "").lower() in SUPPRESSED:
        return outcome | {"type": "reject", "reason": "suppressed", "permanence": "permanent"}
    return outcome


def _subscribed(kind: Kind, part: Part, party: Party) -> Verdict:
    outcome = unanswered(kind, part, party)
    return outcome if _opted_out(bytes(part.new_topic_preferences)) else outcome | {"type": "subscribe"}


def _opted_out(preferences: bytes) -> bool:
    """Whether the new preferences leave something; a record without them is one of somebody leaving."""
    try:
        chosen = msgspec.json.decode(preferences) if preferences else None
    except (ValueError, RecursionError):
        raise BadRecordError("subscription.newTopicPreferences cannot be read") from None
    if isinstance(chosen, dict):
        if chosen.get("unsubscribeAll") is True:
            return True
        chosen = chosen.get("topicSubscriptionStatus")
    topics = chosen if isinstance(chosen, list) else [chosen] if chosen else []
    states = [str(topic.get("subscriptionStatus", "")).lower() for topic in topics if isinstance(topic, dict)]
    return not states or any(state in _OPTED_OUT for state in states)


VERDICTS: Final[dict[str, Callable[[Kind, Part, Party], Verdict]]] = {
    "delivery": _delivered,
    "deliveryDelay": _deferred,
    "bounce": _bounced,
    "complaint": _complained,
    "subscription": _subscribed,
}
