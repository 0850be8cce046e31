"""Which stores the settings ask for, opened; the one place that chooses an engine."""

from collections.abc import Callable
from pathlib import Path

from app.settings import Settings, SettingsError
from store.embedded import EmbeddedStore
from store.events import EventStore


def open_events(settings: Settings, on_wait: Callable[[], None] = lambda: None) -> EventStore:
    """The event store of these settings, its folder made where it is missing; `on_wait` is called when a write has to wait for another's.

    Raises `SettingsError` as `events_folder` does.
    """
    return EmbeddedStore(events_folder(settings), on_wait=on_wait)


def events_folder(settings: Settings) -> Path:
    """The folder of the embedded event engine, made where it is missing.

    Raises `SettingsError` for settings this version cannot serve, and for a folder that cannot be made.
    """
    if settings.elasticsearch_url is not None:
        raise SettingsError("PORTAL_ELASTICSEARCH_URL: this version keeps events in its embedded engine only. Unset it.")
    folder = settings.data / "events"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"PORTAL_DATA: {folder} cannot be made: {error.strerror}. Name a folder that you may write to.") from error
    return folder
