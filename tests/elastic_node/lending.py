"""Lends a node to a measurement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from elastic_node import lifecycle
from elastic_node.failures import NodeError
from elastic_node.lifecycle import Wish

GIVEN: Final = "PORTAL_TEST_ELASTICSEARCH_URL"  # a node that is there already
_NAME: Final = "bench"


@contextmanager
def lent() -> Iterator[str]:
    """The address of the node that `PORTAL_TEST_ELASTICSEARCH_URL` names, or else of one that is stopped with the block.

    It has all its compilers, as one in production, unlike the nodes of tests. One that a killed measurement left behind is taken over.
    Raises `SystemExit` that says why none can be had.
    """
    if given := os.environ.get(GIVEN):
        yield given.rstrip("/")
        return
    try:
        run = lifecycle.start(Wish(name=_NAME))
    except NodeError as error:
        raise SystemExit(f"elasticsearch: {error}") from None
    try:
        yield run.addresses()[0]
    finally:
        lifecycle.stop(_NAME)
