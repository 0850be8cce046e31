"""A search that nobody waits for any more is stopped on the cluster itself."""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from elastic_cleanup import without_trace
from elasticsearch import Elasticsearch
from samples import START, mail

from store.elastic import Address, ElasticStore
from store.errors import AbandonedError
from store.events import Page, Query, Scope

ALL = Scope.operator()
MONTHS = 24  # each an index of its own: the cluster looks whether a search is cancelled when it begins with one
MONTH = 31 * 86_400_000  # ms
# A filter that takes much of a second in each index, however few its events: a pattern of 2^12 states. So it is the real search of the real
# node that is slow.
SLOW = {"regexp": {"recipient": {"value": "(a|b)*a(a|b){11}|.*@.*", "max_determinized_states": 2**30}}}


@pytest.fixture
def prefix(elastic_url: str) -> Iterator[str]:
    """A store with one event in each of many months, in which every search is slow."""
    name = f"test-{secrets.token_hex(6)}"
    store = ElasticStore(Address((elastic_url,)), prefix=name, patience=30)
    with Elasticsearch(elastic_url) as client:
        store.write([msgspec.structs.replace(mail(number), timestamp=START + number * MONTH) for number in range(MONTHS)])
        for index in client.indices.get_alias(name=name):
            client.indices.put_alias(index=index, name=name, filter=SLOW)
    store.close()
    yield name
    without_trace(elastic_url, [name])


def searches(client: Elasticsearch, prefix: str) -> list[dict[str, Any]]:
    """The searches of this store that the node is busy with."""
    found = client.perform_request(
        "GET", "/_tasks", params={"actions": "indices:data/read/*", "detailed": "true"}, headers={"accept": "application/json"}
    )
    return [task for node in found["nodes"].values() for task in node["tasks"].values() if prefix in task.get("description", "")]


def soon(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def searched(client: Elasticsearch, prefix: str) -> list[str]:
    """The months in which the node has come to the end of a search."""
    found = client.indices.stats(index=prefix, metric="search")["indices"]
    return [index for index, each in found.items() if each["total"]["search"]["query_total"]]


def test_the_search_of_a_page_that_was_left_ends_on_the_cluster(elastic_url: str, prefix: str) -> None:
    """The node was at work for it; soon after it is left this is over, and to some months it has not come."""
    with Elasticsearch(elastic_url) as client:
        store = ElasticStore(Address((elastic_url,)), prefix=prefix, left=lambda: bool(searches(client, prefix)))
        with pytest.raises(AbandonedError):
            store.search(Query(), ALL, Page())
        assert soon(lambda: not searches(client, prefix), 10), "the node goes on searching"
        assert len(searched(client, prefix)) < MONTHS, "it ended by itself"
        store.close()


def test_a_search_that_is_waited_for_comes_to_every_month(elastic_url: str, prefix: str) -> None:
    """So what the test above counts is what was left out."""
    with Elasticsearch(elastic_url) as client:
        store = ElasticStore(Address((elastic_url,)), prefix=prefix, left=lambda: False)
        assert store.search(Query(), ALL, Page()).total == MONTHS
        assert len(searched(client, prefix)) == MONTHS
        store.close()
