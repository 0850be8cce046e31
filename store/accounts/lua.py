"""The scripts in `scripts/`: what is to happen in Redis as one step."""

from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("scripts")
_READING: Final = frozenset({"since", "everything"})


@cache
def script(name: str) -> str:
    """The text of a script; those that change something begin with how changes are noted."""
    text = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    return text if name in _READING else (_FOLDER / "changes.lua").read_text(encoding="utf-8") + text
