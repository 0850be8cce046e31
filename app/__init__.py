"""The portal: pages, JSON API and command line; the only place that knows every part."""

from flask import Flask

from app import compression, details, errors, headers, language, preferences, script_texts, shown, static_files, suggest
from app.api import blueprint as api
from app.chart import blueprint as chart
from app.events import blueprint as event_pages
from app.health import blueprint as health
from app.help import blueprint as help_pages
from app.preferences import blueprint as choices
from app.services import Services
from app.settings import Settings
from store.events import EventStore


def create_app(settings: Settings, store: EventStore) -> Flask:
    """The web application over an open store; the caller opens it (after a fork) and closes it."""
    app = Flask(__name__, static_folder=None, template_folder=static_files.folder("templates"))
    app.url_map.strict_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Services(settings, store).init_app(app)
    static_files.init_app(app, static_files.folder("static"))
    language.init_app(app)
    preferences.init_app(app)
    script_texts.init_app(app)
    shown.init_app(app, settings.timezone)
    details.init_app(app, settings.timezone)
    suggest.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    compression.init_app(app)
    for section in (event_pages, chart, help_pages, choices, api, health):
        app.register_blueprint(section)
    return app
