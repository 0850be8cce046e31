"""Runs real Elasticsearch nodes on this machine, for tests and for people without Docker; `scripts/elasticsearch` is its command."""
