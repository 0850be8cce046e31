"""What a page of the Events section was asked for: its parameters as it reads them, and the links made from them."""

from collections.abc import Mapping
from typing import Final

from flask import request

from app import params
from app.links import NARROWING, POLLED, POSITION, SEARCH, Links
from app.preferences import kept_columns

PARAMETERS: Final = SEARCH + POSITION + NARROWING + POLLED


def asked_links() -> Links:
    """The links of the page that was asked for; types that cannot be are left to the check of the parameters."""
    known = {name: value for name, value in request.args.items() if name in PARAMETERS and name not in params.REPEATED}
    return Links(normal(known), tuple(value for value in request.args.getlist("type") if value.strip()))


def normal(arguments: Mapping[str, str]) -> dict[str, str]:
    """The parameters as the page reads them: a blank box is everything, and a typed date replaces a range.

    The columns are those that the reader has chosen where the address names none. A list with an end or an order of its own is not live.
    """
    kept = {name: value for name, value in arguments.items() if value.strip()}
    if "columns" not in kept and (chosen := kept_columns()):
        kept["columns"] = chosen
    if "to" in kept or "sort" in kept or "cursor" in kept:
        kept.pop("live", None)
    if "from" in kept or "to" in kept:
        kept.pop("range", None)
    return kept
