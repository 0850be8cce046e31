"""Fixtures that several test files share: a small store of our own mail, and a client of the portal over it."""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from accounts_portal import kept_accounts
from elastic_cleanup import without_trace
from elastic_node import sharing
from flask import Flask
from flask.testing import FlaskClient
from inside import EVA, PASSWORD, portal_of
from samples import MAIL

from app import create_app
from app.settings import Settings
from store.accounts import Accounts
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore
from store.events import EventStore


def pytest_configure(config: pytest.Config) -> None:
    """Pytest itself, which outlives its workers, answers for the node that the tests share."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it puts in the background so, and children inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        sharing.announce()


def pytest_unconfigure(config: pytest.Config) -> None:
    """However the tests ended, their node ends."""
    if not hasattr(config, "workerinput"):
        sharing.end_shared()


@pytest.fixture(scope="session")
def elastic_url() -> str:
    """The address of a real Elasticsearch that all tests of this run share: keep to indices of your own."""
    return sharing.shared()


@pytest.fixture(scope="module")
def mail_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """The sample mail in an embedded store; nobody writes to it."""
    store = EmbeddedStore(tmp_path_factory.mktemp("mail"))
    store.write(MAIL)
    yield store
    store.close()


@pytest.fixture(scope="module")
def portal(mail_store: EmbeddedStore) -> Flask:
    """The portal over the sample mail."""
    return portal_of(mail_store)


@pytest.fixture
def client(portal: Flask) -> FlaskClient:
    """A browser's or a program's side of the portal."""
    return portal.test_client()


@pytest.fixture
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Accounts of the recipients of the sample mail, of this test's own."""
    with kept_accounts(tmp_path_factory.mktemp("accounts")) as found:
        yield found


@pytest.fixture
def client_of() -> Iterator[Callable[[EventStore], FlaskClient]]:
    """Makes a client of a portal over a store of the test's own, which is closed after the test."""
    opened: list[EventStore] = []

    def client(store: EventStore) -> FlaskClient:
        opened.append(store)
        return portal_of(store).test_client()

    yield client
    for store in opened:
        store.close()


@pytest.fixture
def clock() -> Callable[[], int]:
    """The time of the directory, in ms; tests that move it have one of their own."""
    return lambda: time.time_ns() // 1_000_000


@pytest.fixture
def directory(tmp_path: Path, clock: Callable[[], int]) -> Iterator[Directory]:
    """One customer, Shop."""
    with closing(Directory(tmp_path / "redis", now=clock)) as found:
        found.add_customer("Shop", ("shop.example",))
        yield found


@pytest.fixture
def site(mail_store: EmbeddedStore, directory: Directory) -> Flask:
    """A portal over the sample mail that lets in whom the directory knows."""
    return create_app(Settings(), mail_store, directory=directory)


@pytest.fixture
def eva(directory: Directory) -> User:
    """A reader of Shop, who has a password."""
    return directory.users.add(EVA, Role.READER, "shop", PASSWORD)


@pytest.fixture(params=["embedded", "elastic"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of a portal of its own on either engine, in the environment as well, for commands; without any event."""
    url: str | None = request.getfixturevalue("elastic_url") if request.param == "elastic" else None
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    if url is None:
        yield Settings()
        return
    prefix = f"test-{secrets.token_hex(6)}"
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_URL", url)
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_INDEX", prefix)
    yield Settings(elasticsearch_url=url, elasticsearch_index=prefix)
    without_trace(url, [prefix])
