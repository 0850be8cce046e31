"""Tells "there is nothing yet" from "you may not see it": to a user without rights, patterns and names that may be missing look empty."""

from typing import Final

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names

_NONE: Final = (1, "0001-01")  # a version and a month that no mail is of


def may_see(cluster: Cluster, names: Names) -> None:
    """To be asked where a store looks empty. Raises `RefusedError` where that is for want of rights: its mail must not look like none."""
    try:
        cluster.ask("GET", f"/{names.alias},{names.index(*_NONE)}/_alias")  # names, no pattern: refused unless all are allowed
    except RefusedError as error:
        if not error.missing:
            raise
