"""What the portal and the indexer share: the event, the query, the engines. Imports neither of them."""
