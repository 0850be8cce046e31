"""Fixtures that several test files share: a small store of our own mail, and a client of the portal over it."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accounts_portal import kept_accounts
from elastic_cleanup import without_trace
from elastic_node import sharing
from flask import Flask
from flask.testing import FlaskClient
from inside import portal_of
from samples import MAIL

from app.settings import Settings
from store.accounts import Accounts
from store.embedded import EmbeddedStore
from store.events import EventStore


def pytest_configure(config: pytest.Config) -> None:
    """Pytest itself, which outlives its workers, answers for the node that the tests share."""
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
