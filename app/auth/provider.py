"""Signing in through a provider of OpenID Connect: where to send somebody, and who it says has come back. Authlib does the protocol.

Nothing is asked but at the issuer of the settings and at what it names, over TLS, without following redirects, and not for long.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app
from joserfc.errors import JoseError
from requests import RequestException, Response
from werkzeug.wrappers import Response as PlainResponse

from app.provider_settings import safe
from app.settings import Settings

_KEY: Final = "portal-provider"
_PATIENCE: Final = 5.0  # seconds
_LONGEST: Final = 255  # characters of a subject, OpenID Connect Core, 2
# Signatures that only the provider can make: none at all, or one with the shared secret, is not taken (RFC 8725, 3.1).
_SIGNATURES: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
_DISCOVERY: Final = "/.well-known/openid-configuration"


class ProviderError(Exception):
    """The provider is away, or what it says cannot be taken. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who has signed in at the provider; `address` only where it says that it has seen to it that it is theirs."""

    subject: str  # with the issuer before it: what nobody else has
    address: str


class _Careful(OAuth2Session):  # type: ignore[misc]  # Authlib ships no types
    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - the library's own signature
        if not safe(url.partition("?")[0]):
            raise ProviderError(f"it names an address that is not https: {urlsplit(url).hostname}")
        answer: Response = super().request(method, url, *args, **kwargs | {"timeout": _PATIENCE, "allow_redirects": False})
        if answer.is_redirect:
            raise ProviderError("it answers with a redirect, which is not followed")
        return answer


class _App(FlaskOAuth2App):  # type: ignore[misc]  # likewise
    client_cls = _Careful


class Provider:
    """The provider of these settings. Every call raises `ProviderError`."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer or ""
        self._client = OAuth(app).register(
            "provider",
            client_cls=_App,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=self._issuer.rstrip("/") + _DISCOVERY,
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
        )

    def way_there(self, back: str) -> PlainResponse:
        """A redirect to the provider, which leads back to that address, with state, nonce and a challenge (PKCE, RFC 7636)."""
        try:
            self._checked()
            answer: PlainResponse = self._client.authorize_redirect(back)
        except (AuthlibBaseError, RequestException, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise ProviderError(_said(error)) from error
        return answer

    def who(self) -> Claimed:
        """Who has come back with this request, checked as OpenID Connect Core 3.1.3.7 says."""
        try:
            self._checked()
            token = self._client.authorize_access_token()
            claims = token.get("userinfo") or {}
            if not claims.get("sub"):
                raise ProviderError("it sent no id token")
            if "email" not in claims:
                claims = self._more(token, claims["sub"])
        except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise ProviderError(_said(error)) from error
        subject, address = str(claims["sub"]), claims.get("email")
        if len(subject) > _LONGEST:
            raise ProviderError("its subject is longer than 255 characters")
        vouched = claims.get("email_verified") in (True, "true")  # some providers write the word
        return Claimed(f"{self._issuer} {subject}", address if vouched and isinstance(address, str) else "")

    def _more(self, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the provider tells apart from the token, if it is about the same person (OpenID Connect Core, 5.3.2)."""
        told: dict[str, Any] = dict(self._client.userinfo(token=token))
        if told.get("sub") != subject:
            raise ProviderError("it told of somebody else than it had signed in")
        return told

    def _checked(self) -> None:
        """See that the provider is the one that it was asked as (OpenID Connect Discovery, 4.3), and which signatures are taken."""
        metadata = self._client.load_server_metadata()
        if metadata.get("issuer") != self._issuer:
            self._client.server_metadata.pop("_loaded_at", None)
            raise ProviderError("it calls itself otherwise than PORTAL_OIDC_ISSUER")
        if not safe(str(metadata.get("authorization_endpoint", "")).partition("?")[0]):
            raise ProviderError("its page for signing in is not https")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = sorted(_SIGNATURES.intersection(offered))


def init_app(app: Flask, settings: Settings) -> None:
    """Keep the provider of these settings in this application, where they name one."""
    app.extensions[_KEY] = Provider(app, settings) if settings.oidc_issuer else None


def provider() -> Provider | None:
    """The provider of the application that answers this request."""
    found: Provider | None = current_app.extensions[_KEY]
    return found


def _said(error: Exception) -> str:
    """The kind of what went wrong, without what came from outside."""
    return f"{type(error).__name__}{f' ({error.error})' if isinstance(error, AuthlibBaseError) and error.error else ''}"
