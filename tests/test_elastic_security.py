"""A cluster with TLS and users: what the portal's role is good for, and what is said, without a secret, where it is not let in."""

import json
import logging
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote, urlsplit

import pytest
from elastic_node.record import Run
from elastic_node.sharing import node_cluster
from elastic_transport import TlsError
from flask.testing import FlaskClient
from samples import MAIL

from app.settings import Settings
from store.elastic import Address, ElasticStore
from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError, unreachable
from store.errors import StoreUnavailableError
from store.events import EventStore, Page, Query, Scope, Sort
from store.tree import Exact

ROOT = Path(__file__).parent.parent
ROLE = json.loads((ROOT / "mappings" / "role.json").read_text())
RIGHTS = [*ROLE["cluster"], *ROLE["indices"][0]["privileges"]]
DOCUMENTED = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").partition("| right |")[2].partition("\n\n")[0]
ALLOWED, FORBIDDEN = "allowed", "forbidden"
EVENT = {"timestamp": "2026-11-02T09:00:00Z", "type": "bounce", "sender": "info@one.example", "recipient": "jan@two.example"}


@dataclass(frozen=True)
class Secured:
    """A cluster that lets in only those whom it knows; all its users have the same password."""

    url: str
    password: str
    ca: Path

    def address(self, user: str) -> Address:
        """How a user gets in."""
        return Address((self.inside(user),), ca=self.ca)

    def inside(self, user: str, password: str | None = None, scheme: str = "https") -> str:
        """The address with a user and a password in it."""
        return f"{scheme}://{user}:{quote(password or self.password, safe='')}@{urlsplit(self.url).netloc}"


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """One node for all tests of this file, with users for the role, for the role less one right each, and one without rights."""
    with node_cluster(secure=True) as cluster:
        assert cluster.access
        enrol(cluster.run)
        found = Secured(cluster.addresses[0], cluster.access.password(), Path(cluster.access.ca_file))
        until_known(found)
        yield found


def without(right: str) -> dict[str, object]:
    """The role less one right."""
    (indices,) = ROLE["indices"]
    kept = [each for each in indices["privileges"] if each != right]
    return {"cluster": [each for each in ROLE["cluster"] if each != right], "indices": [indices | {"privileges": kept}]}


def enrol(run: Run) -> None:
    """Write roles and users into the node's files, which it looks at every few seconds."""
    folder = run.nodes[0].configuration()
    roles = {ALLOWED: ROLE} | {f"without-{right}": without(right) for right in RIGHTS}
    (known,) = (folder / "users").read_text().split()
    (first,) = (folder / "users_roles").read_text().split()
    proof = known.partition(":")[2]  # of the same password
    (folder / "roles.yml").write_text("".join(f"{name}: {json.dumps(role)}\n" for name, role in roles.items()))
    (folder / "users_roles").write_text("".join(f"{line}\n" for line in (first, *(f"{name}:{name}" for name in roles))))
    (folder / "users").write_text("".join(f"{line}\n" for line in (known, *(f"{name}:{proof}" for name in (*roles, FORBIDDEN)))))


def until_known(cluster: Secured) -> None:
    """Return when the node has read those files."""
    client = Cluster(cluster.address(ALLOWED))
    deadline = monotonic() + 30
    while True:
        try:
            client.ask("GET", "/_cluster/health")
            break
        except RefusedError:
            if monotonic() > deadline:
                raise
            sleep(0.2)
    client.close()


def everything(address: Address, prefix: str) -> None:
    """All that the portal asks of a cluster, from the first event to the last. What it does in a reindex is asked as such."""
    operator = Scope.operator()
    with closing(ElasticStore(address, prefix=prefix, patience=5)) as store:
        assert not store.made()
        assert store.count(Query(), operator) == 0
        assert store.write(MAIL).new == len(MAIL)
        assert store.write(MAIL).same == len(MAIL)
        assert store.search(Query(), operator, Page()).total == len(MAIL)
        assert store.get(MAIL[0].id, operator) == MAIL[0]
        assert store.histogram(Query(), operator, "1d", "UTC")
        assert store.top("type", Query(), operator, 3)
        assert len(list(store.export(Query(), operator, Sort()))) == len(MAIL)
        assert store.ping().ok
        assert store.delete(Query(Exact("type", "bounce")), operator) > 0
        assert store.delete(Query(), operator) > 0
    client = Cluster(address)
    with closing(client):
        client.ask("GET", "/_nodes/stats/fs")
        client.ask("PUT", f"/{prefix}-state")
        client.ask("POST", "/_aliases", {"actions": [{"add": {"index": f"{prefix}-state", "alias": prefix}}]})
        client.ask("PUT", f"/{prefix}-state/_block/write")
        client.ask("PUT", f"/{prefix}-state/_settings", {"index.blocks.write": False})
        client.ask("POST", f"/{prefix}-state/_flush")
        client.ask("GET", f"/{prefix}-state/_stats/docs,store")
        client.ask("DELETE", f"/{prefix}-state")
        client.ask("DELETE", f"/_index_template/{prefix}-v1")


def named() -> str:
    """What a store of a test's own is called; the role's names fit it."""
    return f"portal-events-{secrets.token_hex(4)}"


def command(environment: dict[str, str], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run `portal` with these settings and no others."""
    call = [sys.executable, "-m", "app.cli", *arguments]
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(call, input=text, capture_output=True, text=True, check=False, env=clean, cwd=environment["PORTAL_DATA"])


def test_the_role_is_enough(secured: Secured) -> None:
    """A user with the documented rights, and no more, does all that the portal does."""
    everything(secured.address(ALLOWED), named())


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_of_the_role_is_needed(secured: Secured, right: str) -> None:
    """Without it some request is refused, with a sentence that says where the rights are listed."""
    with pytest.raises(StoreUnavailableError, match=r"docs/deploy\.md") as refused:
        everything(secured.address(f"without-{right}"), named())
    assert isinstance(refused.value, RefusedError)
    assert refused.value.status == 403


def test_a_store_that_may_not_be_seen_is_no_empty_store(secured: Secured) -> None:
    """Where the role is for other names, each question is refused: mail that may not be seen must not look like no mail."""
    prefix, operator = f"mail-{secrets.token_hex(4)}", Scope.operator()
    with closing(ElasticStore(secured.address("portal"), prefix=prefix)) as theirs:
        theirs.write(MAIL)
    with closing(ElasticStore(secured.address(ALLOWED), prefix=prefix)) as store:
        questions: tuple[Callable[[], object], ...] = (
            lambda: store.search(Query(), operator, Page()),
            lambda: store.get(MAIL[0].id, operator),
            lambda: store.count(Query(), operator),
            lambda: store.histogram(Query(), operator, "1d", "UTC"),
            lambda: store.top("type", Query(), operator, 3),
            lambda: list(store.export(Query(), operator, Sort())),
            lambda: store.delete(Query(), operator),
            store.ping,
        )
        for question in questions:
            with pytest.raises(StoreUnavailableError, match="does not allow this user"):
                question()


def test_commands_work_over_tls(secured: Secured, tmp_path: Path) -> None:
    """With address, user and authority in the settings, events are indexed, found, and all is reported well."""
    settings = {
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_ELASTICSEARCH_URL": secured.inside(ALLOWED),
        "PORTAL_ELASTICSEARCH_CA": str(secured.ca),
        "PORTAL_ELASTICSEARCH_INDEX": named(),
    }
    indexed = command(settings, "index", "--json", "-", text=json.dumps(EVENT))
    assert json.loads(indexed.stdout)["new"] == 1, indexed.stderr
    found, checked = command(settings, "search", "recipient:jan"), command(settings, "check")
    assert "jan@two.example" in found.stdout
    assert checked.returncode == 0, checked.stdout
    assert f"1 event in 1 month on Elasticsearch at {secured.url}" in checked.stdout
    assert not any(secured.password in each.stdout + each.stderr for each in (indexed, found, checked))


@pytest.mark.parametrize("work", [("reindex",), ("expire", "--older-than", "1d"), ("forget", "jan@two.example")], ids=lambda work: work[0])
def test_the_role_is_enough_for_long_work(secured: Secured, tmp_path: Path, work: tuple[str, ...]) -> None:
    """What moves, drops or erases events needs no other user."""
    settings = {
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_ELASTICSEARCH_URL": secured.inside(ALLOWED),
        "PORTAL_ELASTICSEARCH_CA": str(secured.ca),
        "PORTAL_ELASTICSEARCH_INDEX": named(),
    }
    assert command(settings, "index", "-", text=json.dumps(EVENT)).returncode == 0
    done = command(settings, *work)
    assert done.returncode == 0, done.stderr


def test_a_password_may_be_written_in_percent_signs(secured: Secured) -> None:
    """So that any character can stand in one."""
    written = "".join(f"%{ord(letter):02x}" for letter in secured.password)
    client = Cluster(Address((f"https://{ALLOWED}:{written}@{urlsplit(secured.url).netloc}",), ca=secured.ca))
    with closing(client):
        assert client.ask("GET", "/_cluster/health")["number_of_nodes"] == 1


@pytest.fixture(params=["wrong password", "no user", "wrong key", "no rights", "unknown authority", "no TLS"])
def kept_out(request: pytest.FixtureRequest, secured: Secured) -> tuple[Address, str]:
    """An address that does not let the portal in, and words of what is said then."""
    good = secured.address(ALLOWED)
    found = {
        "wrong password": (
            replace(good, urls=(secured.inside(ALLOWED, "geheim-wachtwoord"),)),
            "does not know this user with this password",
        ),
        "no user": (replace(good, urls=(secured.url,)), r"does not let the portal in\. Put user:password@ into PORTAL_ELASTICSEARCH_URL"),
        "wrong key": (replace(good, urls=(secured.url,), api_key="geheime-sleutel"), "or this key"),
        "no rights": (secured.address(FORBIDDEN), r"does not allow this user .* docs/deploy\.md"),
        "unknown authority": (replace(good, ca=None), "not trusted here.* PORTAL_ELASTICSEARCH_CA"),
        "no TLS": (Address((secured.inside(ALLOWED, scheme="http"),)), "write https:// in PORTAL_ELASTICSEARCH_URL"),
    }
    return found[request.param]


def secrets_in(text: str, secured: Secured) -> list[str]:
    """Which secrets stand in a text."""
    return [secret for secret in (secured.password, "geheim-wachtwoord", "geheime-sleutel") if secret in text]


def test_who_is_not_let_in_is_told_why_and_no_secret(
    kept_out: tuple[Address, str],
    secured: Secured,
    client_of: Callable[[EventStore], FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One sentence with the cure, and neither the page, the API, the log nor the objects' own texts repeat what lets people in."""
    address, words = kept_out
    caplog.set_level(logging.DEBUG)
    store = ElasticStore(address, prefix=named(), patience=0)
    with pytest.raises(StoreUnavailableError, match=words):
        store.search(Query(), Scope.operator(), Page())
    with pytest.raises(StoreUnavailableError, match=words):
        store.write(MAIL)
    client = client_of(store)
    page, answer = (client.get(path, base_url="http://127.0.0.1") for path in ("/events", "/api/v1/events"))
    assert (page.status_code, answer.status_code) == (503, 503)
    settings = Settings(elasticsearch_url=address.urls[0], elasticsearch_api_key=address.api_key)
    assert not secrets_in("".join((page.text, answer.text, caplog.text, repr(address), repr(settings))), secured)


def test_commands_say_why_they_are_not_let_in(kept_out: tuple[Address, str], secured: Secured, tmp_path: Path) -> None:
    """`portal check` calls it wrong, `portal index` ends with the sentence; neither repeats a secret."""
    address, words = kept_out
    settings = {"PORTAL_DATA": str(tmp_path), "PORTAL_ELASTICSEARCH_URL": address.urls[0], "PORTAL_ELASTICSEARCH_INDEX": named()}
    settings |= {"PORTAL_ELASTICSEARCH_API_KEY": address.api_key} if address.api_key else {}
    settings |= {"PORTAL_ELASTICSEARCH_CA": str(address.ca)} if address.ca else {}
    checked, served = command(settings, "check"), command(settings, "serve", "--port", "0")
    assert (checked.returncode, served.returncode) == (1, 1)
    assert re.search(f"WRONG events: .*{words}", checked.stdout)
    assert re.search(words, served.stderr)
    assert not secrets_in(checked.stdout + checked.stderr + served.stdout + served.stderr, secured)


def test_tls_where_there_is_none_is_told(elastic_url: str) -> None:
    """An address with https:// for a port without TLS is not called a question of trust."""
    client = Cluster(Address((elastic_url.replace("http://", "https://"),)))
    with closing(client), pytest.raises(StoreUnavailableError, match="does not speak TLS on this port"):
        client.ask("GET", "/_cluster/health")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("IP address mismatch, certificate is not valid for '10.0.0.7'.", "for another name or address"),
        ("certificate has expired", "no longer valid"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(said: str, words: str) -> None:
    """Not everything is a question of trust, and each has a cure of its own."""
    error = TlsError(f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {said} (_ssl.c:1006)")
    assert words in str(unreachable("https://127.0.0.1:9200", error))


def requests(text: str) -> set[str]:
    """Requests in a short form that leaves out the names: `GET _cluster`, `PUT _block write`, `DELETE index`."""
    short = set()
    for method, path in re.findall(r"(GET|POST|PUT|DELETE)[\", f]+([^\s\"`?]+)", text):
        parts = re.findall(r"(?:^|/)(_[a-z_]+)", path)
        short.add(f"{method} {' '.join(parts) or 'index'}")
    return short


@pytest.mark.parametrize("right", RIGHTS)
def test_a_right_is_documented(right: str) -> None:
    """Each right of the role has its row."""
    assert f"\n| `{right}` |" in DOCUMENTED


def test_every_request_of_the_portal_is_documented() -> None:
    """What the engine asks of a cluster stands in the table of rights."""
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "store" / "elastic").rglob("*.py")))
    asked = requests("\n".join(re.findall(r'ask\(\s*("[A-Z]+", f?"[^"]+")', re.sub(r"\{[^{}]*\}", "NAME", sources))))
    assert len(asked) > 10
    assert asked <= requests(DOCUMENTED)
