"""Naming the reason of a failure beside a plain loop over the rules, on the same stream of replies in the same run.

`scripts/bench reasons` prints the microseconds a reply and the ratio to the loop, with its spread over the rounds, for a stream as mail
servers give it (few kinds of reply, most with a fresh address) and for replies none of which was seen before.
"""

import platform
import random
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import store.reasons
from store.reasons import CODES, REFUSALS, RULES, UNDETERMINED, classify
from store.reply import kind, read

OWN_REPLIES = Path(__file__).parent.parent / "tests" / "data" / "replies.toml"
REPLIES = 50_000
LOOPED = 1_000  # of them go through the loop, which is slow
FRESH = 0.6  # of them name a recipient; the others (a block, an unreachable server) are the same for all
ROUNDS = 5


def stream(seed: int = 1) -> list[str]:
    """The tests' own replies, some kinds much more often than others, and most with an address not seen before."""
    rng = random.Random(seed)  # noqa: S311 - made-up replies
    classes = tomllib.loads(OWN_REPLIES.read_text(encoding="utf-8"))["classes"]
    kinds = [text for texts in classes.values() for text in texts]
    rng.shuffle(kinds)
    drawn = rng.choices(kinds, cum_weights=list(accumulate(1 / rank for rank in range(1, len(kinds) + 1))), k=REPLIES)
    return [f"{text} <piet.{rng.randrange(10**6)}@example.nl>" if rng.random() < FRESH else text for text in drawn]


def looped(diagnostic: str) -> str:
    """`classify` without its caches and its index: every rule in order, every phrase of it."""
    reply = read(kind(diagnostic), "", None)
    for rule in RULES.ordered:
        if rule.holds(reply, 0):
            return rule.reason
    if reply.status in CODES:
        return CODES[reply.status]
    return next((rule.reason for rule in REFUSALS.ordered if rule.holds(reply, 0)), UNDETERMINED)


def forget() -> None:
    """Empty the caches."""
    store.reasons._by_text.cache_clear()  # noqa: SLF001 - what is measured is the cost without them
    store.reasons._by_kind.cache_clear()  # noqa: SLF001 - likewise


def each(job: Callable[[str], str], texts: list[str]) -> float:
    """Microseconds a reply."""
    began = time.perf_counter()
    for text in texts:
        job(text)
    return (time.perf_counter() - began) / len(texts) * 1e6


def main() -> None:
    """Measure both ways in turns and print the medians."""
    texts = stream()
    fresh = sorted(set(map(kind, texts)))
    if any(looped(text) != classify(text, None, None) for text in fresh):
        sys.exit("the loop and the index disagree")
    figures: dict[str, list[tuple[float, float]]] = {"stream": [], "never seen": []}
    for _ in range(ROUNDS):
        forget()
        figures["stream"].append((each(lambda text: classify(text, None, None), texts), each(looped, texts[:LOOPED])))
        forget()
        figures["never seen"].append((each(lambda text: classify(text, None, None), fresh), each(looped, fresh)))
    print(f"{platform.machine()}, Python {platform.python_version()}, {len(RULES.ordered)} rules, {len(fresh)} kinds of reply")
    for name, pairs in figures.items():
        ratios = sorted(loop / ours for ours, loop in pairs)
        ours, loop = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{name}: {ours:.2f} us, loop {loop:.0f} us, {statistics.median(ratios):.0f} times ({ratios[0]:.0f} to {ratios[-1]:.0f})")


if __name__ == "__main__":
    main()
