"""The portal: pages, JSON API and command line; the only place that knows every part."""

from flask import Flask

from app import (
    compression,
    details,
    errors,
    front,
    headers,
    language,
    noting,
    pieces,
    preferences,
    script_texts,
    shown,
    static_files,
    suggest,
)
from app.accounts import api as accounts_api
from app.accounts import doubtful, importing, in_path, listing, one
from app.accounts import shown as accounts_shown
from app.api import blueprint as api
from app.auth import forgotten, gate, limits, me, provider, provider_sign_in, provider_state, role_words, second_step, sign_in, welcome
from app.auth.identify import Known
from app.chart import blueprint as chart
from app.events import blueprint as event_pages
from app.health import blueprint as health
from app.help import blueprint as help_pages
from app.hooks import ses
from app.hooks.aws import Aws
from app.ingest import blueprint as incoming
from app.metrics import blueprint as figures
from app.openapi.document import blueprint as api_document
from app.people import audit, audit_words, customers, tabs, tokens, users
from app.preferences import blueprint as choices
from app.services import Services
from app.settings import Settings
from app.viewer import Identify
from app.zone import zone
from store.accounts import Accounts
from store.customers import Directory
from store.events import EventStore


def create_app(
    settings: Settings,
    store: EventStore,
    accounts: Accounts | None = None,
    *,
    directory: Directory | None = None,
    identify: Identify | None = None,
) -> Flask:
    """The web application over open stores; the caller opens them (after a fork) and closes them. Without accounts that section is away.

    `identify` says who makes a request, by itself whom the directory knows; with neither nobody is let in.
    """
    app = Flask(__name__, static_folder=None, template_folder=static_files.folder("templates"))
    app.url_map.strict_slashes = False
    in_path.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Services(settings, store, accounts, directory).init_app(app)
    static_files.init_app(app, static_files.folder("static"))
    language.init_app(app)
    preferences.init_app(app)
    script_texts.init_app(app)
    shown.init_app(app, zone)
    pieces.init_app(app, zone)
    details.init_app(app, zone)
    suggest.init_app(app)
    accounts_shown.init_app(app)
    role_words.init_app(app)
    audit_words.init_app(app)
    tabs.init_app(app)
    headers.init_app(app)
    gate.init_app(app, identify or (Known(directory) if directory is not None else lambda: None))
    noting.init_app(app)
    errors.init_app(app)
    provider.init_app(app, settings)
    provider_state.init_app(app)
    ses.init_app(app, Aws())
    compression.init_app(app)
    sections = (
        event_pages,
        chart,
        help_pages,
        choices,
        api,
        health,
        sign_in.blueprint,
        provider_sign_in.blueprint,
        forgotten.blueprint,
        welcome.blueprint,
        figures,
        incoming,
        ses.blueprint,
        api_document,
        me.blueprint,
        second_step.blueprint,
        listing.blueprint,
        doubtful.blueprint,
        importing.blueprint,
        one.blueprint,
        accounts_api.blueprint,
        tabs.blueprint,
        users.blueprint,
        tokens.blueprint,
        audit.blueprint,
        customers.blueprint,
    )
    for section in sections:
        app.register_blueprint(section)
    front.init_app(app, settings)
    limits.init_app(app, settings.rate_limit, (api, accounts_api.blueprint), None if directory is None else directory.redis)
    return app
