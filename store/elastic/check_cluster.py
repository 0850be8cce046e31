"""Findings about a cluster as a whole: whether it can be reached and used, its version, disks, room and clocks."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names
from store.elastic.versions import Versions
from store.errors import StoreError
from store.findings import Finding

_MAJOR: Final = "9"
_CLUSTER_RIGHTS: Final = ("monitor", "manage_index_templates")
_INDEX_RIGHTS: Final = ("read", "write", "manage")
_SECURITY_IS_OFF: Final = (400, 404, 405, 500)  # what distributions answer where there is nobody to ask who one is
_NEARLY: Final = 0.9  # of the shards a cluster may hold
_LARGEST: Final = 50_000_000_000  # bytes: above it Elasticsearch moves and recovers a shard too slowly
_SKEW: Final = 30.0  # seconds
_SIZE: Final = re.compile(r"([\d.]+)\s*(b|kb|mb|gb|tb|pb)")
_UNITS: Final = {unit: 1024**power for power, unit in enumerate(("b", "kb", "mb", "gb", "tb", "pb"))}


def connection(cluster: Cluster, _names: Names, _versions: Versions) -> Iterator[Finding]:
    """Each node that is named by itself, then whether any of them can be asked."""
    urls = cluster.address.urls
    if len(urls) > 1:
        for url in urls:
            node = Cluster(replace(cluster.address, urls=(url,)))
            try:
                _whoami(node)
                yield Finding(ok=True, about="node", detail=f"{node.address.shown} answers")
            except StoreError as error:
                yield Finding(ok=False, about="node", detail=str(error))
            finally:
                node.close()
    user = _whoami(cluster)
    yield Finding(ok=True, about="connection", detail=f"{cluster.address.shown} answers" + (f", as user {user}" if user else ""))


def rights(cluster: Cluster, names: Names, _versions: Versions) -> Iterator[Finding]:
    """Whether the user may do what the portal does (docs/deploy.md says what for)."""
    if _whoami(cluster) is None:
        open_to_all = "security is off, so whoever reaches it may read and remove everything"
        if all(_is_loopback(url) for url in cluster.address.urls):
            yield Finding(ok=True, about="rights", detail=f"{open_to_all}; it is on this machine's loopback only")
        else:
            detail = f"{open_to_all}. Turn on xpack.security with TLS, and put user and password into PORTAL_ELASTICSEARCH_URL."
            yield Finding(ok=False, about="rights", detail=detail)
        return
    patterns = [names.alias, f"{names.prefix}-*"]
    asked = {"cluster": _CLUSTER_RIGHTS, "index": [{"names": patterns, "privileges": _INDEX_RIGHTS}]}
    answer = cluster.ask("POST", "/_security/user/_has_privileges", asked, answer=dict[str, Any])
    lacking = [f"{right} on the cluster" for right, held in answer["cluster"].items() if not held]
    for right in _INDEX_RIGHTS:
        over = [pattern for pattern in patterns if not answer["index"][pattern][right]]
        lacking += [f"{right} on {' and '.join(over)}"] if over else []
    if lacking:
        detail = f"the user lacks {', '.join(lacking)}. Give these rights to its role (docs/deploy.md)."
        yield Finding(ok=False, about="rights", detail=detail)
    else:
        yield Finding(ok=True, about="rights", detail=f"all that is needed on the cluster and on {' and '.join(patterns)}")


def versions(cluster: Cluster, _names: Names, _versions: Versions) -> Iterator[Finding]:
    """Whether all nodes are of one version that the portal is made for."""
    answer = cluster.ask("GET", "/_nodes", params={"filter_path": "nodes.*.version,nodes.*.name"}, answer=dict[str, Any])
    found = sorted({node["version"] for node in answer["nodes"].values()})
    detail = f"version {' and '.join(found)} on {len(answer['nodes'])} node{'s' * (len(answer['nodes']) != 1)}"
    if any(version.split(".")[0] != _MAJOR for version in found):
        yield Finding(ok=False, about="Elasticsearch", detail=f"{detail}; the portal is made for version {_MAJOR}. Use that one.")
    elif len(found) > 1:
        yield Finding(ok=False, about="Elasticsearch", detail=f"{detail}. Bring all nodes to the newest of these.")
    else:
        yield Finding(ok=True, about="Elasticsearch", detail=detail)


def disks(cluster: Cluster, _names: Names, _versions: Versions) -> Iterator[Finding]:
    """How far each data node is from the marks below which Elasticsearch moves data away or refuses to write."""
    marks = _settings(cluster, "cluster.routing.allocation.disk.watermark")
    stats = cluster.ask("GET", "/_nodes/data:true/stats/fs", answer=dict[str, Any])
    for node in stats["nodes"].values():
        total, free = node["fs"]["total"]["total_in_bytes"], node["fs"]["total"]["available_in_bytes"]
        place = f"node {node['name']}: {free / 1e9:.1f} of {total / 1e9:.1f} GB free"
        flood, high, low = (_needed(marks, name, total) for name in ("flood_stage", "high", "low"))
        if free >= low:
            yield Finding(ok=True, about="disk", detail=f"{place}; {low / 1e9:.1f} GB are needed")
            continue
        passed, effect = next(
            (mark, effect)
            for mark, effect in ((flood, "takes no events"), (high, "gives its data away"), (low, "takes no copies of new months"))
            if free < mark
        )
        detail = f"{place}. Below {passed / 1e9:.1f} GB it {effect}: make room (`portal expire`), or add a disk or a node."
        yield Finding(ok=False, about="disk", detail=detail)


def room(cluster: Cluster, names: Names, _versions: Versions) -> Iterator[Finding]:
    """How many shards there are and may be, and whether any of the portal's is too large."""
    health = cluster.ask("GET", "/_cluster/health", answer=dict[str, Any])
    most = int(_settings(cluster, "cluster.max_shards_per_node").get("", 1000)) * max(1, health["number_of_data_nodes"])
    count = health["active_shards"] + health["unassigned_shards"] + health["initializing_shards"]
    params = {"format": "json", "bytes": "b", "h": "index,store"}
    shards = cluster.ask("GET", f"/_cat/shards/{names.every}", params=params, answer=list[dict[str, str | None]])
    size, index = max(((int(each["store"] or 0), each["index"]) for each in shards), default=(0, None))
    detail = f"{count:,} of at most {most:,} on the cluster, {len(shards):,} of them the portal's, the largest of {size / 1e9:.1f} GB"
    if count >= _NEARLY * most:
        advice = "`portal expire` removes old months; or add a node, or raise cluster.max_shards_per_node."
        yield Finding(ok=False, about="shards", detail=f"{detail}. {advice}")
    elif size > _LARGEST:
        advice = f"({index}). Raise PORTAL_ELASTICSEARCH_SHARDS for the months to come; at most 50 GB each serve best."
        yield Finding(ok=False, about="shards", detail=f"{detail} {advice}")
    else:
        yield Finding(ok=True, about="shards", detail=detail)


def clocks(cluster: Cluster, _names: Names, _versions: Versions) -> Iterator[Finding]:
    """How far the nodes' clocks are from this machine's."""
    before = time.time()
    stats = cluster.ask("GET", "/_nodes/stats/fs", answer=dict[str, Any])
    after = time.time()
    for node in stats["nodes"].values():
        told = node["timestamp"] / 1000
        skew = max(before - told, told - after, 0.0)
        if skew > _SKEW:
            detail = f"node {node['name']}'s is {skew:,.0f} s from this machine's. Set both by NTP."
            yield Finding(ok=False, about="clock", detail=detail)
            return
    yield Finding(ok=True, about="clock", detail=f"the nodes' within {_SKEW:.0f} s of this machine's")


def _whoami(cluster: Cluster) -> str | None:
    """The user that the cluster takes the portal for; None where it lets everybody in."""
    try:
        return str(cluster.ask("GET", "/_security/_authenticate", answer=dict[str, Any])["username"])
    except RefusedError as error:
        if error.status in _SECURITY_IS_OFF:
            return None
        raise


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _settings(cluster: Cluster, under: str) -> dict[str, str]:
    """The settings of the cluster that begin so, as they are in force, by what follows; the setting itself has the name ``."""
    params = {"include_defaults": "true", "flat_settings": "true"}
    answer = cluster.ask("GET", "/_cluster/settings", params=params, answer=dict[str, dict[str, Any]])
    found = answer.get("defaults", {}) | answer.get("persistent", {}) | answer.get("transient", {})
    ours = {name: value for name, value in found.items() if name == under or name.startswith(f"{under}.")}
    return {name.removeprefix(under).removeprefix("."): str(value) for name, value in ours.items()}


def _needed(marks: Mapping[str, str], name: str, total: int) -> float:
    """How many bytes have to be free for a mark (`85%` and `0.85` of the disk in use, or so much free) not to be passed."""
    mark = marks.get(name, "100%")
    size = _bytes(mark)
    if size is not None:
        return size
    share = float(mark.removesuffix("%")) / (100 if mark.endswith("%") else 1)
    headroom = _bytes(marks.get(f"{name}.max_headroom", ""))
    free = total * (1 - share)
    return free if headroom is None else min(free, headroom)


def _bytes(text: str) -> float | None:
    found = _SIZE.fullmatch(text.lower())
    return float(found[1]) * _UNITS[found[2]] if found else None
