"""What stands inside the text of a remote server's answer: its codes, its name, and whether it is an answer at all."""

import re
from typing import Final

from msgspec import Struct

from indexer.bounds import BOUNDS

_LONGEST: Final = BOUNDS["diagnostic"].limit  # characters; the rest would not be kept

# RFC 3464 2.3.6: `diagnostic-type; text`
_TYPE: Final = re.compile(r"\s*(?:smtp|lmtp|esmtp|dns|dsn|unix|x-[a-z0-9-]+)\s*;\s*", re.IGNORECASE)
# RFC 5321 4.2 and, where the server gives one, RFC 2034's enhanced code
_LEADING_CODE: Final = re.compile(r"([245]\d\d)(?=[\s-]|$)(?:[ -]#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\w))?")
_INNER_CODE: Final = re.compile(r"(?:\bsaid: |(?<![\d.#]))([45]\d\d)[ -](?=#?[45]\.\d{1,3}\.\d{1,3}\b)|\bsaid: ([45]\d\d)(?=[ -])")
# RFC 3463; not a part of an address or a version
_ENHANCED: Final = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\w|-\d)")
_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_HOST: Final = re.compile(r"\bhost ([a-z0-9][a-z0-9.-]{0,190}\.[a-z]{2,63})\.?\s?\[([0-9a-f.:]+)\]", re.IGNORECASE)
_COMMAND: Final = re.compile(r"in reply to (?:the )?((?:end of )?(?:EHLO|HELO|MAIL FROM|RCPT TO|DATA|STARTTLS|QUIT))\b", re.IGNORECASE)
_SUPPRESSED: Final = re.compile(
    r"Amazon SES (?:has suppressed sending|did not send the message) to this address|is on the suppression list for your account",
    re.IGNORECASE,
)
_EXPIRED: Final = re.compile(
    r"message (?:expired|too old)|unable to deliver in \d+ minutes|delivery (?:time )?expired|queue (?:life ?)?time (?:expired|exceeded)",
    re.IGNORECASE,
)
_AUTOMATIC: Final = re.compile(r"\bauto(?:matic)?[- ]?repl(?:y|ied)\b|\bout of (?:the )?office\b|\bvacation\b", re.IGNORECASE)
_EXPIRED_STATUS: Final = (".4.7",)  # RFC 3463 3.5: X.4.7 delivery time expired


class Answer(Struct, frozen=True, gc=False):
    """An answer taken apart; `text` without the diagnostic type before it. All None where there was none."""

    text: str | None = None
    smtp_code: int | None = None
    status: str | None = None
    smtp_command: str | None = None
    mx: str | None = None
    remote_ip: str | None = None


def answer(diagnostic: str | None, status: str | None = None) -> Answer:
    """Take an answer apart. `status` is the record's own; one that names no detail (5.0.0) gives way to the one in the text."""
    given = _STATUS.match(status) if status else None
    known = given[1] if given else None
    if not diagnostic:
        return Answer(status=known)
    kind = _TYPE.match(diagnostic) if ";" in diagnostic else None
    text = diagnostic[kind.end() if kind else 0 :][:_LONGEST].strip()
    code, stated = _codes(text)
    if known is None or known.endswith(".0.0"):
        known = stated or known
    command = _COMMAND.search(text) if "n reply to" in text else None
    host = _HOST.search(text) if "ost " in text else None
    return Answer(text or None, code, known, command[1] if command else None, host[1].lower() if host else None, host[2] if host else None)


def says_suppressed(text: str | None) -> bool:
    """Whether SES itself says that it did not try."""
    return text is not None and _SUPPRESSED.search(text) is not None


def says_expired(answered: Answer) -> bool:
    """Whether the message was given up because its time had run out."""
    if answered.status is not None and answered.status.endswith(_EXPIRED_STATUS):
        return True
    return answered.text is not None and _EXPIRED.search(answered.text) is not None


def says_automatic(text: str | None) -> bool:
    """Whether a person's vacation responder wrote this."""
    return text is not None and _AUTOMATIC.search(text) is not None


def _codes(text: str) -> tuple[int | None, str | None]:
    """The three digits, and the first enhanced code that does not contradict their class."""
    leading = _LEADING_CODE.match(text)
    if leading:
        code, stated = leading.groups()
        if stated:  # even of another class: SES itself writes "550 4.4.7 Message expired"
            return int(code), stated
    else:
        inner = _INNER_CODE.search(text)
        code = (inner[1] or inner[2]) if inner else ""
    classes = code[0] if code else "45"  # with no code before it, 2.5.1 is a version
    enhanced = (found[1] for found in _ENHANCED.finditer(text) if found[1][0] in classes)
    return int(code) if code else None, next(enhanced, None)
