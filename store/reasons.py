"""Why a message was not delivered, in one of 19 classes, from what the other server said; and that class in words.

The knowledge is data: `reasons.toml` has the ordered rules and the codes, `reasons_text.toml` the sentences for the reader.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from store.phrases import Phrase, phrase
from store.reply import Reply, kind, read

MAX_TEXT: Final = 2048  # characters of a diagnostic that are looked at; what follows is history and advertising
UNDETERMINED: Final = "undetermined"
_CACHE: Final = 8192  # replies; a busy system sees some thousands of different ones in a day


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

    def applies(self, reply: Reply, code: int) -> bool:
        """Whether what must hold beside the text does, for a reply with these three digits."""
        if self.status and reply.status not in self.status:
            return False
        if self.codes and code not in self.codes:
            return False
        return not self.stages or reply.stage in self.stages

    def holds(self, reply: Reply, code: int) -> bool:
        """Whether this rule knows the reply."""
        return self.applies(reply, code) and (not self.says or any(each.found_in(reply.text) for each in self.says))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("store").joinpath(name).read_text(encoding="utf-8"))


def _rule(table: dict[str, Any], words: dict[str, list[str]]) -> Rule:
    return Rule(
        reason=table["reason"],
        example=table["example"],
        provider=table.get("provider"),
        says=tuple(phrase(each, words) for each in table.get("says", ())),
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


class Rules:
    """Ordered rules, with an index that spares most of them."""

    def __init__(self, tables: list[dict[str, Any]], words: dict[str, list[str]]) -> None:
        self.ordered: Final = tuple(_rule(table, words) for table in tables)
        # For each stem the rules and phrases it may lead to, by their places; the stem "" leads to the rules without phrases.
        self._by_stem: Final[dict[str, list[tuple[int, int]]]] = {}
        for number, rule in enumerate(self.ordered):
            for place, each in enumerate(rule.says):
                for stem in each.stems:
                    self._by_stem.setdefault(stem, []).append((number, place))
            if not rule.says:
                self._by_stem.setdefault("", []).append((number, 0))

    def first(self, reply: Reply, code: int) -> Rule | None:
        """The first rule that knows this reply, or None; only phrases with a stem in the text are tried."""
        text = reply.text
        candidates = {each for stem, places in self._by_stem.items() if stem in text for each in places}
        for number, place in sorted(candidates):
            rule = self.ordered[number]
            if rule.applies(reply, code) and (not rule.says or rule.says[place].found_in(text)):
                return rule
        return None


_DATA: Final = _read("reasons.toml")
_WORDS: Final = _read("reasons_text.toml")
RULES: Final = Rules(_DATA["rule"], _DATA["words"])
REFUSALS: Final = Rules(_DATA["refusal"], _DATA["words"])
CODES: Final = _codes(_DATA["codes"])
LANGUAGES: Final = ("en", "nl")
REASONS: Final[tuple[str, ...]] = tuple(name for name in _WORDS if name != "complaint")


def classify(diagnostic: str | None, status: str | None, smtp_code: int | None, hint: str | None = None, command: str | None = None) -> str:
    """The reason (one of `REASONS`) behind a failure; never raises.

    `diagnostic` is the text as it came, `status` the enhanced code (RFC 3463), `smtp_code` the three digits, `hint` the provider's own
    class in our names, `command` the SMTP command that was answered (without it the text is searched for one). The order: the rules, the
    enhanced code (the text's own where `status` is missing or x.0.0), the hint, `undetermined`.
    """
    return _by_text(diagnostic[:MAX_TEXT] if diagnostic else "", status or "", smtp_code or 0, hint, command)


@lru_cache(maxsize=_CACHE)
def _by_text(diagnostic: str, status: str, code: int, hint: str | None, command: str | None) -> str:
    """`classify` by the exact text: the diagnostics of a stream repeat, and more so once addresses and times are gone."""
    return _by_kind(kind(diagnostic), status, code, hint, command)


@lru_cache(maxsize=_CACHE)
def _by_kind(text: str, status: str, code: int, hint: str | None, command: str | None) -> str:
    """`classify` by what replies of one kind have in common."""
    reply = read(text, status, command)
    if rule := RULES.first(reply, code):
        return rule.reason
    if reason := CODES.get(reply.status):
        return reason
    if rule := REFUSALS.first(reply, code):
        return rule.reason
    return hint if hint in REASONS else UNDETERMINED


def explain(reason: str, language: str = "en") -> Explanation | None:
    """A reason (or `complaint`) in `language` (`en` or `nl`; any other reads as `en`); None for what is no reason of ours."""
    words = _WORDS.get(reason)
    if words is None:
        return None
    chosen = words.get(language, words["en"])
    return Explanation(chosen["sentence"], chosen["next_step"], chosen["whose"])
