"""Whose users have to have a second step (OWASP ASVS 5.0, 6.3.3), and what is open to those who have not set one up yet."""

from typing import Final

from app.services import services
from app.viewer import Viewer
from store.customers import User
from store.customers.roles import Right
from store.said import say

ANSWER: Final = say(
    "A second step is demanded here. Set up an authenticator app first, at /configuration/me: until then nothing else is open to you."
)
_OPEN: Final = ("me.", "second-step.")  # the page about oneself, where an app is set up


def of(user: User) -> bool:
    """Whether this user is not to do without a second step."""
    whose = services().settings.second_step
    return whose == "everybody" or (whose == "administrators" and user.role.may(Right.MANAGE))


def withheld(viewer: Viewer, endpoint: str) -> bool:
    """Whether a view is kept from somebody until they have a second step. Programs have none: their token is a secret of its own."""
    user = None if viewer.identity is None else viewer.identity.user
    return user is not None and not user.secret and not endpoint.startswith(_OPEN) and of(user)
