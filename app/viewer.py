"""Who is looking, and so whose events and accounts may be seen: the one place that sign-in will change."""

from typing import Final

from store.accounts import DEFAULT
from store.events import Scope

_OPERATOR: Final = "operator"


def scope() -> Scope:
    """The scope of this request: without sign-in the portal listens on loopback only and its reader is an operator of the one customer."""
    return Scope.operator(DEFAULT)


def actor() -> str:
    """Who changes what this request changes."""
    return _OPERATOR
