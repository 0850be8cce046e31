"""The versions of the indices: which one is live, the templates that new months are made from, and the alias that readers ask.

A version is a number. Its indices are made from its template, which carries the mapping and says in `_meta.state` what the version is:
`live` (written to and read), `next` (being built by a reindex) or `kept` (replaced, and there until told otherwise). Of two live ones, as a
crash between two steps may leave them, the higher counts.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names

FIRST: Final = 1
_REMEMBERED: Final = 10.0  # seconds: also one who writes seldom is to know soon which version is live (`store/elastic/erase.py`)
SETTINGS: Final[Mapping[str, object]] = {
    "number_of_shards": 1,  # a month; docs/deploy.md says from how many events a day on it should be more
    "auto_expand_replicas": "0-1",  # a copy wherever there is a second node
    "merge.policy.expunge_deletes_allowed": "0",  # what is deleted leaves the disk when asked to (`store/elastic/erase.py`)
}


class _Template(msgspec.Struct):
    name: str
    index_template: "_Inside"


class _Inside(msgspec.Struct):
    template: dict[str, Any] = {}
    meta: dict[str, Any] = msgspec.field(default={}, name="_meta")


class _Templates(msgspec.Struct):
    index_templates: list[_Template]


def mapping() -> dict[str, Any]:
    """The mapping of this version of the portal: `mappings/events.json`, in a checkout at the top, in the wheel beside this package."""
    here = Path(__file__).parents[1] / "mappings"
    folder = here if here.is_dir() else Path(__file__).parents[2] / "mappings"
    found: dict[str, Any] = msgspec.json.decode((folder / "events.json").read_bytes())
    return found


class Versions:
    """What versions there are on a cluster; `shards` is how many a month's index gets."""

    def __init__(self, cluster: Cluster, names: Names, shards: int = 1) -> None:
        self._cluster, self._names, self._shards = cluster, names, shards
        self._live: int | None = None
        self._looked = 0.0

    @property
    def live(self) -> int:
        """The version that is written to and read, made where there is none yet; remembered for a while, or until `forget`."""
        if self._live is None or time.monotonic() - self._looked > _REMEMBERED:
            self._looked = time.monotonic()
            self._live = self.found()
            if self._live is None:
                self.make(FIRST, "live")
                self._live = FIRST
        return self._live

    def forget(self) -> None:
        """Look again next time: another process may have replaced the version."""
        self._live = None

    def found(self) -> int | None:
        """The live version, or None where this portal has never written to this cluster."""
        return max((version for version, state in self.all().items() if state == "live"), default=None)

    def all(self) -> dict[int, str]:
        """Every version with its state."""
        try:
            answer = self._cluster.ask("GET", f"/_index_template/{self._names.prefix}-v*", answer=_Templates)
        except RefusedError as error:
            if error.missing:
                return {}
            raise
        named = ((each.name.removeprefix(f"{self._names.prefix}-v"), each.index_template.meta) for each in answer.index_templates)
        return {int(number): str(meta.get("state")) for number, meta in named if number.isdecimal()}

    def mapping_of(self, version: int) -> dict[str, Any]:
        """The mapping that a version's months are made with."""
        answer = self._cluster.ask("GET", f"/_index_template/{self._names.template(version)}", answer=_Templates)
        found: dict[str, Any] = answer.index_templates[0].index_template.template.get("mappings", {})
        return found

    def make(self, version: int, state: str, *, blocked: bool = False, mappings: dict[str, Any] | None = None) -> None:
        """Write a version's template: with the alias where it is live, so that a new month is read from its first event on.

        `blocked` months take no events: whoever writes is to look for the next version.
        """
        settings = {**SETTINGS, "number_of_shards": self._shards} | ({"blocks.write": True} if blocked else {})
        template = {"settings": settings, "mappings": mappings or mapping()}
        if state == "live":
            template["aliases"] = {self._names.alias: {}}
        body = {
            "index_patterns": [self._names.indices(version)],
            "priority": 500,
            "template": template,
            "_meta": {"state": state, "version": version},
        }
        self._cluster.ask("PUT", f"/_index_template/{self._names.template(version)}", body)

    def remove(self, version: int) -> None:
        """Take a version's template away."""
        try:
            self._cluster.ask("DELETE", f"/_index_template/{self._names.template(version)}")
        except RefusedError as error:
            if not error.missing:
                raise

    def indices(self, version: int) -> dict[str, str]:
        """A version's months, oldest first, each with its index."""
        answer = self._cluster.ask(
            "GET", f"/{self._names.indices(version)}/_alias", params={"expand_wildcards": "all"}, answer=dict[str, Any]
        )
        found = ((self._names.parts(index), index) for index in answer)
        return dict(sorted((parts[1], index) for parts, index in found if parts))
