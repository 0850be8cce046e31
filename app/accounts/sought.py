"""What somebody types to find addresses: how it is read, and where it stands in what was found."""

from typing import Final

from store.addresses import BadAddressError, normalised
from store.words import lower

MOST: Final = 254  # characters: no address has more


def sought(typed: str) -> str:
    """The text that addresses must contain; a whole address as it is pasted is one, also with its domain in another script."""
    text = lower(typed.strip())
    if "@" in text and (not text.isascii() or text[0] in "<'\"" or text.startswith("mailto:")):
        try:
            return normalised(typed)
        except BadAddressError:
            return text
    return text


def whole(typed: str) -> str | None:
    """The address that was typed, where it is a whole one."""
    try:
        return normalised(typed)
    except BadAddressError:
        return None


def parts(address: str, text: str) -> list[tuple[str, bool]]:
    """An address cut into pieces, each with whether it is what was sought."""
    found: list[tuple[str, bool]] = []
    at = 0
    while text and (start := address.find(text, at)) >= 0:
        found += [(address[at:start], False), (text, True)]
        at = start + len(text)
    return [piece for piece in [*found, (address[at:], False)] if piece[0]]
