"""Who is looking, and so whose events and accounts may be seen: every view gets its scope here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from flask import g

from store.accounts import DEFAULT
from store.customers import Customer, Identity, Role, Token
from store.events import Scope

_OPERATOR: Final = Scope.operator(DEFAULT)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who was let in, a person or a program. `name` is what histories have; `customer` is whose things are looked at."""

    name: str
    role: Role
    scope: Scope
    customer: Customer | None = None
    identity: Identity | None = None  # of a person

    @classmethod
    def person(cls, identity: Identity) -> "Viewer":
        """Who comes with a session. An operator sees everything until they look at one customer."""
        scope = _OPERATOR if identity.customer is None else identity.customer.scope
        return cls(identity.user.address, identity.user.role, scope, identity.customer, identity)

    @classmethod
    def program(cls, token: Token, customer: Customer | None) -> "Viewer":
        """What comes with a token."""
        return cls(f"token {token.label}", token.role, _OPERATOR if customer is None else customer.scope, customer)


Identify: TypeAlias = Callable[[], Viewer | None]  # who makes the request at hand


def let_in(viewer: Viewer | None) -> None:
    """Remember who makes this request."""
    g.viewer = viewer


def known() -> Viewer | None:
    """Who makes this request; None for a stranger."""
    found: Viewer | None = g.get("viewer")
    return found


def viewer() -> Viewer:
    """Who makes this request. A view that strangers may ask for does not call this."""
    found = known()
    if found is None:
        raise RuntimeError("a view for strangers asks who is looking")
    return found


def scope() -> Scope:
    """The scope of this request."""
    return viewer().scope


def actor() -> str:
    """Who changes what this request changes."""
    return viewer().name
