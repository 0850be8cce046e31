"""Internet addresses and networks, and ranges of them as networks."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import TypeAlias

from store.tree import Exact, Network, Node, Nothing, Or

Address: TypeAlias = IPv4Address | IPv6Address


def address_or_network(field: str, text: str) -> Node:
    """An address, or a network such as 192.0.2.0/24 (bits behind the prefix do not matter); raises ValueError for neither."""
    if "/" in text:
        return Network(field, str(ip_network(text, strict=False)))
    return Exact(field, str(ip_address(text)))


def canonical(text: str) -> str | None:
    """The one way to write an address, or None where the text is none."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def between(field: str, low: str | None, high: str | None, *, low_open: bool, high_open: bool) -> Node:
    """The addresses from `low` to `high` of one family, None for an open end; as networks, so that an engine needs no other means.

    One end at least is given. Raises ValueError for what is no address, and for two families.
    """
    ends = [ip_address(end) for end in (low, high) if end is not None]
    family = IPv4Address if isinstance(ends[0], IPv4Address) else IPv6Address
    first = ends[0] if low is not None else family(0)
    last = ends[-1] if high is not None else family(2 ** ends[0].max_prefixlen - 1)
    if not isinstance(first, family) or not isinstance(last, family):
        raise ValueError(f"{low} {high}")  # noqa: TRY004 - the type follows from a value that was typed
    start, end = int(first) + (low is not None and low_open), int(last) - (high is not None and high_open)
    if start > end:
        return Nothing()
    networks = summarize_address_range(family(start), family(end))
    nodes = tuple(Network(field, str(network)) for network in networks)
    return nodes[0] if len(nodes) == 1 else Or(nodes)
