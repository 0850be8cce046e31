"""Which stores the settings ask for, opened; the one place that chooses an engine."""

from collections.abc import Callable
from pathlib import Path

from app.settings import Settings, SettingsError
from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.events import EventStore

EVENTS = "events"  # the folder of the embedded event engine, in the data folder
SAMPLE = Path("demo")  # where `portal demo` keeps its mail, in the data folder


class NoEventsError(StoreUnavailableError):
    """There is no event store where the settings say; the text says what to do."""


def open_events(settings: Settings, on_wait: Callable[[], None] = lambda: None) -> EventStore:
    """The event store of these settings, to write to: the first write makes it. Raises `SettingsError` as `usable` does.

    `on_wait` is called when a write has to wait for another's.
    """
    usable(settings.data)
    return EmbeddedStore(_folder(settings), on_wait=on_wait)


def ready_events(settings: Settings) -> None:
    """See that there is an event store of this version, made where there is none.

    Raises `SettingsError` as `usable` does, and `StoreUnavailableError` for a store that this version cannot use.
    """
    if not has_events(settings.data):
        usable(settings.data)
    EmbeddedStore(_folder(settings)).make()


def made_events(settings: Settings) -> EventStore:
    """The event store that has been made earlier. Where it is gone meanwhile every use of it says so, and nothing is made anew."""
    return EmbeddedStore(_folder(settings), made=True)


def existing_events(settings: Settings) -> EventStore:
    """The event store of these settings, to be read; nothing is made. Raises `NoEventsError` where there is none."""
    folder = _folder(settings)
    if not has_events(settings.data):
        raise NoEventsError(f"There are no events in {folder.absolute()}: index something, or set PORTAL_DATA.{_hint(settings.data)}")
    return made_events(settings)


def has_events(data: Path) -> bool:
    """Whether there is an event store in this data folder, in whatever state."""
    return EmbeddedStore.is_in(data / EVENTS)


def usable(data: Path) -> None:
    """Make the data folder where it is missing; raises `SettingsError` where that cannot be, or nothing can be written there."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".portal-probe"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(unusable(data, error.strerror or "")) from error


def unusable(data: Path, reason: str) -> str:
    """The sentence for a data folder that cannot be made or written to."""
    return f"PORTAL_DATA: {data.absolute()} may not be written to ({reason}). Change its owner, or name another folder."


def _folder(settings: Settings) -> Path:
    return settings.data / EVENTS


def _hint(data: Path) -> str:
    """Where the sample mail is, if somebody looks for it beside it."""
    sample = data / SAMPLE
    return f" The sample mail of `portal demo` is in {sample}: PORTAL_DATA={sample}" if has_events(sample) else ""
