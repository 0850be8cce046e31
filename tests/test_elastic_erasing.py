"""What only the engine on Elasticsearch has to take care of when it erases: versions that are kept, and bytes that stay on the disk."""

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from elastic_cleanup import without_trace
from elasticsearch import Elasticsearch
from samples import BOUNCED, JAN, MAIL

from store.elastic import Address, ElasticStore
from store.elastic.cluster import Cluster
from store.elastic.names import GUARD, Names
from store.elastic.versions import Versions
from store.event import Event
from store.events import Query, Scope, Sort, Verdict
from store.tree import Exact

ALL = Scope.operator()


@pytest.fixture
def prefix(elastic_url: str) -> Iterator[str]:
    """A name of its own for the indices of a test."""
    name = f"test-{secrets.token_hex(6)}"
    yield name
    without_trace(elastic_url, [name])


@pytest.fixture
def store(elastic_url: str, prefix: str) -> Iterator[ElasticStore]:
    """An empty store."""
    opened = ElasticStore(Address((elastic_url,)), prefix=prefix, patience=30)
    yield opened
    opened.close()


@pytest.fixture
def client(elastic_url: str) -> Iterator[Elasticsearch]:
    """The cluster itself."""
    with Elasticsearch(elastic_url) as opened:
        yield opened


def test_what_is_deleted_is_in_no_file(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """After a purge no deleted document is left in any segment, and where the node's files can be read the address is in none of them."""
    marked = "qzxvkpw" + secrets.token_hex(4)
    person = msgspec.structs.replace(BOUNCED, recipient=f"{marked}@person.example", diagnostic=f"550 <{marked}@person.example>", raw=marked)
    store.write([*MAIL, person, msgspec.structs.replace(MAIL[3], id="other", raw=f"bcc {marked}")])

    def judge(event: Event) -> Verdict | None:
        if event.id == person.id:
            return Verdict(None, "gone")
        return Verdict(msgspec.structs.replace(event, raw="bcc"), "changed") if event.id == "other" else None

    assert files_with(client, prefix, marked) != []
    assert store.rewrite(Query(), ALL, judge) == Counter(gone=1, changed=1)
    store.purge(Query())
    assert client.indices.stats(index=f"{prefix}-v*")["_all"]["total"]["docs"]["deleted"] == 0
    assert files_with(client, prefix, marked) in ([], None)
    assert store.count(Query(), ALL) == len(MAIL)  # one more, and one less


def files_with(client: Elasticsearch, prefix: str, text: str) -> list[str] | None:
    """The files of the indices that hold a text; None where they are on another machine."""
    client.indices.flush(index=f"{prefix}-v*", force=True)
    paths = {place for node in client.nodes.info()["nodes"].values() for place in places(node["settings"]["path"].get("data", ()))}
    uuids = [each["settings"]["index"]["uuid"] for each in client.indices.get_settings(index=f"{prefix}-v*").values()]
    folders = [Path(path) / "indices" / uuid for path in paths for uuid in uuids if (Path(path) / "indices" / uuid).is_dir()]
    if not folders:
        return None
    return [file.name for folder in folders for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def places(data: str | list[str]) -> list[str]:
    """The data folders of a node, which says one or several."""
    return [data] if isinstance(data, str) else list(data)


def test_a_version_that_is_kept_forgets_too_and_takes_no_writes_after(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """An erased event is in no version; reports tell of the live one; the kept one stays closed to writers."""
    store.write(MAIL)
    copy_live(client, prefix, elastic_url_of(client))
    gone = store.rewrite(Query(), ALL, lambda event: Verdict(None, "gone") if event.recipient == JAN else None)
    assert gone == Counter(gone=1)
    deleted = store.delete(Query(Exact("type", "complaint")), ALL)
    assert deleted == 1
    client.indices.refresh(index=f"{prefix}-v*")
    for version in (1, 2):
        assert client.count(index=f"{prefix}-v{version}-*")["count"] == len(MAIL) - 2
    guards = {
        name: each["settings"]["index"].get("default_pipeline") for name, each in client.indices.get_settings(index=f"{prefix}-v*").items()
    }
    assert {guard for name, guard in guards.items() if "-v1-" in name} <= {GUARD}
    assert {guard for name, guard in guards.items() if "-v2-" in name} == {None}
    assert store.delete(Query(), ALL) == len(MAIL) - 2
    assert not client.indices.exists(index=f"{prefix}-v*", allow_no_indices=False)


def copy_live(client: Elasticsearch, prefix: str, url: str) -> None:
    """What a reindex leaves: version 2 is live, version 1 is kept and takes no writes."""
    cluster = Cluster(Address((url,)))
    versions = Versions(cluster, Names(prefix))
    versions.make(2, "live")
    client.indices.refresh(index=f"{prefix}-v1-*")  # the search below reads what was written just now
    for month, index in versions.indices(1).items():
        found = client.search(index=index, size=1000, query={"match_all": {}})["hits"]["hits"]
        lines = [line for hit in found for line in ({"index": {"_id": hit["_id"]}}, hit["_source"])]
        client.bulk(index=f"{prefix}-v2-{month}", operations=lines, refresh=True)
        client.indices.put_alias(index=f"{prefix}-v2-{month}", name=prefix)
        client.indices.delete_alias(index=index, name=prefix)
        client.indices.add_block(index=index, block="write")
    versions.mark(1, "kept", guarded=True)
    cluster.close()


def elastic_url_of(client: Elasticsearch) -> str:
    """Where the client's node is."""
    return next(iter(client.transport.node_pool.all())).base_url


def test_an_event_that_changes_meanwhile_is_judged_again(store: ElasticStore, elastic_url: str, prefix: str) -> None:
    """A completion by another writer between the look and the change is neither lost nor does it bring anything back."""
    store.write([BOUNCED])
    other = ElasticStore(Address((elastic_url,)), prefix=prefix, patience=30)
    looks = []

    def judge(event: Event) -> Verdict | None:
        looks.append(event.tls)
        if len(looks) == 1:
            other.write([msgspec.structs.replace(event, tls="TLSv1.3")])
        return Verdict(msgspec.structs.replace(event, raw="erased"), "changed")

    assert store.rewrite(Query(), ALL, judge) == Counter(changed=1)
    other.close()
    (event,) = store.export(Query(), ALL, Sort())
    assert (event.tls, event.raw) == ("TLSv1.3", "erased")
    assert looks == [None, "TLSv1.3"]
