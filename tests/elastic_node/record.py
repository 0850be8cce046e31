"""What is written down of a run, so that a later command finds it: its nodes, where they are and how to get in."""

import shutil
from pathlib import Path
from typing import Literal

import msgspec

from elastic_node.places import runs


class Access(msgspec.Struct, frozen=True):
    """How to get into a run that asks for it."""

    user: str
    password_file: str
    ca_file: str

    def password(self) -> str:
        """The password itself, which stands in a file of its own."""
        return Path(self.password_file).read_text().strip()


class Node(msgspec.Struct, frozen=True):
    """One node: its name, its folder with configuration, logs and pid, its data, and its two ports."""

    name: str
    folder: str
    data: str
    http: int
    transport: int

    def configuration(self) -> Path:
        """The folder of its configuration, by which its processes are known."""
        return Path(self.folder) / "config"

    def log(self) -> Path:
        """The file with all it says."""
        return Path(self.folder) / "output.log"


class Run(msgspec.Struct, frozen=True):
    """Nodes that were started together; one that is temporary leaves nothing behind when it is stopped."""

    name: str
    kind: Literal["process", "docker"]
    nodes: tuple[Node, ...]
    access: Access | None = None
    temporary: bool = False

    def addresses(self) -> list[str]:
        """Where the nodes answer, in their order."""
        scheme = "https" if self.access else "http"
        return [f"{scheme}://127.0.0.1:{node.http}" for node in self.nodes]


def folder_of(name: str) -> Path:
    """The folder of a run."""
    return runs() / name


def save(run: Run) -> None:
    """Write a run down, whole or not at all."""
    path = folder_of(run.name) / "run.json"
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(run))
    draft.rename(path)


def load(name: str) -> Run | None:
    """What is known of a run; None where nothing is, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder_of(name) / "run.json").read_bytes(), type=Run)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def names() -> list[str]:
    """The names of all runs that are written down."""
    return sorted(path.parent.name for path in runs().glob("*/run.json"))


def forget(run: Run) -> None:
    """Strike a run out; its logs stay until the next of its name, unless it was temporary. Data elsewhere than in its folder stay."""
    (folder_of(run.name) / "run.json").unlink(missing_ok=True)
    for node in run.nodes:
        for part in ("data", "tmp"):
            shutil.rmtree(Path(node.folder) / part, ignore_errors=True)
    if run.temporary:
        shutil.rmtree(folder_of(run.name), ignore_errors=True)
