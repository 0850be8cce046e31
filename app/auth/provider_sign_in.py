"""The way in through a provider of OpenID Connect: there, and back as a user who was invited here."""

import msgspec
from flask import Blueprint, current_app, request, session, url_for
from flask.typing import ResponseReturnValue

from app.auth.provider import Claimed, Provider, ProviderError, provider
from app.auth.returning import wanted
from app.auth.rights import for_strangers
from app.auth.sign_in import begun, form_page
from app.errors import RefusedError, request_id
from app.noting import note_person
from app.services import services
from store.customers import CannotError, User, What
from store.said import say

blueprint = Blueprint("provider", __name__)

_AWAY = say("Signing in that way does not work just now. Try again in a minute, or use your password.")
_NOBODY = say("You signed in there, but nobody here has that address. Ask an administrator of your organisation to invite you.")
_DOUBTFUL = say(
    "You signed in there, but it does not vouch for your e-mail address, so we cannot tell who you are here. Use your password."
)
_OTHER = say("Your user here belongs to another account there. Sign in with that one, or use your password.")


@blueprint.get("/sign-in/provider")
@for_strangers
def there() -> ResponseReturnValue:
    """Lead to the provider."""
    session["next"] = wanted(request.args.get("next", ""))
    session.permanent = True
    try:
        return _provider().way_there(url_for("provider.back", _external=True))
    except ProviderError as error:
        return _away(error)


@blueprint.get("/sign-in/back")
@for_strangers
def back() -> ResponseReturnValue:
    """Take who comes back: by what the provider calls them, else once by their address. Nobody is made by this."""
    after = wanted(session.get("next", ""))
    try:
        claimed = _provider().who()
    except ProviderError as error:
        return _away(error)
    finally:
        session.clear()
    try:
        user = _user(claimed)
    except CannotError as error:
        return form_page(error.message, status=403, next=after)
    return begun(user, after, "provider", whole=not user.secret)


def _user(claimed: Claimed) -> User:
    """Whose subject this is. Raises `CannotError` where it is nobody's and cannot become anybody's."""
    users = services().directory.users
    user = users.of_subject(claimed.subject)
    if user is None:
        if not claimed.address:
            raise CannotError(_DOUBTFUL)
        user = users.named(claimed.address)
        if user is not None and not user.disabled:
            user = users.change(user.id, lambda now: _bound(now, claimed.subject))
    if user is None or user.disabled:
        raise CannotError(_NOBODY)
    return user


def _bound(user: User, subject: str) -> User:
    if user.subject not in {"", subject}:
        note_person(user, What.SIGN_IN_FAILED, "another account at the provider")
        raise CannotError(_OTHER)
    return msgspec.structs.replace(user, subject=subject)


def _away(error: ProviderError) -> ResponseReturnValue:
    current_app.logger.warning("request %s: the provider of OpenID Connect: %s", request_id(), error)
    return form_page(_AWAY, status=503, next=wanted(session.get("next", "")))


def _provider() -> Provider:
    found = provider()
    if found is None:
        raise RefusedError(404, "not_found", say("This portal has no other way to sign in than a password."))
    return found
