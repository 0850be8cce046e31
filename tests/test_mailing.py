"""Links by mail, taken in by a real server: who gets one, what it says, and what strangers are told."""

import queue
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from re import findall
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from inside import EVA, browser

from app import create_app
from app.auth.mailing import send_link
from app.settings import Settings, SettingsError
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore

FRESH = "seven kettles on a frozen harbour"


class Letterbox:
    """What the server has taken in."""

    def __init__(self) -> None:
        self.letters: queue.Queue[EmailMessage] = queue.Queue()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - the library's own
        """Take one letter."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.put(letter)
        return "250 taken"


@pytest.fixture
def letterbox() -> Letterbox:
    """An empty one."""
    return Letterbox()


@pytest.fixture(autouse=True)
def dutch(directory: Directory) -> None:
    """The language of Shop."""
    directory.change_customer("shop", lambda customer: msgspec.structs.replace(customer, language="nl"))


@pytest.fixture
def eva(directory: Directory) -> User:
    """A reader who was invited."""
    return directory.users.add(EVA, Role.READER, "shop")


@pytest.fixture
def site(mail_store: EmbeddedStore, directory: Directory, letterbox: Letterbox) -> Iterator[Flask]:
    """A portal that sends its mail to the server."""
    import socket  # noqa: PLC0415 - beside its one use

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(letterbox, hostname="127.0.0.1", port=port)
    server.start()
    settings = Settings(smtp_url=f"smtp://127.0.0.1:{port}", smtp_from="portal@portal.example")
    yield create_app(settings, mail_store, directory=directory)
    server.stop()


def test_a_forgotten_password_is_replaced_with_a_link_by_mail(site: Flask, eva: User, letterbox: Letterbox) -> None:
    """In plain text, in the language of the customer; the link works once."""
    client = browser(site)
    assert "/sign-in/forgotten" in client.get("/sign-in").text
    client.post("/sign-in/forgotten", data={"address": EVA.upper()})
    letter = letterbox.letters.get(timeout=20)
    assert letter["To"] == eva.address
    assert letter["From"] == "portal@portal.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "nieuw wachtwoord" in letter["Subject"]
    (link,) = findall(r"http://localhost(/welcome/\S+)", letter.get_content())
    assert client.post(link, data={"password": FRESH, "again": FRESH}).status_code == 303
    assert client.get("/events").status_code == 200
    assert client.get(link).status_code == 404


def test_nobody_is_told_whether_somebody_has_an_address(site: Flask, eva: User, letterbox: Letterbox) -> None:
    """The same page, and no letter to a stranger."""
    client = browser(site)
    pages = [client.post("/sign-in/forgotten", data={"address": address}) for address in ("nobody@shop.example", "nonsense", EVA)]
    assert {page.status_code for page in pages} == {200}
    assert len({page.text.split("<main")[1].split("</main")[0] for page in pages}) == 1
    assert letterbox.letters.get(timeout=20)["To"] == eva.address
    assert letterbox.letters.empty()


def test_one_address_is_not_flooded(site: Flask, eva: User) -> None:
    """Two a minute."""
    assert eva.id
    found = [browser(site).post("/sign-in/forgotten", data={"address": EVA}).status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_what_cannot_be_sent_is_said_to_who_asks(site: Flask, mail_store: EmbeddedStore, directory: Directory, eva: User) -> None:
    """So that the link is shown in its place; a password never goes without TLS."""
    with site.test_request_context():
        assert send_link(eva, "http://localhost/welcome/x", purpose="invitation")
    here = str(site.extensions["portal"].settings.smtp_url)
    for url in ("smtp://127.0.0.1:1", here.replace("//", "//user:secret@"), here.replace("smtp:", "smtps:"), None):
        broken = create_app(Settings(smtp_url=url, smtp_from="portal@portal.example"), mail_store, directory=directory)
        with broken.test_request_context():
            assert not send_link(eva, "http://localhost/welcome/x", purpose="invitation")


def test_without_mail_there_is_no_such_page(mail_store: EmbeddedStore, directory: Directory) -> None:
    """404, and an administrator makes a link."""
    client = browser(create_app(Settings(), mail_store, directory=directory))
    assert client.get("/sign-in/forgotten").status_code == 404
    assert "administrator" in client.get("/sign-in").text


@pytest.mark.parametrize("url", ["http://a.example", "smtp://", "smtp://a.example/path", "smtp://[", "smtp://a.example:0"])
def test_a_server_for_mail_that_cannot_be_is_no_setting(url: str) -> None:
    """Said with the way to write it."""
    with pytest.raises(SettingsError, match="PORTAL_SMTP_URL"):
        Settings.from_env({"PORTAL_SMTP_URL": url, "PORTAL_SMTP_FROM": "a@b.example"})
