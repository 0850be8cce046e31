"""Which stores the settings ask for, opened; the one place that chooses an engine.

The client of a cluster and accounts are imported with their first use: each takes longer to import than all of the rest, which every
command on the embedded engine, and every process that parses for one, would wait for.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings, SettingsError
from store.embedded import EmbeddedStore
from store.errors import StoreUnavailableError
from store.events import EventStore

if TYPE_CHECKING:
    from store.accounts import Accounts
    from store.customers import Directory
    from store.elastic import Address, ElasticStore

EVENTS = "events"  # the folder of the embedded event engine, in the data folder
ACCOUNTS = "accounts"  # the folder of the embedded Redis, likewise
_TURN_SECONDS = 20.0  # that a request waits for another process to end its writing
SAMPLE = Path("demo")  # where `portal demo` keeps its mail, in the data folder


class NoEventsError(StoreUnavailableError):
    """There is no event store where the settings say; the text says what to do."""


def open_events(settings: Settings, on_wait: Callable[[], None] = lambda: None) -> EventStore:
    """The event store of these settings, to write to: the first write makes it. Raises `SettingsError` as `usable` does.

    `on_wait` is called when a write has to wait for another's.
    """
    usable(settings.data)
    return _elastic(settings) or EmbeddedStore(_folder(settings), on_wait=on_wait)


def open_accounts(settings: Settings) -> "Accounts":
    """The accounts of these settings, to write to. Nothing is connected or started before the first use.

    Raises `SettingsError` as `usable` does.
    """
    if settings.redis_url is None:
        usable(settings.data)
    return made_accounts(settings)


def made_accounts(settings: Settings) -> "Accounts":
    """The accounts beside events that have been made earlier. Where the data folder is gone meanwhile every use says so."""
    from store.accounts import Accounts  # noqa: PLC0415 - see above

    return Accounts(settings.data / ACCOUNTS, settings.redis_url)


def made_directory(settings: Settings) -> "Directory":
    """Customers and users, in the same Redis as accounts."""
    from store.customers import Directory  # noqa: PLC0415 - see above
    from store.customers.secret_key import FILE, SecretKey  # noqa: PLC0415 - see above

    return Directory(
        settings.data / ACCOUNTS,
        settings.redis_url,
        secret=SecretKey(settings.data / FILE, settings.secret_key, settings.secret_keys_before),
    )


def open_directory(settings: Settings) -> "Directory":
    """Customers and users of these settings, to write to. Raises `SettingsError` as `usable` does."""
    if settings.redis_url is None:
        usable(settings.data)
    return made_directory(settings)


def has_accounts(settings: Settings) -> bool:
    """Whether there may be accounts: of an embedded Redis that has run, or in one with an address."""
    return settings.redis_url is not None or (settings.data / ACCOUNTS).is_dir()


def ready_events(settings: Settings) -> None:
    """See that there is an event store of this version, made where there is none.

    Raises `SettingsError` as `usable` does, and `StoreUnavailableError` for a store that this version cannot use.
    """
    if (cluster := _elastic(settings)) is not None:
        with closing(cluster):
            cluster.make()
        return
    if not has_events(settings.data):
        usable(settings.data)
    EmbeddedStore(_folder(settings)).make()


def made_events(settings: Settings, left: Callable[[], bool] = lambda: False) -> EventStore:
    """The event store that has been made earlier. Where it is gone meanwhile every use of it says so, and nothing is made anew.

    `left` says whether the one who asked has gone away, so that a search need not go on.
    """
    return _elastic(settings, left) or EmbeddedStore(_folder(settings), made=True, patience=_TURN_SECONDS)


def existing_events(settings: Settings, on_wait: Callable[[], None] = lambda: None) -> EventStore:
    """The event store of these settings, where there is one; nothing is made. Raises `NoEventsError` where there is none.

    `on_wait` as for `open_events`.
    """
    if (cluster := _elastic(settings)) is not None:
        if cluster.made():
            return cluster
        cluster.close()
        raise NoEventsError(
            f"There are no events of a portal named {settings.elasticsearch_index} on {address(settings).shown}: "
            "index something, or correct PORTAL_ELASTICSEARCH_URL or PORTAL_ELASTICSEARCH_INDEX."
        )
    folder = _folder(settings)
    if not has_events(settings.data):
        raise NoEventsError(f"There are no events in {folder.absolute()}: index something, or set PORTAL_DATA.{_hint(settings.data)}")
    return EmbeddedStore(_folder(settings), made=True, on_wait=on_wait)


def clustered(settings: Settings, left: Callable[[], bool] = lambda: False) -> "ElasticStore":
    """The store on the cluster of these settings, which are to name one; `left` as for `made_events`."""
    from store.elastic import ElasticStore  # noqa: PLC0415 - see above

    return ElasticStore(address(settings), prefix=settings.elasticsearch_index, left=left, shards=settings.elasticsearch_shards)


def embedded(settings: Settings) -> EmbeddedStore:
    """The embedded store in the data folder, whichever engine the settings ask for."""
    return EmbeddedStore(_folder(settings), made=True)


def checked_events(settings: Settings) -> EventStore:
    """The event store of these settings, to be checked: a cluster may be looked at before there is any event on it."""
    return _elastic(settings) or existing_events(settings)


def address(settings: Settings) -> "Address":
    """Where the cluster of these settings is."""
    from store.elastic import Address  # noqa: PLC0415 - see above

    urls = tuple(url.strip() for url in (settings.elasticsearch_url or "").split(","))
    return Address(urls, settings.elasticsearch_api_key, settings.elasticsearch_ca)


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


def _elastic(settings: Settings, left: Callable[[], bool] = lambda: False) -> "ElasticStore | None":
    """The store on the cluster of these settings; None where they name none."""
    return None if settings.elasticsearch_url is None else clustered(settings, left)


def _folder(settings: Settings) -> Path:
    return settings.data / EVENTS


def _hint(data: Path) -> str:
    """Where the sample mail is, if somebody looks for it beside it."""
    sample = data / SAMPLE
    return f" The sample mail of `portal demo` is in {sample}: PORTAL_DATA={sample}" if has_events(sample) else ""
