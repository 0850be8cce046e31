"""The connection to Redis, and the redis-server that the portal runs itself; accounts and customers are kept behind it."""
