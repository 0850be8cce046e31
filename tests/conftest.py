"""Fixtures that several test files share: a small store of our own mail, and a client of the portal over it."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from samples import MAIL

from app import create_app
from app.settings import Settings
from store.embedded import EmbeddedStore
from store.events import EventStore


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
    return create_app(Settings(), mail_store)


@pytest.fixture
def client(portal: Flask) -> FlaskClient:
    """A browser's or a program's side of the portal."""
    return portal.test_client()


@pytest.fixture
def client_of() -> Iterator[Callable[[EventStore], FlaskClient]]:
    """Makes a client of a portal over a store of the test's own, which is closed after the test."""
    opened: list[EventStore] = []

    def client(store: EventStore) -> FlaskClient:
        opened.append(store)
        return create_app(Settings(), store).test_client()

    yield client
    for store in opened:
        store.close()
