"""Removes what a test has made on a cluster: the indices and templates of its prefixes."""

from collections.abc import Iterable

from elasticsearch import Elasticsearch


def without_trace(url: str, prefixes: Iterable[str]) -> None:
    """Remove all that stores of these prefixes have made."""
    with Elasticsearch(url) as client:
        for prefix in prefixes:
            names = list(client.indices.get(index=f"{prefix}-*", expand_wildcards="all"))  # by name: a cluster may refuse patterns here
            if names:
                client.indices.delete(index=names, ignore_unavailable=True)
            client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-v*")
