"""What the accounts of a customer are named in Redis: the only place that makes a key."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

CUSTOMERS: Final = "portal:accounts:customers"  # a set: who has any


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of one customer; the braces keep them together on a cluster of Redis.

    `records`: address to record. `order`: addresses by last mail. `graves`: deleted accounts, `buried`: by when. `histories`: the lines
    before the newest. `log` and `meta`: which addresses were touched, for the indexes of the processes.
    """

    customer: str

    def key(self, what: str) -> str:
        """The key of one of the above."""
        return f"portal:accounts:{{{quote(self.customer, safe='')}}}:{what}"

    @property
    def seen(self) -> list[str]:
        """The keys that `seen.lua` works on, in its order."""
        return [self.key(what) for what in ("log", "meta", "records", "order", "graves")]

    @property
    def change(self) -> list[str]:
        """The keys that `change.lua` works on, in its order."""
        return [*self.seen, self.key("histories"), self.key("buried")]

    @property
    def every(self) -> list[str]:
        """All of them."""
        return self.change
