"""What is kept of a visit to the provider until it leads back: in a signed cookie of ten minutes, for the pages of signing in alone."""

from datetime import datetime, timedelta
from typing import Final

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from app.services import services

_LIFE: Final = timedelta(minutes=10)
_PATH: Final = "/sign-in/"
_PAGES: Final = frozenset({"/sign-in/provider", "/sign-in/back"})


class ProviderState(SecureCookieSessionInterface):
    """Flask's session, which the portal uses for nothing else: its own sessions are in Redis."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None elsewhere, which is a session that keeps nothing."""
        return super().open_session(app, request) if request.path in _PAGES else None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Signed with a key of its own; None in a portal without users, where nobody can come back."""
        del app
        if services().kept_directory is None:
            return None
        return URLSafeTimedSerializer(services().directory.secret.derived("provider"))

    def get_cookie_name(self, app: Flask) -> str:
        """What it is called."""
        del app
        return "portal_provider"

    def get_cookie_path(self, app: Flask) -> str:
        """Sent to the pages of signing in alone."""
        del app
        return _PATH

    def get_cookie_secure(self, app: Flask) -> bool:
        """With TLS only over TLS."""
        del app
        return request.is_secure

    def get_cookie_samesite(self, app: Flask) -> str:
        """Lax: the way back from the provider is a link of another site."""
        del app
        return "Lax"

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Until the browser is closed; the signature ends before."""
        del app, session
        return None


def init_app(app: Flask) -> None:
    """Have this application keep it so."""
    app.session_interface = ProviderState()
    app.permanent_session_lifetime = _LIFE
