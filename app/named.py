"""Whose events a search asks for: what the audit trail has of it."""

from collections.abc import Iterator
from typing import Final

from store.tree import And, Exact, Node, Or

_MOST_PEOPLE: Final = 50  # of one search that names several


def named(tree: Node) -> list[str]:
    """The recipients that a search names in full, without those it leaves out."""
    return list(dict.fromkeys(_recipients(tree)))[:_MOST_PEOPLE]


def exported(tree: Node, kind: str, typed: str) -> tuple[list[str], str, str]:
    """What is noted of an export of what was typed: who is looked at beside it, about whom it is, or "", and the detail."""
    people = named(tree)
    alone = len(people) == 1
    return ([] if alone else people), (people[0] if alone else ""), f"{kind}: {typed.strip() or '*'}"


def _recipients(tree: Node) -> Iterator[str]:
    match tree:
        case Exact("recipient", value) if "@" in value:
            yield value
        case And(nodes) | Or(nodes):
            for each in nodes:
                yield from _recipients(each)
        case _:
            return
