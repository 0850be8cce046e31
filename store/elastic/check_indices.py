"""Findings about the portal's own indices: whether they are all there, whole, mapped as this version needs, read and writable."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from store.elastic.cluster import Cluster
from store.elastic.names import Names
from store.elastic.versions import Versions, mapping
from store.errors import StoreUnavailableError
from store.findings import Finding

_NAMED: Final = 5  # months or fields that a finding names
_BLOCK: Final = "index.blocks."
_ALL: Final = {"expand_wildcards": "all", "ignore_unavailable": "true"}


def live(cluster: Cluster, names: Names, versions: Versions) -> Iterator[Finding]:
    """Which months there are; raises `StoreUnavailableError` where there is no store at all."""
    version = versions.found()
    if version is None:
        raise StoreUnavailableError(
            f"There are no events of a portal named {names.prefix} on {cluster.address.shown}: index something, "
            "or correct PORTAL_ELASTICSEARCH_URL or PORTAL_ELASTICSEARCH_INDEX."
        )
    months = list(versions.indices(version))
    span = f", {months[0]} to {months[-1]}" if months else ""
    yield Finding(ok=True, about="store", detail=f"{names.prefix}, version {version}: {_counted(len(months), 'month')}{span}")


def state(cluster: Cluster, names: Names, _versions: Versions) -> Iterator[Finding]:
    """Whether each month has all its parts, and all copies of them."""
    params = {"level": "indices", "expand_wildcards": "all"}
    health = cluster.ask("GET", f"/_cluster/health/{names.every}", params=params, answer=dict[str, Any])
    by_state: dict[str, list[str]] = {"red": [], "yellow": []}
    for index, each in sorted(health.get("indices", {}).items()):
        if names.parts(index) and each["status"] in by_state:
            by_state[each["status"]].append(index)
    if by_state["red"]:
        detail = f"part of {_some(by_state['red'])} is away, so what is shown is not all. Start the nodes that are missing."
        yield Finding(ok=False, about="copies", detail=detail)
    if by_state["yellow"]:
        detail = f"{_some(by_state['yellow'])}: fewer copies than there should be, so a node that fails takes events with it. "
        yield Finding(ok=False, about="copies", detail=detail + "Start the nodes that are missing, or wait while they catch up.")
    if not any(by_state.values()):
        yield Finding(ok=True, about="copies", detail="every month is there, with all its copies")


def mappings(cluster: Cluster, names: Names, versions: Versions) -> Iterator[Finding]:
    """Whether months, and those to come, have the mapping of this version of the portal."""
    version = versions.found()
    if version is None:
        return
    wanted = _flat(mapping())
    answer = cluster.ask("GET", f"/{names.indices(version)}/_mapping", params=_ALL, answer=dict[str, Any])
    found = {"months to come": versions.mapping_of(version)} | {index: each["mappings"] for index, each in sorted(answer.items())}
    unlike = {place: differences for place, each in found.items() if (differences := _differences(wanted, _flat(each)))}
    if not unlike:
        yield Finding(ok=True, about="mapping", detail="as this version of the portal needs it, of every month and of those to come")
        return
    fields = [text for text, _ in Counter(text for differences in unlike.values() for text in differences).most_common()]
    detail = f"not that of this version of the portal in {_some(list(unlike))}: {_some(fields)}. `portal reindex` brings events to it."
    yield Finding(ok=False, about="mapping", detail=detail)


def aliases(cluster: Cluster, names: Names, versions: Versions) -> Iterator[Finding]:
    """Whether what is read is the live version, all of it and nothing else."""
    answer = cluster.ask("GET", f"/{names.every}/_alias", params=_ALL, answer=dict[str, Any])
    version = versions.found()
    of = {index: parts[0] for index in answer if (parts := names.parts(index))}
    unread = sorted(index for index, number in of.items() if number == version and names.alias not in answer[index]["aliases"])
    twice = sorted(index for index, number in of.items() if number != version and names.alias in answer[index]["aliases"])
    if unread:
        detail = f"{_some(unread)} is not read. Add it to the alias {names.alias}, or, after a reindex, `portal reindex --resume`."
        yield Finding(ok=False, about="alias", detail=detail)
    if twice:
        detail = f"{_some(twice)} of another version is read as well, so events show twice. `portal reindex --resume` puts that right."
        yield Finding(ok=False, about="alias", detail=detail)
    if not unread and not twice:
        yield Finding(ok=True, about="alias", detail=f"{names.alias} reads every month of version {version} and nothing else")


def blocks(cluster: Cluster, names: Names, versions: Versions) -> Iterator[Finding]:
    """Whether the live months take events."""
    version = versions.found()
    if version is None:
        return
    params = {**_ALL, "flat_settings": "true"}
    answer = cluster.ask("GET", f"/{names.indices(version)}/_settings", params=params, answer=dict[str, Any])
    closed: dict[str, list[str]] = {"write": [], "full": [], "other": []}
    for index, each in sorted(answer.items()):
        found = {name for name, value in each["settings"].items() if name.startswith(_BLOCK) and value == "true"}
        if found:
            kind = "full" if f"{_BLOCK}read_only_allow_delete" in found else "write" if f"{_BLOCK}write" in found else "other"
            closed[kind].append(index)
    if closed["write"]:
        detail = f"{_some(closed['write'])} takes no events: a reindex runs or was interrupted. `portal reindex --resume` finishes it."
        yield Finding(ok=False, about="write blocks", detail=detail)
    if closed["full"]:
        detail = f"{_some(closed['full'])} takes no events since a disk was full. Make room; Elasticsearch then opens it by itself."
        yield Finding(ok=False, about="write blocks", detail=detail)
    if closed["other"]:
        detail = f"{_some(closed['other'])} has been closed by somebody: set its index.blocks.* to null."
        yield Finding(ok=False, about="write blocks", detail=detail)
    if not any(closed.values()):
        yield Finding(ok=True, about="write blocks", detail="none: every month takes events")


def unfinished(_cluster: Cluster, _names: Names, versions: Versions) -> Iterator[Finding]:
    """What other versions there are. None of them is a fault: a reindex may be at work."""
    for version, kind in sorted(versions.all().items()):
        months = _counted(len(versions.indices(version)), "month")
        if kind == "next":
            detail = f"version {version} is being made, {months} so far. If no `portal reindex` runs, `portal reindex --resume` goes on."
            yield Finding(ok=True, about="reindex", detail=detail)
        elif kind == "kept":
            yield Finding(ok=True, about="reindex", detail=f"version {version}, which was replaced, is kept: {months}")


def _flat(given: Mapping[str, Any], under: str = "") -> dict[str, Mapping[str, Any]]:
    """A mapping as the definition of each field, those within fields by dotted names; what is said of all of them has the name ``."""
    own = {name: value for name, value in given.items() if name not in {"properties", "fields"}}
    flat: dict[str, Mapping[str, Any]] = {under.removesuffix("."): own}
    for inside in ("properties", "fields"):
        for name, each in given.get(inside, {}).items():
            flat |= _flat(each, f"{under}{name}.")
    return flat


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs, a few words each."""
    missing = [f"lacks {name}" for name in wanted if name not in found]
    more = [f"has {name} too" for name in found if name not in wanted]
    other = [f"{name or 'the whole'} is {dict(found[name])}" for name in wanted if name in found and found[name] != wanted[name]]
    return missing + more + other


def _some(names: Sequence[str]) -> str:
    """The first of several, and how many more there are."""
    shown, more = names[:_NAMED], len(names) - _NAMED
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
