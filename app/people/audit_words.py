"""The kinds of entries of the audit trail in words."""

from typing import Final

from flask import Flask

from app.language import gettext
from app.shown import visible
from store.customers import What

_WORDS: Final = {
    What.SIGNED_IN: "Signed in",
    What.SIGN_IN_FAILED: "Signing in failed",
    What.SIGNED_OUT: "Signed out",
    What.SESSION_ENDED: "Session ended",
    What.PASSWORD_SET: "Password set",
    What.SECOND_STEP_ON: "Second step switched on",
    What.SECOND_STEP_OFF: "Second step switched off",
    What.SAW_EVENTS_OF: "Looked at events",
    What.SAW_ACCOUNT: "Looked at the account",
    What.SAW_NUMBER: "Looked at the whole number",
    What.CHANGED_ACCOUNT: "Account changed",
    What.DELETED_ACCOUNT: "Account deleted",
    What.IMPORTED: "Numbers imported",
    What.EXPORTED_EVENTS: "Events exported",
    What.EXPORTED_ACCOUNTS: "Accounts exported",
    What.EXPORTED_AUDIT: "Audit trail exported",
    What.USER_ADDED: "User added",
    What.USER_CHANGED: "User changed",
    What.USER_REMOVED: "User removed",
    What.TOKEN_ADDED: "Token added",
    What.TOKEN_REVOKED: "Token revoked",
    What.CUSTOMER_ADDED: "Customer added",
    What.CUSTOMER_CHANGED: "Customer changed",
    What.CUSTOMER_REMOVED: "Customer removed",
    What.LOOKED_AT_CUSTOMER: "Looked at a customer's things",
    What.FORGOTTEN: "Person erased",
}
_VIA: Final = {"page": "in a page", "api": "through the API", "command": "by a command"}
NAMES: Final = (*_WORDS.values(), *_VIA.values())  # for the catalogue of messages


def what_words(what: str) -> str:
    """A kind in the reader's language; one of a version to come as it is."""
    return gettext(_WORDS[What(what)]) if what in set(What) else visible(what)


def via_words(via: str) -> str:
    """By which way, likewise."""
    return gettext(_VIA[via]) if via in _VIA else visible(via)


def init_app(app: Flask) -> None:
    """Give the templates both."""
    app.jinja_env.filters |= {"what_words": what_words, "via_words": via_words}
