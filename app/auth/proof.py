"""Asks for the password again before what is sensitive, where it was given a while ago (OWASP ASVS 5.0, 7.5.1)."""

from flask import request

from app.errors import RefusedError
from app.noting import note_person
from app.services import services
from app.viewer import viewer
from store.customers import Identity, What
from store.customers.passwords import matches
from store.said import Said, say

_WRONG = say("This is not your password.")
_SIGN_IN = say("You have no password here. Sign out and in again, and do this within ten minutes.")


def person() -> Identity:
    """Who makes this request, with a session. Raises `RefusedError` for a program."""
    found = viewer().identity
    if found is None:
        raise RefusedError(403, "forbidden", say("This page is about a person who has signed in."))
    return found


def asked() -> bool:
    """Whether a form has to ask for the password."""
    return not services().directory.sessions.fresh(person().session)


def lacking(field: str = "proof") -> Said | None:
    """What is wrong with the password in a field of the form at hand; None where it is right, or was given lately."""
    who = person()
    if not asked():
        return None
    if not who.user.password:
        return _SIGN_IN
    return wrong(field)


def wrong(field: str) -> Said | None:
    """The same for a password that is asked for however lately one was given."""
    who = person()
    if not matches(request.form.get(field, ""), who.user.password):
        note_person(who.user, What.SIGN_IN_FAILED, "asked again")
        return _WRONG
    services().directory.sessions.prove(who.session)
    return None
