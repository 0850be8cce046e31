"""What a request passes before Flask sees it, from the outside in."""

from flask import Flask

from app.hosts import KnownHosts
from app.observed import Observed
from app.proxies import BehindProxies
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Put the layers round this application: what proxies say is sorted out, the request gets its id, the host is checked."""
    inside = Observed(KnownHosts(app.wsgi_app, settings.hosts))
    app.wsgi_app = BehindProxies(inside, settings.trusted_proxies)  # type: ignore[assignment, method-assign]  # Flask's own way to add layers
