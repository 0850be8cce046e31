"""Events that Amazon SES sends through SNS: only what AWS has signed, only those of the token's customer, each once.

AWS itself is a small server here, on 127.0.0.1, which the names of its hosts lead to; keys, certificates and signatures are real.
"""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from ses_records import record

from app import create_app
from app.hooks import ses
from app.hooks.aws import Aws
from app.hooks.sns import of_aws
from app.settings import Settings
from store.customers import Directory, Role
from store.embedded import EmbeddedStore
from store.events import Query, Scope
from store.tree import All

REGION: Final = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE: Final = f"{REGION}/SimpleNotificationService-0123456789abcdef.pem"
PATH: Final = CERTIFICATE.removeprefix(REGION)
CONFIRM: Final = f"{REGION}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:1:mail&Token=abc"
TOPIC: Final = "arn:aws:sns:eu-central-1:1:mail"
KEY: Final = rsa.generate_private_key(65537, 2048)
HASHES: Final = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - what SNS signs with


def pem(key: rsa.RSAPrivateKey = KEY, days: int = 100) -> bytes:
    """A certificate of a key that is good until then; one that is over was good before."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=200)).not_valid_after(now + timedelta(days=days))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


class Amazon:
    """What stands at AWS' addresses, and what was asked there."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.missing = 0  # bytes of an answer that breaks off
        self.answers: dict[str, tuple[int, bytes]] = {
            urlsplit(CERTIFICATE).path: (200, pem()),
            "/": (200, b"<ConfirmSubscriptionResponse/>"),
        }


class There(HTTPAdapter):
    """Leads the names of AWS to this machine."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - the library's own signature
        """Ask here in place of there."""
        assert request.url
        parts = urlsplit(request.url)
        request.url = f"http://127.0.0.1:{self._port}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return super().send(request, *args, **kwargs)


@pytest.fixture
def amazon() -> Amazon:
    """AWS as these tests have it."""
    return Amazon()


@pytest.fixture
def aws(amazon: Amazon) -> Iterator[Aws]:
    """The portal's way there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            amazon.asked.append(self.path)
            status, body = amazon.answers.get(urlsplit(self.path).path, (404, b""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(body) + amazon.missing))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, requests.Session() as session:
        session.trust_env = False
        session.mount("https://", There(server.server_port))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Aws(session)
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Without any event."""
    with closing(EmbeddedStore(tmp_path / "events")) as found:
        yield found


@pytest.fixture
def whole(store: EmbeddedStore, directory: Directory, aws: Aws, tmp_path: Path) -> Flask:
    """A portal that asks AWS as it is here."""
    directory.add_customer("Bedrijf", ("bedrijf.example",))
    app = create_app(Settings(data=tmp_path), store, directory=directory)
    ses.init_app(app, aws)
    return app


@pytest.fixture
def caller(whole: Flask) -> FlaskClient:
    """SNS, as the portal meets it."""
    return whole.test_client(use_cookies=False)


@pytest.fixture
def hook(directory: Directory) -> str:
    """The address that the customer of the records' sender has given to SNS."""
    return f"/hooks/ses/{directory.tokens.add('sns', Role.INGEST, 'bedrijf', by='a test')[0]}"


def message(kind: str = "Notification", text: str | None = None, version: str = "1", key: rsa.RSAPrivateKey = KEY, **changed: str) -> bytes:
    """A message of SNS with its signature; by itself a delivery."""
    content = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(record("Delivery")) if text is None else text,
        "Timestamp": "2026-11-25T09:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
    }
    content |= {"Token": "abc", "SubscribeURL": CONFIRM} if kind != "Notification" else {}
    content |= changed
    names = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
    signed = "".join(f"{name}\n{content[name]}\n" for name in names if name in content)
    signature = key.sign(signed.encode(), PKCS1v15(), HASHES.get(version, SHA1()))  # noqa: S303 - see above
    return json.dumps({"Signature": base64.b64encode(signature).decode()} | content).encode()


NAMES: Final = sorted(json.loads(message("SubscriptionConfirmation")))
ALIKE: Final = st.recursive(  # JSON with the names that a message has
    st.none() | st.booleans() | st.text(max_size=9), lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner)
)


def count(store: EmbeddedStore) -> int:
    """How many events there are."""
    return store.count(Query(All()), Scope.operator("default"))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("more", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_what_aws_has_signed_is_kept_once_however_often_it_is_sent(
    caller: FlaskClient, hook: str, store: EmbeddedStore, version: str, more: dict[str, str]
) -> None:
    """By either version of signatures, with a subject and without; SNS sends at least once."""
    first, again = (caller.post(hook, data=message(version=version, **more), content_type="text/plain; charset=UTF-8") for _ in range(2))
    assert (first.status_code, first.json) == (200, {"read": 1, "events": 1, "new": 1, "rejected": [], "more_rejected": 0})
    assert again.json == first.json | {"new": 0}
    assert count(store) == 1


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "TopicArn", "Signature", "Type", "Subject"])
def test_what_was_changed_on_its_way_is_refused(caller: FlaskClient, hook: str, store: EmbeddedStore, name: str) -> None:
    """Whatever it is that was changed."""
    sent = json.loads(message(Subject="as it was"))
    other = {"Signature": base64.b64encode(bytes(256)).decode(), "Type": "UnsubscribeConfirmation", "Message": json.dumps(record("Bounce"))}
    answer = caller.post(hook, data=json.dumps(sent | {name: other.get(name, "changed")}))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "bad_signature")
    assert count(store) == 0


def test_a_key_of_somebody_else_is_refused(caller: FlaskClient, hook: str, store: EmbeddedStore) -> None:
    """The certificate is the one that AWS has at its address."""
    answer = caller.post(hook, data=message(key=rsa.generate_private_key(65537, 2048)))
    assert answer.json["error"]["code"] == "bad_signature"
    assert count(store) == 0


FOREIGN = [
    "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
    "https://evil.example/SimpleNotificationService-0.pem",
    "https://evil.example/?https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com\\@evil.example/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com\n.evil.example/SimpleNotificationService-0.pem",
    "https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com/bucket/SimpleNotificationService-0.pem",
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem?x",
    "https://SNS.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem",
    "https://127.0.0.1/SimpleNotificationService-0.pem",
    "https://[::1]/SimpleNotificationService-0.pem",
    "https://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_certificates_are_fetched_from_aws_alone(caller: FlaskClient, hook: str, amazon: Amazon, address: str) -> None:
    """No address that a message names is asked but one of SNS (no server-side request forgery)."""
    answer = caller.post(hook, data=message(SigningCertURL=address))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "bad_signature")
    assert amazon.asked == []


def test_a_subscription_is_confirmed(caller: FlaskClient, hook: str, amazon: Amazon) -> None:
    """By asking the address that AWS has signed."""
    answer = caller.post(hook, data=message("SubscriptionConfirmation", "You have chosen to subscribe"))
    assert (answer.status_code, answer.json) == (200, {"confirmed": TOPIC})
    assert amazon.asked[1:] == [CONFIRM.removeprefix(REGION)]


@pytest.mark.parametrize("address", [each for each in FOREIGN if not of_aws(each)])
def test_a_subscription_is_confirmed_at_aws_alone(caller: FlaskClient, hook: str, amazon: Amazon, address: str) -> None:
    """Also where the signature is right."""
    answer = caller.post(hook, data=message("SubscriptionConfirmation", "", SubscribeURL=address))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "foreign_address")
    assert amazon.asked == [PATH]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_address_but_of_sns_passes(before: str, behind: str) -> None:
    """Whatever stands around the name of a host of AWS."""
    for address in (f"{before}{REGION}{behind}", f"https://{before}sns.eu-central-1.amazonaws.com{behind}"):
        if of_aws(address):
            assert requests.Request("GET", address).prepare().url.startswith(f"{REGION}/")  # type: ignore[union-attr]  # a prepared one has one


def test_the_end_of_a_subscription_is_told_and_not_undone(caller: FlaskClient, hook: str, amazon: Amazon) -> None:
    """Its address would subscribe again."""
    assert caller.post(hook, data=message("UnsubscribeConfirmation", "")).json == {"ended": TOPIC}
    assert amazon.asked == [PATH]


def test_what_ses_says_of_itself_is_no_event(caller: FlaskClient, hook: str, store: EmbeddedStore) -> None:
    """The text that it sends when it is set up."""
    answer = caller.post(hook, data=message(text="Successfully validated SNS topic for Amazon SES event publishing."))
    assert (answer.status_code, answer.json["events"]) == (200, 0)
    assert count(store) == 0


def test_the_certificate_is_fetched_once(caller: FlaskClient, hook: str, amazon: Amazon) -> None:
    """Not for each message."""
    for _ in range(3):
        assert caller.post(hook, data=message()).status_code == 200
    assert amazon.asked == [PATH]


@pytest.mark.parametrize(
    "given_answer", [(404, b""), (500, b"oops"), (302, b""), (200, b"x" * 70_000)], ids=["absent", "failing", "elsewhere", "too large"]
)
def test_where_aws_does_not_answer_it_is_to_send_again(
    caller: FlaskClient, hook: str, amazon: Amazon, store: EmbeddedStore, given_answer: tuple[int, bytes]
) -> None:
    """With an answer after which SNS does; no redirect is followed."""
    amazon.answers[PATH] = given_answer
    answer = caller.post(hook, data=message())
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "aws_unavailable")
    assert amazon.asked == [PATH]
    amazon.answers[PATH] = (200, pem())
    assert caller.post(hook, data=message()).json["new"] == 1
    assert count(store) == 1


def test_an_answer_of_aws_that_breaks_off_is_none(caller: FlaskClient, hook: str, amazon: Amazon) -> None:
    """Half a certificate is not kept for the next message."""
    amazon.missing = 10
    assert caller.post(hook, data=message()).json["error"]["code"] == "aws_unavailable"
    amazon.missing = 0
    assert caller.post(hook, data=message()).status_code == 200


@pytest.mark.parametrize("body", [b"", b"no certificate", pem(days=-1)], ids=["empty", "text", "over"])
def test_a_certificate_that_is_none_is_refused(caller: FlaskClient, hook: str, amazon: Amazon, body: bytes) -> None:
    """Or that is over."""
    amazon.answers[PATH] = (200, body)
    assert caller.post(hook, data=message()).json["error"]["code"] == "bad_signature"


def test_mail_of_other_senders_is_refused(caller: FlaskClient, directory: Directory, store: EmbeddedStore) -> None:
    """The token says whose events they may be; the answer keeps SNS from sending them again."""
    token = directory.tokens.add("sns", Role.INGEST, "shop", by="a test")[0]
    answer = caller.post(f"/hooks/ses/{token}", data=message())
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "rejected")
    assert "not of a domain" in answer.json["error"]["message"]
    assert count(store) == 0


def test_a_message_of_which_something_is_unreadable_is_refused_with_the_rest_kept(
    caller: FlaskClient, hook: str, store: EmbeddedStore
) -> None:
    """SNS puts it into the dead-letter queue then; taken from there it adds what is missing."""
    two = [{"emailAddress": "jan@klant.example", "action": "failed", "status": "5.1.1"}, {"emailAddress": "no address", "status": "5.1.1"}]
    answer = caller.post(hook, data=message(text=json.dumps(record("Bounce", {"bouncedRecipients": two}))))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "rejected")
    assert "no address" in answer.json["error"]["message"]
    assert count(store) == 1


def test_only_a_token_for_it_lets_in(caller: FlaskClient, directory: Directory, amazon: Amazon) -> None:
    """And nothing is asked of AWS for those without."""
    reader = directory.tokens.add("reads", Role.READER, "bedrijf", by="a test")[0]
    assert caller.post(f"/hooks/ses/{reader}", data=message()).status_code == 403
    for token in ("portal_unknown", "x", "%00", "é"):
        answer = caller.post(f"/hooks/ses/{token}", data=message())
        assert answer.status_code == 401
        assert "The token at the end of this address" in answer.json["error"]["message"]
    ingest = directory.tokens.add("sends", Role.INGEST, "bedrijf", by="a test")[0]
    answer = caller.post("/hooks/ses/none", data=message(), headers={"Authorization": f"Bearer {ingest}"})
    assert answer.status_code == 401
    got = caller.get(f"/hooks/ses/{ingest}")
    assert (got.status_code, got.json["error"]["message"]) == (405, "This address does not take that method. Use POST.")
    assert caller.post(f"/hooks/mailgun/{ingest}", data=b"").status_code == 404
    assert amazon.asked == []


def test_raw_messages_are_told_what_to_switch_off(caller: FlaskClient, hook: str) -> None:
    """They carry no signature."""
    answer = caller.post(hook, data=json.dumps(record("Delivery")))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "not_sns")
    assert "raw message delivery" in answer.json["error"]["message"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=200), ALIKE.map(lambda value: json.dumps(value).encode())))
def test_no_body_breaks_it(caller: FlaskClient, hook: str, body: bytes) -> None:
    """Whatever it is, it is refused in the shape of every error."""
    answer = caller.post(hook, data=body)
    assert answer.status_code in {400, 403}
    assert answer.json["error"]["message"]


def test_the_token_is_not_in_the_log(caller: FlaskClient, hook: str, caplog: pytest.LogCaptureFixture) -> None:
    """The address has it, so the log has the route."""
    with caplog.at_level(logging.DEBUG):
        for body in (message(), b"no message"):
            caller.post(hook, data=body, buffered=True)
    assert "/hooks/ses/<token>" in str([each.__dict__ for each in caplog.records])
    assert hook.rpartition("/")[2] not in str([each.__dict__ for each in caplog.records])
