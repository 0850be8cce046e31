"""What SES's own words mean in ours: event types, bounce and delay classes. Tables only.

Source: Amazon SES developer guide, the pages named in `shapes.py`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One `eventType`.

    `type` is our event type; `part` the object with what happened, as the record names it; `listed` its list of recipients, where there is
    one. `mark` is the field that tells two such events of one moment apart; `text` the one with the words for the reader. `uncertain`: of
    several recipients only one may have done it. `timed`: the delay since acceptance means something. `reason` and `permanence` are given
    where SES itself decided.
    """

    type: str
    part: str
    listed: str | None = None
    mark: str | None = None
    text: str | None = None
    uncertain: bool = False
    timed: bool = False
    reason: str | None = None
    permanence: str | None = None


# eventType or notificationType, in lower case without spaces and underscores ("Rendering Failure", "RENDERING_FAILURE")
KINDS: Final[dict[str, Kind]] = {
    "send": Kind("send", "send"),
    "delivery": Kind("delivery", "delivery", "recipients", text="smtpResponse", timed=True),
    "bounce": Kind("bounce", "bounce", "bouncedRecipients", mark="feedbackId", timed=True),
    "complaint": Kind("complaint", "complaint", "complainedRecipients", mark="feedbackId", text="complaintFeedbackType", uncertain=True),
    "reject": Kind("reject", "reject", text="reason", reason="content_rejected", permanence="permanent"),
    "open": Kind("open", "open", uncertain=True),
    "click": Kind("click", "click", mark="link", uncertain=True),
    "renderingfailure": Kind("reject", "failure", text="errorMessage", reason="content_rejected", permanence="permanent"),
    "deliverydelay": Kind("deferral", "deliveryDelay", "delayedRecipients", mark="delayType", timed=True, permanence="temporary"),
    "subscription": Kind("unsubscribe", "subscription", text="contactList", uncertain=True),
}

# Sent once when a feedback topic is set up, in the place of an event
CONTROL_TYPES: Final = frozenset({"AmazonSnsSubscriptionSucceeded"})

PERMANENCE: Final = {"permanent": "permanent", "transient": "temporary", "undetermined": "unknown"}

# RFC 3464 2.3.3: what a delivery status mail says became of one recipient; "failed" is the bounce itself
ACTIONS: Final = {"delayed": "deferral", "delivered": "delivery", "relayed": "delivery", "expanded": "delivery"}

# bounceSubType or complaintSubType, in lower case: SES did not even try
SUPPRESSED: Final = frozenset(
    {"suppressed", "onaccountsuppressionlist", "ontenantsuppressionlist", "emailvalidationsuppressed", "unsubscribedrecipient"}
)

# bounceSubType in lower case -> our reason, where the answer's text and codes say nothing
BOUNCE_HINTS: Final = {
    "noemail": "unknown_user",
    "mailboxfull": "mailbox_full",
    "messagetoolarge": "too_large",
    "contentrejected": "content_rejected",
    "attachmentrejected": "content_rejected",
    "customtimeoutexceeded": "expired",
}

# delayType in lower case -> our reason, likewise
DELAY_HINTS: Final = {
    "internalfailure": "system_error",
    "mailboxfull": "mailbox_full",
    "spamdetected": "spam_rejected",
    "recipientservererror": "system_error",
    "ipfailure": "reputation_blocked",
    "transientcommunicationfailure": "network_error",
    "byoiphostnamelookupunavailable": "reputation_blocked",
    "sendingdeferral": "rate_limited",
}
