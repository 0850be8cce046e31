"""Postfix mail logs: lines of several daemons joined into events by the host and queue id."""

from indexer.formats.postfix.format import PostfixFormat

__all__ = ["PostfixFormat"]
