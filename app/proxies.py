"""Proxies in front of the portal (`PORTAL_TRUSTED_PROXIES`): whose word is taken for who asks, by which name and over https.

Werkzeug's ProxyFix counts proxies and never looks at who sends the headers; so it believes whoever reaches the port. Here the sender has
to be one of the networks, where they are named. `X-Forwarded-*` of anybody else is taken out of the request: nothing behind reads it.
RFC 7239's `Forwarded` is not read, as no common proxy sends it unasked.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MAX_HOPS: Final = 10
_MOST_NAMED: Final = 50  # entries of X-Forwarded-For that are looked at, from the end
TOLD_BY_PROXY: Final = "HTTP_X_REQUEST_ID"  # may stay where a trusted proxy sent it
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxies are believed: the last `hops` of them whoever they are, or those in `networks`. Neither: none."""

    hops: int = 0
    networks: tuple[_Network, ...] = ()

    def trusted(self, address: str, behind: int) -> bool:
        """Whether the one at `address`, with `behind` proxies between it and the portal, is a proxy that is believed."""
        if self.hops:
            return behind < self.hops
        found = _address(address)
        return found is not None and any(found in network for network in self.networks)

    def client(self, peer: str, forwarded: str) -> str:
        """The address of who asks: from the peer back through X-Forwarded-For as far as each is believed and the next can be read."""
        current = peer
        for behind, entry in enumerate(reversed(forwarded.split(",")[-_MOST_NAMED:])):
            earlier = _address(_without_port(entry.strip()))
            if earlier is None or not self.trusted(current, behind):
                break
            current = str(earlier)
        return current


NONE: Final = Proxies()


class BehindProxies:
    """A WSGI layer that makes address, host and scheme of a request those that the browser used, where a trusted proxy says so."""

    def __init__(self, app: "WSGIApplication", proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(self, wsgi: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Correct the request and hand it on."""
        peer = wsgi.get("REMOTE_ADDR", "")
        if self._proxies.trusted(peer, 0):
            wsgi["REMOTE_ADDR"] = self._proxies.client(peer, wsgi.get("HTTP_X_FORWARDED_FOR", ""))
            # The last value of each is the one that the nearest proxy, which is believed, wrote.
            if (scheme := _last(wsgi.get("HTTP_X_FORWARDED_PROTO", "")).lower()) in {"http", "https"}:
                wsgi["wsgi.url_scheme"] = scheme
            if host := _last(wsgi.get("HTTP_X_FORWARDED_HOST", "")):
                wsgi["HTTP_HOST"] = host
        else:
            wsgi.pop(TOLD_BY_PROXY, None)
        for name in [name for name in wsgi if name.startswith(("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))]:
            del wsgi[name]
        return self._app(wsgi, start_response)


def read(text: str, problems: list[str]) -> Proxies:
    """The proxies of a setting: a number, or networks and addresses with commas between. What is wrong is added to `problems`."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        if len(text) <= len(str(_MAX_HOPS)) and int(text) <= _MAX_HOPS:
            return Proxies(hops=int(text))
        problems.append(f"PORTAL_TRUSTED_PROXIES: {text[:20]} proxies in a row are more than {_MAX_HOPS}. Say how many there are.")
        return Proxies()
    return Proxies(networks=tuple(_networks(text, problems)))


def _networks(text: str, problems: list[str]) -> Iterator[_Network]:
    for each in filter(None, (part.strip() for part in text.split(","))):
        try:
            network = ipaddress.ip_network(each)
        except ValueError as error:
            problems.append(
                f"PORTAL_TRUSTED_PROXIES: {each[:60]!r} is not a network or address ({str(error)[:100]}). "
                "Write how many proxies stand before the portal, such as 1, or where they are, such as 127.0.0.1,10.1.0.0/16."
            )
            continue
        if network.prefixlen:
            yield network
        else:
            problems.append(f"PORTAL_TRUSTED_PROXIES: {each} is everybody, who could then pass for anybody. Name the proxies' own network.")


def _address(text: str) -> _Address | None:
    """An address; one of IPv4 that is written as IPv6 as what it is."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def _without_port(entry: str) -> str:
    """An entry of X-Forwarded-For without the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _last(values: str) -> str:
    return values.rpartition(",")[2].strip()
