"""A word or phrase as it was typed, with its place and with what it means once escapes and quotes are off."""

from dataclasses import dataclass

from store.query.characters import unescaped, wildcards
from store.tree import Pattern


@dataclass(frozen=True, slots=True)
class Typed:
    """`raw` as it stands in `query` from `start` up to `end`; `text` is what it means; `pattern` holds its wildcards, if any."""

    query: str
    start: int
    end: int
    quoted: bool

    @property
    def raw(self) -> str:
        """The characters as typed, quotes taken off."""
        whole = self.query[self.start : self.end]
        return whole[1:-1] if self.quoted else whole

    @property
    def text(self) -> str:
        """What is meant, escapes taken off."""
        return unescaped(self.raw, quoted=self.quoted)

    @property
    def pattern(self) -> Pattern | None:
        """The wildcards and what stands between them; None without wildcards, and in quotes."""
        return None if self.quoted else wildcards(self.raw)

    @property
    def shown(self) -> str:
        """The text for use in a message, cut where it is long."""
        limit = 40
        return self.raw if len(self.raw) <= limit else self.raw[:limit] + "\u2026"

    def replaced(self, text: str | None) -> str | None:
        """The whole query with something else in this place; None stays None."""
        return None if text is None else self.query[: self.start] + text + self.query[self.end :]
