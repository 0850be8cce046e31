"""What goes wrong with the cluster is said in the portal's own words, with the cure, and never in the engine's."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from elastic_cleanup import without_trace

from store.elastic import ElasticStore
from store.elastic.cluster import Address, Cluster
from store.elastic.failures import RefusedError, UnreachableError, problem
from store.errors import StoreUnavailableError
from store.event import Event
from store.events import Query, Scope

WHERE = "http://es.example:9200"


def body(kind: str, reason: str, inner: str = "") -> bytes:
    """An error as Elasticsearch writes it."""
    causes = f',"root_cause":[{{"type":"{kind}","reason":"{inner}"}}]' if inner else ""
    return f'{{"error":{{"type":"{kind}","reason":"{reason}"{causes}}},"status":0}}'.encode()


ANSWERS = {
    "a circuit breaker": (429, body("circuit_breaking_exception", "[request] Data too large, data for [<agg>] would be"), "too much to do"),
    "a full queue": (429, body("es_rejected_execution_exception", "rejected execution of Runnable"), "too much to do"),
    "a full queue on every shard": (
        429,
        body("search_phase_execution_exception", "all shards failed", "rejected execution of TimedRunnable"),
        "too much to do",
    ),
    "no master": (503, body("cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];"), "part of the cluster is away"),
    "no master yet": (503, body("master_not_discovered_exception", "null"), "part of the cluster is away"),
    "no shard": (503, body("unavailable_shards_exception", "[x][0] primary shard is not active"), "part of the cluster is away"),
    "all shards": (503, body("search_phase_execution_exception", "all shards failed"), "part of the cluster is away"),
    "a blocked index": (403, body("cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];"), "portal reindex --resume"),
    "a full disk": (
        429,
        body("cluster_block_exception", "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];"),
        "full disk",
    ),
    "too many indices": (
        400,
        body("validation_exception", "this action would add [2] shards, but there are [1000]/[1000] maximum shards open"),
        "portal expire",
    ),
    "a wrong password": (401, body("security_exception", "unable to authenticate user [x]"), "PORTAL_ELASTICSEARCH_URL"),
    "too few rights": (403, body("security_exception", "action [indices:data/write/bulk] is unauthorized for user [x]"), "docs/deploy.md"),
    "too large a request": (413, b"", "http.max_content_length"),
    "a refused request": (400, body("parsing_exception", "[foo] unknown query"), "did not take a request"),
    "a fault": (500, body("null_pointer_exception", "Cannot invoke Foo.bar()"), "part of the cluster is away"),
    "a proxy's page": (502, b"<html>Bad Gateway</html>", "part of the cluster is away"),
    "a proxy's line": (504, b'{"error":"timeout"}', "part of the cluster is away"),
    "something else": (200, b"hello", "is not Elasticsearch"),
}  # fmt: skip
INSIDE = ("exception", "shards failed", "rejected", "blocked by", "FORBIDDEN", "Data too large", "Foo.bar", "html", "indices:data", "[x]")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_none_is_said_in_our_words(name: str) -> None:
    """What is wrong, where, and what to do; the engine's own words are kept for the log."""
    status, answer, words = ANSWERS[name]
    said = str(problem(WHERE, status, answer))
    assert WHERE in said
    assert words in said
    assert not [each for each in INSIDE if each in said]


@pytest.mark.parametrize(
    ("name", "passing", "blocked"),
    [
        ("a circuit breaker", True, False),
        ("no master", True, False),
        ("no shard", True, False),
        ("a blocked index", True, True),
        ("a full disk", True, False),
        ("too many indices", False, False),
        ("a wrong password", False, False),
        ("a refused request", False, False),
        ("something else", False, False),
    ],
)
def test_what_may_pass_is_told_from_what_does_not(name: str, passing: bool, blocked: bool) -> None:  # noqa: FBT001 - a table's columns
    """A write waits for the one, and fails at once for the other."""
    status, answer, _ = ANSWERS[name]
    error = problem(WHERE, status, answer)
    assert (error.passing, error.blocked) == (passing, blocked)


class _Answering(BaseHTTPRequestHandler):
    """A server that is no Elasticsearch; what it answers stands in its class."""

    content = b""
    kind = "text/html"
    product = False

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.content)))
        if self.product:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def serving(content: bytes, kind: str, *, product: bool = False) -> Iterator[str]:
    """The address of a server that answers this to everything."""
    handler = type("Handler", (_Answering,), {"content": content, "kind": kind, "product": product})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("content", "kind", "product"),
    [
        (b"<html>Welcome to nginx!</html>", "text/html", False),
        (b"{}", "application/json", False),
        (b"[1,2]", "application/json", True),
        (b"{broken", "application/json", True),
        (b"\x00\xff", "application/octet-stream", True),
    ],
)
def test_another_server_is_told_from_elasticsearch(content: bytes, kind: str, *, product: bool) -> None:
    """Whatever it answers, and however."""
    with serving(content, kind, product=product) as url, closing(Cluster(Address((url,)))) as cluster:
        with pytest.raises(StoreUnavailableError, match="is not Elasticsearch 9") as caught:
            cluster.ask("GET", "/_cluster/health", answer=dict[str, object])
        assert url in str(caught.value)


def test_nobody_there_is_said_soon() -> None:
    """With the setting to correct."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with closing(Cluster(Address((f"http://user:secret@127.0.0.1:{port}",)))) as cluster:
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match=r"cannot be reached\. Start it, or correct PORTAL_ELASTICSEARCH_URL") as caught:
            cluster.ask("GET", "/_cluster/health")
        assert time.monotonic() - begun < 10
        assert "secret" not in str(caught.value)


def test_a_silent_server_takes_its_time_once_and_no_longer() -> None:
    """It took the connection and answers nothing; where there is no other node, nothing is gained by asking again."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with closing(Cluster(Address((url,)))) as cluster:
            begun = time.monotonic()
            with pytest.raises(UnreachableError, match="did not answer in time"):
                cluster.ask("GET", "/_cluster/health", seconds=1)
            assert time.monotonic() - begun < 3


def test_a_second_node_answers_for_a_silent_one() -> None:
    """After the first one's time; later requests do not wait so long for it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        serving(b'{"status":"green"}', "application/json", product=True) as good,
        closing(Cluster(Address((f"http://127.0.0.1:{silent.getsockname()[1]}", good)))) as cluster,
    ):
        begun = time.monotonic()
        for _ in range(6):
            assert cluster.ask("GET", "/_cluster/health", answer=dict[str, str], seconds=2) == {"status": "green"}
        assert time.monotonic() - begun < 8


def test_what_others_wrote_is_seen_though_a_node_is_away(elastic_url: str) -> None:
    """A store that is opened asks to see everything that was written; where the node that it asks is gone, it asks another."""
    prefix = f"test-{secrets.token_hex(6)}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with closing(ElasticStore(Address((elastic_url,)), prefix=prefix)) as writer:
        for number in range(8):  # which node is asked first is a matter of chance
            writer.write([Event(id=f"away-{number}", timestamp=1_730_000_000_000, type="send", source="ndjson")])
            with closing(ElasticStore(Address((gone, elastic_url)), prefix=prefix)) as reader:
                assert reader.count(Query(), Scope.operator()) == number + 1
    without_trace(elastic_url, [prefix])


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    """At the start, with the setting to correct."""
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(StoreUnavailableError, match=r"PORTAL_ELASTICSEARCH_CA: .*ca.pem holds no certificate"):
        Cluster(Address(("https://127.0.0.1:9200",), ca=tmp_path / "ca.pem"))


def test_a_refusal_keeps_the_words_of_the_cluster_for_the_log() -> None:
    """And its own name for the reason, by which the code tells cases apart."""
    error = problem(WHERE, 400, body("illegal_argument_exception", "outer", "inner words"))
    assert isinstance(error, RefusedError)
    assert (error.kind, error.status) == ("illegal_argument_exception", 400)
    assert "inner words" in error.detail
    assert "inner words" in str(error.__cause__)
