"""The event types to choose from: legend of the chart, filter of the list, and how many events there are of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.links import Links
from app.shown import TYPES, TypeLook, type_look

_ALWAYS: Final = ("delivery", "send", "deferral", "reject", "bounce", "complaint")  # in this order, from the best news to the worst
_OTHERS: Final = 8  # types beside them that are shown, the most frequent ones; a source may have any number of its own


@dataclass(frozen=True, slots=True)
class Chip:
    """One type: its name and look, how many there are (None where that is not known yet), and where choosing it leads, or giving it up."""

    name: str
    look: TypeLook
    count: int | None
    link: str
    chosen: bool


def chips(counts: Mapping[str, int], links: Links) -> list[Chip]:
    """The types with the `counts` of a search without them; none are counts that are not known yet."""
    chosen = [each.strip().lower() for each in links.types]
    return [
        Chip(name, type_look(name), counts.get(name, 0) if counts else None, links.search(_toggled(chosen, name)), name in chosen)
        for name in kinds(counts, chosen)
    ]


def kinds(counts: Mapping[str, int], chosen: Iterable[str]) -> list[str]:
    """The types that are shown, in their fixed order: the usual ones, those chosen, and the most frequent of the others."""
    others = sorted((name for name in counts if name not in _ALWAYS), key=lambda name: (-counts[name], name))[:_OTHERS]
    shown = dict.fromkeys((*_ALWAYS, *TYPES, *sorted((*others, *chosen))))
    wanted = {*_ALWAYS, *others, *chosen}
    return [name for name in shown if name in wanted]


def _toggled(chosen: list[str], name: str) -> list[str]:
    """The chosen types with this one as well, or without it where it is one of them."""
    return [each for each in chosen if each != name] if name in chosen else [*chosen, name]
