"""Why a message was not delivered, in one of 19 classes, from what the other server said; and that class in words.

The knowledge is data: `reasons.toml` has the ordered rules and the codes, `reasons_text.toml` the sentences for the reader.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

MAX_TEXT: Final = 4096  # characters of an answer that are looked at; what follows is history and advertising
UNDETERMINED: Final = "undetermined"

_ADDRESS: Final = re.compile(r"[^\s<>@,;:'\"()\[\]]{1,64}@[a-z0-9.\-]+")
_NUMBER: Final = re.compile(r"[0-9][0-9a-f.:/_\-]{6,}")
_ENHANCED: Final = re.compile(r"(?<![0-9.])[45]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.][0-9])")
_STAGE: Final = re.compile(
    r"in reply to (?:end of )?(ehlo|helo|mail from|rcpt to|data)"
    r"|after (initial connection|ehlo|helo|mail from|rcpt to|end of data)"
    r"|(refused to talk to me)|\[(mail_from|rcpt_to)\]$"
)
_STAGES: Final = {
    "initial connection": "connect",
    "refused to talk to me": "connect",
    "ehlo": "connect",
    "helo": "connect",
    "mail_from": "mail from",
    "rcpt_to": "rcpt to",
    "end of data": "data",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reason for people: what happened, what to do and who does it, and whose problem it is."""

    sentence: str
    next_step: str
    whose: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of `reasons.toml`: a reason, and what must stand in the answer and its codes for it.

    `texts`: one of these literals, or `pattern`, in the lower-cased text without its addresses and long numbers. `status`, `codes`
    and `stages` must hold as well where they are given. `example` is an answer that this rule is the first to know.
    """

    reason: str
    example: str
    provider: str | None
    texts: tuple[str, ...]
    pattern: re.Pattern[str] | None
    status: frozenset[str]
    codes: frozenset[int]
    stages: frozenset[str]

    def holds(self, text: str, status: str, code: int, stage: str) -> bool:
        """Whether this rule knows the answer."""
        if self.status and status not in self.status:
            return False
        if self.codes and code not in self.codes:
            return False
        if self.stages and stage not in self.stages:
            return False
        for literal in self.texts:
            if literal in text:
                return True
        return self.pattern is not None and self.pattern.search(text) is not None


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("store").joinpath(name).read_text(encoding="utf-8"))


def _rule(table: dict[str, Any]) -> Rule:
    pattern = table.get("pattern")
    return Rule(
        reason=table["reason"],
        example=table["example"],
        provider=table.get("provider"),
        texts=tuple(table.get("texts", ())),
        pattern=re.compile(pattern, re.DOTALL) if pattern else None,
        status=frozenset(table.get("status", ())),
        codes=frozenset(table.get("codes", ())),
        stages=frozenset(table.get("stages", ())),
    )


def _codes(table: dict[str, list[str]]) -> dict[str, str]:
    """Enhanced codes to reasons: `7.25` is 4.7.25 and 5.7.25, `5.4.4` itself alone, `7.606-649` the whole range."""
    known: dict[str, str] = {}
    for reason, names in table.items():
        for name in names:
            head, _, last = name.rpartition(".")
            low, _, high = last.partition("-")
            for detail in range(int(low), int(high or low) + 1):
                heads = (head,) if "." in head else (f"4.{head}", f"5.{head}")
                known |= {f"{each}.{detail}": reason for each in heads}
    return known


_DATA: Final = _read("reasons.toml")
_WORDS: Final = _read("reasons_text.toml")
RULES: Final[tuple[Rule, ...]] = tuple(_rule(table) for table in _DATA["rule"])
CODES: Final[dict[str, str]] = _codes(_DATA["codes"])
REASONS: Final[tuple[str, ...]] = tuple(name for name in _WORDS if name != "complaint")


def classify(diagnostic: str | None, status: str | None, smtp_code: int | None, hint: str | None = None, command: str | None = None) -> str:
    """The reason (one of `REASONS`) behind an answer.

    `diagnostic` is the text as it came, `status` the enhanced code (RFC 3463), `smtp_code` the three digits, `hint` the provider's own class
    in our names, `command` the SMTP command that was answered (else looked for in the text). Order: the rules on the text, the enhanced code
    (from the text where `status` is missing or x.0.0), the hint, `undetermined`. Never raises.
    """
    text = diagnostic[:MAX_TEXT] if diagnostic else ""
    return _classify(text, status or "", smtp_code or 0, hint, command)


@lru_cache(maxsize=4096)
def _classify(text: str, status: str, code: int, hint: str | None, command: str | None) -> str:
    """`classify` for one exact text; the answers of a stream repeat."""
    lowered = text.lower()
    if not status or status.endswith(".0.0"):
        status = _enhanced_in(lowered) or status
    stage = command.lower() if command else _stage_in(lowered)
    rule = _first_rule(blanked(lowered), status, code, _STAGES.get(stage, stage))
    if rule is not None:
        return rule.reason
    return CODES.get(status) or (hint if hint in REASONS else None) or UNDETERMINED


def blanked(text: str) -> str:
    """A lower-cased answer without what differs from one recipient or hour to the next: addresses become `@`, long numbers `#`."""
    if "@" in text:
        text = _ADDRESS.sub("@", text)
    return _NUMBER.sub("#", text)


def _enhanced_in(text: str) -> str | None:
    """The first enhanced code in the text that says more than x.0.0, or None."""
    return next((found for found in _ENHANCED.findall(text) if not found.endswith(".0.0")), None)


def _stage_in(text: str) -> str:
    """The SMTP command that the text says was answered, or nothing."""
    found = _STAGE.search(text)
    return next(filter(None, found.groups()), "") if found else ""


@lru_cache(maxsize=4096)
def _first_rule(text: str, status: str, code: int, stage: str) -> Rule | None:
    """The first rule that knows this answer."""
    return next((rule for rule in RULES if rule.holds(text, status, code, stage)), None)


def explain(reason: str, language: str = "en") -> Explanation | None:
    """A reason (or `complaint`) in `language` (`en` or `nl`; any other reads as `en`); None for what is no reason of ours."""
    words = _WORDS.get(reason)
    if words is None:
        return None
    chosen = words.get(language, words["en"])
    return Explanation(chosen["sentence"], chosen["next_step"], chosen["whose"])
