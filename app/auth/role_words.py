"""The roles as people read them: a word, and what it lets one do."""

from typing import Final

from flask import Flask

from app.language import said
from store.customers import Role
from store.said import Said, say

_WORDS: Final[dict[Role, tuple[Said, Said]]] = {
    Role.READER: (say("Reader"), say("sees mail, accounts and figures")),
    Role.EDITOR: (say("Editor"), say("sees the same and changes phone numbers")),
    Role.ADMIN: (say("Administrator"), say("does the same, lets others in and sees who did what")),
    Role.OPERATOR: (say("Operator"), say("sees and changes everything of every organisation")),
    Role.INGEST: (say("Source"), say("sends events in, and sees nothing")),
}


def role_word(role: Role) -> str:
    """A role in one word, in the language of the request."""
    return said(_WORDS[role][0])


def role_about(role: Role) -> str:
    """What a role lets one do, likewise."""
    return said(_WORDS[role][1])


def init_app(app: Flask) -> None:
    """Give the templates both."""
    app.jinja_env.filters |= {"role_word": role_word, "role_about": role_about}
