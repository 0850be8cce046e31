"""Sends a link to a user by mail, where mail is configured; whoever asks shows the link where it was not sent."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from logging import Logger
from threading import Thread
from typing import Final
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.language import gettext, in_language
from app.mail_settings import SCHEMES
from app.services import services
from store.customers import User

_PATIENCE: Final = 4.0  # seconds of each step; nobody waits longer for a page


def configured() -> bool:
    """Whether the portal sends mail."""
    return services().settings.smtp_url is not None


def send_link(user: User, address_of_link: str, *, purpose: str) -> bool:
    """Send a link to a user, in the language of their organisation, else of this request: `invitation` or `password`.

    False where no mail is configured, or it could not be handed over: then show the link. The log says why, and has no link.
    """
    settings = services().settings
    if settings.smtp_url is None:
        return False
    return _sent(settings.smtp_url, _message(user, address_of_link, purpose), current_app.logger)


def send_link_later(user: User, address_of_link: str, *, purpose: str) -> None:
    """The same beside the request, so that how long its answer takes does not tell whether there is such a user."""
    settings = services().settings
    if settings.smtp_url is not None:
        letter = _message(user, address_of_link, purpose)
        Thread(target=_sent, args=(settings.smtp_url, letter, current_app.logger), daemon=True).start()


def _message(user: User, link: str, purpose: str) -> EmailMessage:
    sender, message = services().settings.smtp_from or "", EmailMessage()
    customer = services().directory.customer(user.customer) if user.customer else None
    with in_language(customer.language if customer is not None else ""):
        subject, text = _words(purpose, link)
    message["From"], message["To"], message["Subject"] = sender, user.address, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5: no answering machine answers
    message.set_content(text)
    return message


def _sent(url: str, message: EmailMessage, log: Logger) -> bool:
    try:
        _hand_over(url, message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("mail was not sent: %s", type(error).__name__)
        return False
    return True


def _words(purpose: str, link: str) -> tuple[str, str]:
    if purpose == "invitation":
        first = gettext("You can come into the Management Portal. Choose a password here:")
        return gettext("Your way into the Management Portal"), f"{first}\n\n{link}\n\n{_last()}\n"
    first = gettext("Somebody asked for a new password for you in the Management Portal. Choose it here:")
    return gettext("A new password for the Management Portal"), f"{first}\n\n{link}\n\n{_last()}\n"


def _last() -> str:
    return gettext("This link works once, and not for long. If you did not expect it, do nothing: without it nothing changes.")


def _hand_over(url: str, message: EmailMessage) -> None:
    """Give a message to the server, over TLS where it is not on this machine and has it. A password never goes without TLS."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=_PATIENCE)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if parts.username:
            if not isinstance(server.sock, ssl.SSLSocket):
                raise smtplib.SMTPNotSupportedError("no TLS for the password")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
