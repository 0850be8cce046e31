"""Chooses ports of 127.0.0.1 that nobody listens on."""

import random
import socket

from elastic_node.failures import NodeError

# Below the ports that the system gives to outgoing connections, so that none of those takes one before the node does.
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free(count: int) -> list[int]:
    """Different free ports."""
    ports = [port for port in random.sample(RANGE, 50 * count) if is_free(port)]
    if len(ports) < count:
        raise NodeError(f"there are no {count} free ports between {RANGE.start} and {RANGE.stop}")
    return ports[:count]


def following(first: int, count: int) -> list[int]:
    """The ports from a first one on, if all are free."""
    ports = list(range(first, first + count))
    taken = [port for port in ports if not is_free(port)]
    if taken:
        raise NodeError(f"port {taken[0]} is taken. Choose another with --port, or leave it out for a free one.")
    return ports
