"""Who is looking, and so whose events may be seen: the one place that sign-in will change."""

from store.events import Scope


def scope() -> Scope:
    """The scope of this request: without sign-in the portal listens on loopback only and its reader is an operator."""
    return Scope.operator()
