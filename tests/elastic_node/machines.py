"""The two ways to run the nodes of a run, as processes or as containers, behind one set of verbs."""

from functools import cached_property
from pathlib import Path
from typing import Protocol

from elastic_node import configuration, docker, processes, security
from elastic_node.failures import MissingError
from elastic_node.java import OLDEST, java_home
from elastic_node.places import hand_over
from elastic_node.record import Node, Run, folder_of


class Machine(Protocol):
    """Something that can run the nodes of one run."""

    def prepare(self) -> None:
        """Lay ready what the nodes need."""

    def launch(self, node: Node) -> None:
        """Start a node and do not wait for it."""

    def alive(self, node: Node) -> bool:
        """Whether a node runs."""

    def log(self, node: Node) -> str:
        """All that a node said."""

    def end(self) -> None:
        """End all nodes and wait until they are gone."""


class Processes:
    """Runs nodes with the integration-test distribution and a Java of this machine."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def server(self) -> Path:
        """The unpacked server."""
        from elastic_node.distribution import server  # noqa: PLC0415 - needs half a second, and only to start

        return server()

    @cached_property
    def java(self) -> Path:
        """The Java for it."""
        home = java_home()
        if home is None:
            raise MissingError(f"there is no JDK {OLDEST} or later any more")
        return home

    def prepare(self) -> None:
        """Write configurations, and certificates where the run is to have them."""
        for node in self.run.nodes:
            configuration.write(self.run, node, self.server)
            for folder in (Path(node.data), Path(node.folder) / "logs", Path(node.folder) / "tmp"):
                folder.mkdir(parents=True, exist_ok=True)
            node.log().touch()
            hand_over(Path(node.folder))
            hand_over(Path(node.data))
        if self.run.access:
            security.prepare(self.run, self.run.access, self.server, self.java)

    def launch(self, node: Node) -> None:
        """Start a process."""
        options = f"{configuration.HEAP} {configuration.BRIEF}" if self.run.temporary else configuration.HEAP
        processes.launch(node, self.server, self.java, options)

    def alive(self, node: Node) -> bool:
        """Whether a node has processes."""
        return bool(processes.of(node))

    def log(self, node: Node) -> str:
        """What a node has written."""
        return node.log().read_text(errors="replace")

    def end(self) -> None:
        """End processes; without ceremony where nobody will read their data again."""
        processes.end(folder_of(self.run.name), gently=not self.run.temporary)


class Containers:
    """Runs nodes with Docker."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def prepare(self) -> None:
        """Refuse what only processes can do here."""
        inside = all(Path(node.data).is_relative_to(node.folder) for node in self.run.nodes)
        if self.run.access or not inside:
            raise MissingError(f"--secure and --data need a JDK {OLDEST} or later; Docker alone will not do")

    def launch(self, node: Node) -> None:
        """Start a container."""
        docker.launch(self.run, node)

    def alive(self, node: Node) -> bool:
        """Whether a node's container runs."""
        return docker.alive(self.run, node)

    def log(self, node: Node) -> str:
        """What a node has said."""
        return docker.log(self.run, node)

    def end(self) -> None:
        """Remove containers."""
        docker.end(self.run)


def machine(run: Run) -> Machine:
    """What runs a run."""
    return Processes(run) if run.kind == "process" else Containers(run)
