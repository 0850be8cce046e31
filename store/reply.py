"""A server's reply as the rules of `reasons.toml` read it: its own words, its enhanced code, and the step it answered."""

import re
from dataclasses import dataclass
from typing import Final

_ADDRESS: Final = re.compile(r"[^\s<>@,;:'\"()\[\]]{1,64}@[a-z0-9.\-]+")
# Long numbers and dates, but neither an enhanced code nor the two codes at the start of a line.
_NUMBER: Final = re.compile(r"[0-9](?<![0-9.][0-9])(?!\.[0-9]{1,3}\.[0-9]{1,3}(?!\.?[0-9]))(?![0-9]{2}[ -]#?[245]\.[0-9])[0-9a-f.:/\-]{6,}")
# Where the other server's own words begin: what a reporting side writes before them. The first that stands in the text counts.
_INTRODUCTIONS: Final = (
    "said: ",
    "returned '",
    "server returned: ",
    "response from the remote server was: ",
    "response was: ",
    "other server returned was: ",
    "responded as follows: ",
    "unknown address error '",
    "other mail system problem '",
    "error_code :550, error_code :",
    "error_code :",
)
_EXIM: Final = re.compile(r"mail server after (?:[a-z ]{1,30}|[a-z ]{1,10}:<[^>]{0,300}>[^:]{0,30}): (?:host \S{1,255} \S{1,50}: )?")
_ENDINGS: Final = ("(in reply to ", "giving up on ")  # where they end
_LINE_START: Final = re.compile(r"[45][0-9]{2}(?:[ -]#?[45]\.[0-9]{1,3}\.[0-9]{1,3} ?|-)")
_ENHANCED: Final = re.compile(
    r"(?<![0-9.])[45]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.][0-9]|-[0-9])"
)  # a package's number has a revision: 5.4.4-1
_STAGE: Final = re.compile(
    r"(?:in reply to |after |did not like our )(initial connection|ehlo|helo|starttls|mail from|rcpt to|data|end of data)"
)
# What a text without "in reply to" says of the step.
_MARKS: Final = {
    "refused to talk to me": "connect",
    "sender was rejected": "mail from",
    "[mail_from]": "mail from",
    "does not like recipient": "rcpt to",
    "[rcpt_to]": "rcpt to",
}
# The steps as logs and our own `smtp_command` name them, and as the rules do.
_STAGES: Final = {"initial connection": "connect", "ehlo": "connect", "helo": "connect", "end of data": "data", **_MARKS}


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's own words, its enhanced code (RFC 3463), and the stage as `reasons.toml` names it; "" where unknown."""

    text: str
    status: str
    stage: str


def kind(diagnostic: str) -> str:
    """A diagnostic without what differs from one recipient or hour to the next, so that replies of one kind are one text.

    Lower case; addresses become `@`, long numbers and dates go, white space becomes one space.
    """
    text = " ".join([_ADDRESS.sub("@", word) if "@" in word else word for word in diagnostic.lower().split()])
    return _NUMBER.sub("", text)


def read(text: str, status: str, command: str | None) -> Reply:
    """A text as `kind` gives it, with the `status` and SMTP `command` given beside it; its own code counts where `status` is x.0.0."""
    words = _own_words(text.replace("\u2019", "'"))
    if not status or status.endswith(".0.0"):
        status = _enhanced_in(words) or status
    stage = command.lower() if command else _stage_in(text)
    words = _LINE_START.sub("", words).replace("recipient address rejected: ", "")
    return Reply(words, status, _STAGES.get(stage, stage))


def _own_words(text: str) -> str:
    """What the other server itself said, without what the reporting side wrote around it."""
    introduction = next((each for each in _INTRODUCTIONS if each in text), None)
    if introduction:
        text = text.partition(introduction)[2]
    elif "mail server after " in text:
        text = _EXIM.split(text, maxsplit=1)[-1]
    for ending in _ENDINGS:
        text = text.partition(ending)[0]
    return text


def _enhanced_in(text: str) -> str | None:
    """The first enhanced code in the text that says more than x.0.0, or None."""
    return next((found for found in _ENHANCED.findall(text) if not found.endswith(".0.0")), None)


def _stage_in(text: str) -> str:
    """The step of the conversation that the text says was answered, or nothing."""
    found = _STAGE.search(text)
    return found[1] if found else next((mark for mark in _MARKS if mark in text), "")
