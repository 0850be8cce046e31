"""`portal check`: what is well is said to be, and what is wrong with a cluster is named with what to do."""

from collections.abc import Iterator

import pytest
from commands import portal, told, written
from elasticsearch import Elasticsearch
from samples import MAIL

from app.settings import Settings
from store.elastic import Address
from store.elastic.check_cluster import _needed
from store.elastic.cluster import Cluster
from store.elastic.documents import FORM
from store.elastic.names import Names
from store.elastic.versions import Versions

GB = 10**9
TAGS = {"type": "keyword", "normalizer": "lowercase"}
on_elastic = pytest.mark.parametrize("settings", ["elastic"], indirect=True)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """A portal with mail of several months."""
    written(settings, MAIL)
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[Elasticsearch]:
    """The cluster itself."""
    assert settings.elasticsearch_url is not None
    with Elasticsearch(settings.elasticsearch_url) as opened:
        yield opened


def wrong() -> dict[str, str]:
    """What is wrong, by what it is about."""
    result = portal("check")
    found = [line.split(": ", 1) for line in result.stdout.splitlines()]
    assert {about[:6] for about, _ in found} <= {"ok    ", "WRONG "}
    assert result.exit_code == (1 if any(about.startswith("WRONG") for about, _ in found) else 0)
    return {about.removeprefix("WRONG "): detail for about, detail in found if about.startswith("WRONG ")}


@pytest.mark.usefixtures("filled")
def test_where_all_is_well_every_line_is_ok() -> None:
    """On either engine, also as JSON."""
    assert wrong() == {}
    found = told("check")
    assert found["ok"] is True
    assert {finding["ok"] for finding in found["findings"]} == {True}
    assert "203 events" in {finding["about"]: finding["detail"] for finding in found["findings"]}["events"]


@pytest.mark.usefixtures("settings")
def test_an_empty_engine_is_wrong_and_the_rest_is_looked_at() -> None:
    """Nothing was indexed yet: that is all that is wrong."""
    found = wrong()
    assert set(found) == {"events"}
    assert "index something" in found["events"]


def test_a_cluster_that_is_away_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else there is to know of it is left out; of several nodes each that is away is named."""
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_URL", "http://portal:secret@127.0.0.1:9")
    found = wrong()
    assert set(found) == {"events"}
    assert "cannot be reached. Start it, or correct PORTAL_ELASTICSEARCH_URL." in found["events"]
    assert "secret" not in portal("check").output


@on_elastic
def test_one_node_of_several_is_named(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others answer for it, so the rest of the report is there."""
    monkeypatch.setenv("PORTAL_ELASTICSEARCH_URL", f"{filled.elasticsearch_url},http://127.0.0.1:9")
    found = wrong()
    assert set(found) == {"node"}
    assert "http://127.0.0.1:9 cannot be reached" in found["node"]


@on_elastic
def test_another_mapping_is_named_by_its_fields(filled: Settings, client: Elasticsearch) -> None:
    """What differs, where, and that a reindex mends it."""
    index = f"{filled.elasticsearch_index}-v1-2026-10"
    client.indices.put_mapping(index=index, properties={"colour": {"type": "keyword"}, "tags": {**TAGS, "ignore_above": 9}})
    found = wrong()
    assert set(found) == {"mapping"}
    for words in (index, "has colour too", "tags is ", "'ignore_above': 9", "`portal reindex`"):
        assert words in found["mapping"]


@on_elastic
def test_an_older_template_is_named(filled: Settings) -> None:
    """Months to come would be made with it."""
    cluster = Cluster(Address((str(filled.elasticsearch_url),)))
    versions = Versions(cluster, Names(filled.elasticsearch_index))
    given = versions.mapping_of(1)
    del given["properties"]["message_id_reversed"]
    versions._put(1, "live", {"mappings": {**given, "dynamic": "true"}}, FORM)
    cluster.close()
    found = wrong()
    assert "in months to come: lacks message_id_reversed, the whole is {'dynamic': 'true'}" in found["mapping"]


@on_elastic
def test_what_is_read_is_the_live_version(filled: Settings, client: Elasticsearch) -> None:
    """A month that is not in the alias, and one of another version that is, have different cures."""
    name = filled.elasticsearch_index
    client.indices.delete_alias(index=f"{name}-v1-2026-10", name=name)
    assert f"{name}-v1-2026-10 is not read" in wrong()["alias"]
    client.indices.put_alias(index=f"{name}-v1-2026-10", name=name)
    client.indices.create(index=f"{name}-v0-2026-10", aliases={name: {}})
    assert f"{name}-v0-2026-10 of another version is read as well" in wrong()["alias"]


@on_elastic
def test_blocks_are_named_with_their_cures(filled: Settings, client: Elasticsearch) -> None:
    """One that a reindex left, and one that a full disk left."""
    index = f"{filled.elasticsearch_index}-v1-2026-10"
    client.indices.add_block(index=index, block="write")
    assert f"{index} takes no events: a reindex runs or was interrupted. `portal reindex --resume`" in wrong()["write blocks"]
    client.indices.put_settings(index=index, settings={"index.blocks.write": None, "index.blocks.read_only_allow_delete": True})
    assert "since a disk was full" in wrong()["write blocks"]
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None, "index.blocks.read_only": True})
    assert "closed by somebody" in wrong()["write blocks"]
    client.indices.put_settings(index=index, settings={"index.blocks.read_only": None})
    assert wrong() == {}


@on_elastic
def test_a_missing_copy_is_named(filled: Settings, client: Elasticsearch) -> None:
    """A month whose copies cannot all be placed."""
    index = f"{filled.elasticsearch_index}-v1-2026-10"
    client.indices.put_settings(index=index, settings={"index.auto_expand_replicas": False, "index.number_of_replicas": 9})
    found = wrong()
    assert set(found) == {"copies"}
    assert f"{index}: fewer copies" in found["copies"]


@on_elastic
def test_versions_of_a_reindex_are_told_and_not_wrong(filled: Settings) -> None:
    """One being made and one that is kept."""
    cluster = Cluster(Address((str(filled.elasticsearch_url),)))
    versions = Versions(cluster, Names(filled.elasticsearch_index))
    versions.make(2, "next")
    versions.make(0, "kept")
    versions.mark(0, "kept", guarded=True)
    cluster.close()
    said = [finding["detail"] for finding in told("check")["findings"] if finding["about"] == "reindex"]
    assert said[0].startswith("version 0, which was replaced, is kept")
    assert said[1].startswith("version 2 is being made, 0 months so far")


@pytest.mark.parametrize(
    ("marks", "needed"),
    [
        ({"low": "85%"}, 150 * GB),
        ({"low": "0.85"}, 150 * GB),
        ({"low": "85%", "low.max_headroom": "100gb"}, 100 * 1024**3),
        ({"low": "85%", "low.max_headroom": "-1"}, 150 * GB),
        ({"low": "500mb"}, 500 * 1024**2),
        ({}, 0),
    ],
)
def test_a_watermark_is_so_much_free(marks: dict[str, str], needed: float) -> None:
    """A share of the disk in use, at most a headroom, or bytes."""
    assert _needed(marks, "low", 1000 * GB) == pytest.approx(needed)
