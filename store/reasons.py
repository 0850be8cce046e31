"""Why a message was not delivered, in one of 19 classes, from what the other server said; and that class in words.

The knowledge is data: `reasons.toml` has the ordered rules and the codes, `reasons_text.toml` the sentences for the reader.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from store.phrases import Phrase, phrase

MAX_TEXT: Final = 4096  # characters of an answer that are looked at; what follows is history and advertising
UNDETERMINED: Final = "undetermined"
_CACHE: Final = 8192  # answers; a busy system sees some thousands of different ones in a day

_ADDRESS: Final = re.compile(r"[^\s<>@,;:'\"()\[\]]{1,64}@[a-z0-9.\-]+")
# What the reporting side wrote before and after the other server's own words.
_REPORTED: Final = re.compile(
    r"\bsaid: |returned '|(?:unknown address error|other mail system problem) '|(?:error_code ?:[^,]{0,40}, ?)?error_code ?:|(?:server returned|response(?: from the remote server)?) was:? |responded as follows: "
    r"|mail server after (?:[a-z ]{1,30}|[a-z ]{1,10}:<[^>]{0,300}>[^:]{0,30}): (?:host \S{1,255} \S{1,50}: )?"
)
# The codes at the start of each line of an answer, long numbers and dates, and what stands around every answer of some servers.
_NOISE: Final = re.compile(
    r"[45][0-9]{2}[ -]#?[45]\.[0-9]{1,3}\.[0-9]{1,3} ?|\b[45][0-9]{2}-|[0-9][0-9a-f.:/_\-]{6,} ?"
    r"|recipient address rejected: |giving up on \S*|\(in reply to [^)]*\)"
)
_ENHANCED: Final = re.compile(r"(?<![0-9.])[45]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.][0-9])")
_STAGE: Final = re.compile(
    r"in reply to (?:end of )?(ehlo|helo|mail from|rcpt to|data)|after (initial connection|ehlo|helo|mail from|rcpt to|end of data)"
    r"|did not like our (mail from|rcpt to|data)|(refused to talk to me|sender was rejected|does not like recipient)|\[(mail_from|rcpt_to)\]"
)
# What logs and our own `smtp_command` call a step of the conversation, as the rules call it.
_STAGES: Final = {
    "initial connection": "connect",
    "refused to talk to me": "connect",
    "ehlo": "connect",
    "helo": "connect",
    "mail_from": "mail from",
    "rcpt_to": "rcpt to",
    "sender was rejected": "mail from",
    "does not like recipient": "rcpt to",
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
    """One rule of `reasons.toml`, which tells what its parts mean; an empty condition holds always."""

    reason: str
    example: str
    provider: str | None
    says: tuple[Phrase, ...]
    status: frozenset[str]
    codes: frozenset[int]
    stages: frozenset[str]

    def allows(self, status: str, code: int, stage: str) -> bool:
        """Whether the conditions beside the text hold."""
        return (
            (not self.status or status in self.status)
            and (not self.codes or code in self.codes)
            and (not self.stages or stage in self.stages)
        )

    def holds(self, text: str, status: str, code: int, stage: str) -> bool:
        """Whether this rule knows the answer."""
        if not self.allows(status, code, stage):
            return False
        return not self.says or any(each.found_in(text) for each in self.says)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("store").joinpath(name).read_text(encoding="utf-8"))


def _rule(table: dict[str, Any]) -> Rule:
    return Rule(
        reason=table["reason"],
        example=table["example"],
        provider=table.get("provider"),
        says=tuple(phrase(each) for each in table.get("says", ())),
        status=frozenset(table.get("status", ())),
        codes=frozenset(table.get("codes", ())),
        stages=frozenset(table.get("stages", ())),
    )


def _codes(table: dict[str, list[str]]) -> dict[str, str]:
    """Enhanced codes to reasons: `7.25` is 4.7.25 and 5.7.25, `5.4.4` itself alone, `5.7.606-649` the whole range."""
    known: dict[str, str] = {}
    for reason, names in table.items():
        for name in names:
            head, _, last = name.rpartition(".")
            low, _, high = last.partition("-")
            heads = (head,) if "." in head else (f"4.{head}", f"5.{head}")
            known |= {f"{each}.{detail}": reason for each in heads for detail in range(int(low), int(high or low) + 1)}
    return known


def _stems(rules: tuple[Rule, ...]) -> dict[str, tuple[int, ...]]:
    """For each stem (one of which stands in every text that a phrase fits) the rules it may lead to; "" for rules without phrases."""
    index: dict[str, dict[int, None]] = {}
    for number, rule in enumerate(rules):
        for stem in [stem for each in rule.says for stem in each.stems] or [""]:
            index.setdefault(stem, {})[number] = None
    return {stem: tuple(numbers) for stem, numbers in index.items()}


_DATA: Final = _read("reasons.toml")
_WORDS: Final = _read("reasons_text.toml")
RULES: Final = tuple(_rule(table) for table in _DATA["rule"])
CODES: Final = _codes(_DATA["codes"])
REASONS: Final[tuple[str, ...]] = tuple(name for name in _WORDS if name != "complaint")
_STEMS: Final = _stems(RULES)


def classify(diagnostic: str | None, status: str | None, smtp_code: int | None, hint: str | None = None, command: str | None = None) -> str:
    """The reason (one of `REASONS`) behind an answer; never raises.

    `diagnostic` is the text as it came, `status` the enhanced code (RFC 3463), `smtp_code` the three digits, `hint` the provider's own
    class in our names, `command` the SMTP command that was answered (without it the text is searched for one). The order: the rules, the
    enhanced code (the text's own where `status` is missing or x.0.0), the hint, `undetermined`.
    """
    return _classified(diagnostic[:MAX_TEXT] if diagnostic else "", status or "", smtp_code or 0, hint, command)


@lru_cache(maxsize=_CACHE)
def _classified(text: str, status: str, code: int, hint: str | None, command: str | None) -> str:
    """`classify` by the exact text: the answers of a stream repeat."""
    lowered = text.lower()
    answer = lowered[_answer_at(lowered) :]
    if not status or status.endswith(".0.0"):
        status = _enhanced_in(answer) or status
    stage = command.lower() if command else _stage_in(lowered)
    rule = first_rule(blanked(answer), status, code, _STAGES.get(stage, stage))
    if rule is not None:
        return rule.reason
    return CODES.get(status) or (hint if hint in REASONS else None) or UNDETERMINED


def blanked(text: str) -> str:
    """A lower-cased answer as the rules read it, without what differs from one recipient or hour to the next.

    Addresses become `@`; long numbers, dates and the codes that begin each line of an answer go; white space becomes one space.
    """
    if "@" in text:
        text = _ADDRESS.sub("@", text)
    if not text.isascii():
        text = text.replace("\u2019", "'")
    return " ".join(_NOISE.sub("", text).split())


def _answer_at(text: str) -> int:
    """Where the other server's own words begin."""
    found = _REPORTED.search(text)
    return found.end() if found else 0


def _enhanced_in(text: str) -> str | None:
    """The first enhanced code in the text that says more than x.0.0, or None."""
    return next((found for found in _ENHANCED.findall(text) if not found.endswith(".0.0")), None)


def _stage_in(text: str) -> str:
    """The step of the conversation that the text says was answered, or nothing."""
    found = _STAGE.search(text)
    return next(filter(None, found.groups()), "") if found else ""


@lru_cache(maxsize=_CACHE)
def first_rule(text: str, status: str, code: int, stage: str) -> Rule | None:
    """The first rule that knows this answer (`text` as `blanked` gives it), or None.

    Only rules with a stem in the text are tried, so an unknown answer costs one search per stem.
    """
    candidates = {number for stem, numbers in _STEMS.items() if stem in text for number in numbers}
    return next((RULES[number] for number in sorted(candidates) if RULES[number].holds(text, status, code, stage)), None)


def explain(reason: str, language: str = "en") -> Explanation | None:
    """A reason (or `complaint`) in `language` (`en` or `nl`; any other reads as `en`); None for what is no reason of ours."""
    words = _WORDS.get(reason)
    if words is None:
        return None
    chosen = words.get(language, words["en"])
    return Explanation(chosen["sentence"], chosen["next_step"], chosen["whose"])
