"""Dutch mobile numbers in their usual spellings, read quicker than by the whole of phonenumbers: most rows of an import are such.

What a Dutch mobile number is stands in the library's own tables, so both say the same; whatever is not surely one is left to the library.
"""

import re
from functools import cache
from typing import Final

from phonenumbers import PhoneMetadata, PhoneNumberDesc

_REGION: Final = "NL"
_USUAL: Final = re.compile(r"(?:\+31|0031|0)[ -]?(6(?:[ -]?[0-9]){8})")  # one sign at most between two digits
# The kinds that the library tries before it says mobile (its `number_type`).
_BEFORE: Final = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
)  # fmt: skip


def e164_of(typed: str) -> str | None:
    """The number in E.164; None for anything but a Dutch mobile number that is written as usual, read as from the Netherlands."""
    found = _USUAL.fullmatch(typed)
    if found is None:
        return None
    digits = found[1].replace(" ", "").replace("-", "")
    needed, excluded = _rules()
    if all(rule.fullmatch(digits) for rule in needed) and not any(rule.fullmatch(digits) for rule in excluded):
        return f"+31{digits}"
    return None


@cache
def _rules() -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
    """What the digits have to match, and what they may not."""
    metadata = PhoneMetadata.metadata_for_region(_REGION)
    if metadata is None:
        return [_rule(None)], []  # nothing is surely one
    return [_rule(metadata.general_desc), _rule(metadata.mobile)], [_rule(getattr(metadata, name)) for name in _BEFORE]


def _rule(description: PhoneNumberDesc | None) -> re.Pattern[str]:
    """The pattern of a kind; of one that there is not, one that nothing matches."""
    return re.compile((description.national_number_pattern if description is not None else None) or r"(?!)")
