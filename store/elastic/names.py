"""Names on the cluster: of indices, their alias and templates, and of a field's columns in `mappings/events.json`."""

import re
from dataclasses import dataclass
from typing import Final

from store.columns import MENTIONS
from store.fields import BY_NAME, Kind

GUARD: Final = "replaced-by-a-portal-reindex"  # a pipeline that nobody made: an index that names it takes deletes, and no events
UNGUARDED: Final = {"pipeline": "_none"}  # what a reindex copies, and what is erased, may be written where others may not
_INDEX: Final = re.compile(r"-v(\d+)-(\d{4}-\d{2})")


@dataclass(frozen=True, slots=True)
class Names:
    """What is called how for one portal on a cluster; `prefix` is its alias too, by which everything is read."""

    prefix: str

    @property
    def alias(self) -> str:
        """What all searches ask: the indices of the live version."""
        return self.prefix

    @property
    def state(self) -> str:
        """The index that remembers how far a reindex is."""
        return f"{self.prefix}-state"

    @property
    def scratch(self) -> str:
        """The index that a sample is copied into, to see how long a reindex would take."""
        return f"{self.prefix}-scratch"

    @property
    def every(self) -> str:
        """The pattern of the indices of all versions: the live one, one being built, those that are kept."""
        return f"{self.prefix}-v*"

    def template(self, version: int) -> str:
        """The template of a version's indices."""
        return f"{self.prefix}-v{version}"

    def indices(self, version: int) -> str:
        """The pattern of a version's indices."""
        return f"{self.prefix}-v{version}-*"

    def index(self, version: int, month: str) -> str:
        """The index of a month (`2024-11`) in a version."""
        return f"{self.prefix}-v{version}-{month}"

    def parts(self, index: str) -> tuple[int, str] | None:
        """The version and month of an index; None for one of another portal."""
        found = _INDEX.fullmatch(index.removeprefix(self.prefix)) if index.startswith(self.prefix) else None
        return (int(found[1]), found[2]) if found else None


def column(field: str) -> str:
    """Where a field is compared as a whole."""
    return order(field)


def order(field: str) -> str:
    """Where a field is sorted by: of texts a column of its own, bounded in length."""
    return f"{field}_order" if field != MENTIONS and BY_NAME[field].kind is Kind.TEXT else field


def words(field: str) -> str:
    """Where a field's words are."""
    return field if BY_NAME[field].kind is Kind.TEXT else f"{field}.words"
