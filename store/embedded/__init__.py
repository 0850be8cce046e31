"""The embedded engine: tantivy in this process, one folder a month; the default, without a server."""

from store.embedded.engine import EmbeddedStore

__all__ = ["EmbeddedStore"]
