"""Moves events from one version of the indices to another on a live cluster."""

from store.elastic.reindex.engine import How, RefusedByMappingError, Reindexer
from store.elastic.reindex.journal import ClusterJournal
from store.elastic.reindex.plan import Plan
from store.elastic.reindex.progress import UnderWay

__all__ = ["ClusterJournal", "How", "Plan", "RefusedByMappingError", "Reindexer", "UnderWay"]
