"""Which right a view asks for: said at the view, with defaults that let nobody in by oversight."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from store.customers.roles import Right

V = TypeVar("V", bound=Callable[..., Any])
_NEEDED: Final = "_needed_right"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def needs(right: Right) -> Callable[[V], V]:
    """Mark a view: only for those who have this right."""
    return lambda view: _marked(view, right)


def for_strangers(view: V) -> V:
    """Mark a view: for everybody, signed in or not."""
    return _marked(view, None)


def for_everyone_inside(view: V) -> V:
    """Mark a view: for everybody who is signed in, whatever it changes of their own."""
    return _marked(view, Right.READ)


def needed(view: Callable[..., Any], method: str) -> Right | None:
    """The right that a request needs; None for what is open to strangers. Unmarked, what may change something takes the right to edit."""
    marked: Right | None = getattr(view, _NEEDED, Right.READ if method in _SAFE else Right.EDIT)
    return marked


def _marked(view: V, right: Right | None) -> V:
    setattr(view, _NEEDED, right)
    return view
