"""Messages of Amazon SNS: what they say, and whether AWS has signed them.

Source: Amazon SNS Developer Guide, "Parsing Amazon SNS message formats" and "Verifying the signatures of Amazon SNS messages".
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from store.said import Said, say

# Only where AWS itself answers: whoever could name another address would have the portal ask there (server-side request forgery).
_SITE: Final = r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_ADDRESS: Final = re.compile(_SITE + "/[!-~]{0,2000}")
_CERTIFICATE: Final = re.compile(_SITE + r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_HASHES: Final[dict[str, HashAlgorithm]] = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - version 1 is what a topic has unless told otherwise
_UNREADABLE: Final = say(
    "The body is no message of Amazon SNS. Subscribe this address to the topic with raw message delivery switched off: raw messages are "
    "not signed."
)


class SnsError(Exception):
    """A message that cannot be taken; `message` says why and what to do."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)
        self.message = message


class Kind(StrEnum):
    """What a message is about."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    END = "UnsubscribeConfirmation"


class Message(msgspec.Struct, frozen=True, rename="pascal"):
    """One message as it came; the names are those of SNS."""

    type: Kind
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature: str
    signature_version: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_url: str | None = msgspec.field(default=None, name="SubscribeURL")


_MESSAGE: Final = msgspec.json.Decoder(Message)


def read(body: bytes) -> Message:
    """The message in the body of a request. Raises `SnsError`."""
    try:
        return _MESSAGE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnsError(_UNREADABLE) from error


def verify(message: Message, certificate: Callable[[str], bytes], now: datetime) -> None:
    """Return where AWS has signed the message; `certificate` fetches one in PEM from an address that `of_aws` lets pass.

    Raises `SnsError`.
    """
    address = message.signing_cert_url
    if not _CERTIFICATE.fullmatch(address):
        raise SnsError(say("SigningCertURL is no address of Amazon SNS."))
    algorithm = _HASHES.get(message.signature_version)
    if algorithm is None:
        raise SnsError(say("SignatureVersion is neither 1 nor 2."))
    try:
        known = x509.load_pem_x509_certificate(certificate(address))
        key = known.public_key()
        signature = base64.b64decode(message.signature, validate=True)
    except (ValueError, binascii.Error):
        raise SnsError(say("The signature or its certificate cannot be read.")) from None
    if not known.not_valid_before_utc <= now <= known.not_valid_after_utc:
        raise SnsError(say("The certificate of the signature is over, or not valid yet. Check the clock of this machine."))
    if not isinstance(key, RSAPublicKey):
        raise SnsError(say("The certificate of the signature has no RSA key."))
    try:
        key.verify(signature, _signed(message), PKCS1v15(), algorithm)
    except InvalidSignature:
        raise SnsError(say("The signature is not of this message: it was changed on its way, or AWS has not sent it.")) from None


def of_aws(address: str) -> bool:
    """Whether an address is one of Amazon SNS: https, on the usual port, without a name before it."""
    return _ADDRESS.fullmatch(address) is not None


def _signed(message: Message) -> bytes:
    """What the signature is over: these fields in the order of their names, each a line of its name and a line of its value."""
    pairs = [("Message", message.message), ("MessageId", message.message_id)]
    if message.type is Kind.NOTIFICATION:
        pairs += [("Subject", message.subject)] if message.subject is not None else []
    else:
        pairs += [("SubscribeURL", message.subscribe_url or "")]
    pairs += [("Timestamp", message.timestamp)]
    if message.type is not Kind.NOTIFICATION:
        pairs += [("Token", message.token or "")]
    pairs += [("TopicArn", message.topic_arn), ("Type", str(message.type))]
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode("utf-8", "replace")
