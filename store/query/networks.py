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

    Raises ValueError for what is no address, for two families, and for two open ends.
    """
    first, last = (ip_address(end) if end is not None else None for end in (low, high))
    family = type(first or last)
    if first is None:
        first, low_open = family(0), False  # type: ignore[call-arg]  # where both ends are open the family is NoneType: TypeError
    if last is None:
        last, high_open = family(2**first.max_prefixlen - 1), False  # type: ignore[call-arg]  # likewise
    if type(first) is not type(last):
        raise ValueError(f"{low} {high}")
    start, end = int(first) + low_open, int(last) - high_open
    if start > end:
        return Nothing()
    networks = summarize_address_range(type(first)(start), type(first)(end))  # type: ignore[type-var]  # both of the family of `first`
    nodes = tuple(Network(field, str(network)) for network in networks)
    return nodes[0] if len(nodes) == 1 else Or(nodes)
