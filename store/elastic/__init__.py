"""The event engine on Elasticsearch, for production and for what outgrows one machine."""

from store.elastic.cluster import Address
from store.elastic.engine import ElasticStore

__all__ = ["Address", "ElasticStore"]
