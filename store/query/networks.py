"""Internet addresses and networks, and ranges of them as networks."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Final, TypeAlias

from store.tree import Exact, Network, Node, Nothing, Or

Address: TypeAlias = IPv4Address | IPv6Address
_MAPPED_BITS: Final = 96  # of an IPv6 address that stand before an IPv4 one mapped into it


def address_or_network(field: str, text: str) -> Node:
    """An address, or a network such as 192.0.2.0/24 (bits behind the prefix do not matter); raises ValueError for neither."""
    if "/" not in text:
        return Exact(field, str(_address(text)))
    network = ip_network(text, strict=False)
    mapped = _plain(network.network_address)
    if isinstance(mapped, IPv4Address) and network.prefixlen >= _MAPPED_BITS and network.version == 6:  # noqa: PLR2004 - IPv6
        return Network(field, f"{mapped}/{network.prefixlen - _MAPPED_BITS}")
    return Network(field, str(network))


def canonical(text: str) -> str | None:
    """The one way to write an address, or None where the text is none."""
    try:
        return str(_address(text))
    except ValueError:
        return None


def _address(text: str) -> Address:
    """An address as it is stored: one mapped into IPv6 as IPv4 (RFC 4291, section 2.5.5.2), none with a zone such as %eth0."""
    if "%" in text:
        raise ValueError(text)
    return _plain(ip_address(text))


def _plain(address: Address) -> Address:
    """The IPv4 address that is mapped into an IPv6 one, any other as it is."""
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def between(field: str, low: str | None, high: str | None, *, low_open: bool, high_open: bool) -> Node:
    """The addresses from `low` to `high`, None for an open end; as networks, so that an engine needs no other means.

    Both ends are of one family, and an open end is the end of that family: no IPv6 address comes after an IPv4 one.
    One end at least is given. Raises ValueError for what is no address, and for two families.
    """
    ends = [_address(end) for end in (low, high) if end is not None]
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
