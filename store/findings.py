"""What a check of a part finds: one line of a report each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether it is well, what was looked at, and what was found; where it is not well, with what to do."""

    ok: bool
    about: str
    detail: str
