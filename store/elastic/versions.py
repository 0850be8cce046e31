"""The versions of the indices: which one is live, the templates that new months are made from, and the alias that readers ask.

A version is a number. Its indices are made from its template, which carries the mapping and says in `_meta.state` what the version is:
`live` (written to and read), `next` (being built by a reindex), `kept` (replaced, and there until told otherwise) or `dropped`. Of two live
ones, as a crash between two steps may leave them, the higher counts.

Nobody writes into a version that is kept: its indices are guarded (`store.elastic.names.GUARD`), so a writer that took it for the live one
is refused and looks again. Deletes pass, because a person is to be forgotten in every version.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from store.elastic.cluster import Cluster
from store.elastic.documents import FORM
from store.elastic.failures import RefusedError
from store.elastic.names import GUARD, Names
from store.elastic.rights import may_see

FIRST: Final = 1
_PIPELINE: Final = "default_pipeline"
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
        found: dict[str, Any] = self._inside(version).template.get("mappings", {})
        return found

    def form_of(self, version: int) -> int:
        """Which form of document (`store.elastic.documents.FORM`) a version was made for."""
        return int(self._inside(version).meta.get("documents", FORM))

    def make(self, version: int, state: str) -> None:
        """Write the template of a new version, with the mapping and the settings of this version of the portal."""
        settings = {**SETTINGS, "number_of_shards": self._shards}
        self._put(version, state, {"settings": settings, "mappings": mapping()}, FORM)

    def mark(self, version: int, state: str, *, guarded: bool) -> None:
        """Change what a version is; its mapping and the rest of its template stay.

        A new month of a live one is in the alias, so that it is read from its first event on. One of a guarded version is not made at
        all: whoever writes is to look for the live version.
        """
        inside = self._inside(version)
        settings = dict(inside.template.get("settings", {}).get("index", {}))
        settings.pop(_PIPELINE, None)
        if guarded:
            settings[_PIPELINE] = GUARD
        template = {"settings": {"index": settings}, "mappings": inside.template.get("mappings", {})}
        self._put(version, state, template, int(inside.meta.get("documents", FORM)))

    def drop(self, version: int) -> None:
        """Remove a version's indices. Its template stays as a guard: somebody may still take the version for the live one."""
        self.mark(version, "dropped", guarded=True)
        self._delete(version)

    def discard(self, version: int) -> None:
        """Remove a version that was never live, with its template."""
        self._delete(version)
        try:
            self._cluster.ask("DELETE", f"/_index_template/{self._names.template(version)}")
        except RefusedError as error:
            if not error.missing:
                raise

    def block(self, version: int) -> None:
        """Let a version's months take neither events nor deletes; on return nothing is under way in them any more."""
        if indices := self.indices(version).values():
            self._cluster.ask("PUT", f"/{','.join(indices)}/_block/write")

    def open(self, version: int, *, guarded: bool = False) -> None:
        """Let a version's months take deletes again, and events as well unless they are `guarded`."""
        if indices := self.indices(version).values():
            settings = {"index.blocks.write": None, f"index.{_PIPELINE}": GUARD if guarded else None}
            self._cluster.ask("PUT", f"/{','.join(indices)}/_settings", settings)

    def guard(self, version: int) -> None:
        """Let a version's months take no events, whatever else they take."""
        if indices := self.indices(version).values():
            self._cluster.ask("PUT", f"/{','.join(indices)}/_settings", {f"index.{_PIPELINE}": GUARD})

    def months(self) -> list[str]:
        """The months that readers see, oldest first: those behind the alias, whichever version that is now."""
        try:
            answer = self._cluster.ask("GET", f"/_alias/{self._names.alias}", answer=dict[str, Any])
        except RefusedError as error:
            if error.missing:
                return []
            raise
        return sorted(parts[1] for index in answer if (parts := self._names.parts(index)))

    def indices(self, version: int) -> dict[str, str]:
        """A version's months, oldest first, each with its index."""
        answer = self._cluster.ask(
            "GET", f"/{self._names.indices(version)}/_alias", params={"expand_wildcards": "all"}, answer=dict[str, Any]
        )
        if not answer:
            may_see(self._cluster, self._names)
        found = ((self._names.parts(index), index) for index in answer)
        return dict(sorted((parts[1], index) for parts, index in found if parts))

    def _delete(self, version: int) -> None:
        """Remove a version's indices, by name: a cluster may refuse patterns here."""
        for index in self.indices(version).values():
            try:
                self._cluster.ask("DELETE", f"/{index}")
            except RefusedError as error:
                if not error.missing:
                    raise

    def _inside(self, version: int) -> _Inside:
        path = f"/_index_template/{self._names.template(version)}"
        return self._cluster.ask("GET", path, answer=_Templates).index_templates[0].index_template

    def _put(self, version: int, state: str, template: dict[str, Any], form: int) -> None:
        body = {
            "index_patterns": [self._names.indices(version)],
            "priority": 500,
            "template": template | ({"aliases": {self._names.alias: {}}} if state == "live" else {}),
            "_meta": {"state": state, "version": version, "documents": form},
        }
        self._cluster.ask("PUT", f"/_index_template/{self._names.template(version)}", body)
