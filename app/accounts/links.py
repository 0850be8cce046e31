"""The addresses of the Accounts section: the state of the list is in its URL and nowhere else."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

LIST: Final = ("q", "sort", "filter")  # what is listed, and in which order
PLACE: Final = ("cursor", "seen")  # where in the list
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class ListLinks:
    """Addresses made from the parameters of the list that shows them; None in a change drops a parameter."""

    arguments: Mapping[str, str]

    def search(self, **changes: str | None) -> str:
        """Another list, from its beginning."""
        return f"/accounts{_query(self.fields(LIST, **changes))}"

    def following(self, cursor: str, seen: int) -> str:
        """The rows after those that are shown."""
        return f"/accounts{_query([*self.fields(LIST), ('cursor', cursor), ('seen', str(seen))])}"

    def kept(self, *left_out: str) -> list[tuple[str, str]]:
        """The hidden fields of a form that asks for the same list but for what is left out."""
        return self.fields([name for name in LIST if name not in left_out])

    def fields(self, names: Sequence[str], **changes: str | None) -> list[tuple[str, str]]:
        """Those parameters that have a value, always in the same order."""
        values = {**self.arguments, **changes}
        return [(name, value) for name in names if (value := values.get(name))]


def account_page(address: str, act: str = "", **parameters: str | None) -> str:
    """The address of an account, or of something that is done with it (`act`); parameters without a value are left out."""
    path = f"/accounts/{quote(address, safe='@+')}{f'/{act}' if act else ''}"
    return path + _query([(name, value) for name, value in parameters.items() if value])


def anchor(address: str) -> str:
    """The id that the row of an account has on a page, so that the focus finds it again."""
    return f"a-{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:_DIGITS]}"


def _query(pairs: list[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""
