"""Which version of the portal this is; the packaging reads it from here (pyproject.toml), so that a checkout knows it too."""

from typing import Final

VERSION: Final = "0.1.0"
