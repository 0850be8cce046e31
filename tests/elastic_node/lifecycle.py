"""Starts runs, says which there are, and stops them."""

import shutil
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from elastic_node import docker, health, java, ports, processes, record, security, watch
from elastic_node.failures import MissingError
from elastic_node.machines import machine
from elastic_node.places import check_open, locked, runs
from elastic_node.record import Node, Run


@dataclass(frozen=True)
class Wish:
    """What somebody wants to have running. A run with an owner ends with that process and leaves nothing behind."""

    name: str = "default"
    nodes: int = 1
    data: Path | None = None
    port: int | None = None
    secure: bool = False
    owner: int | None = None
    again: bool = False


def start(wish: Wish) -> Run:
    """The run that is wished for: the one that is there already, with nodes that have ended started again, or else a new one."""
    with turn(wish.name):
        run = record.load(wish.name)
        if run is None or not (wish.again or any(alive(run).values())):
            if run:
                clear(run)
            return begin(plan(wish), wish.owner)
        ended = tuple(node for node in run.nodes if not machine(run).alive(node))
        print(f"elasticsearch: '{run.name}' runs already" if not ended else f"elasticsearch: '{run.name}' goes on", file=sys.stderr)
        launch(run, ended)
        return run


def turn(name: str) -> AbstractContextManager[None]:
    """One command at a time for a run of a name."""
    return locked(runs() / f"{name}.lock")


def plan(wish: Wish) -> Run:
    """Decide on machine, places and ports."""
    folder = record.folder_of(wish.name)
    data = wish.data.resolve() if wish.data else folder
    if wish.data:
        data.mkdir(parents=True, exist_ok=True)
        check_open(data)
    transports = ports.free(wish.nodes + (0 if wish.port else wish.nodes))
    https = ports.following(wish.port, wish.nodes) if wish.port else transports[wish.nodes :]
    names = [f"node-{number + 1}" for number in range(wish.nodes)]
    return Run(
        name=wish.name,
        kind=choose(),
        nodes=tuple(
            Node(name, str(folder / name), str(data / name / "data"), http, transport)
            for name, http, transport in zip(names, https, transports, strict=False)
        ),
        access=security.plan(wish.name) if wish.secure else None,
        temporary=wish.owner is not None,
    )


def choose() -> Literal["process", "docker"]:
    """How to run nodes here: with a Java, else with Docker, else with a Java that can be installed."""
    if java.java_home():
        return "process"
    if docker.answers():
        return "docker"
    if java.install():
        return "process"
    raise MissingError(
        f"Elasticsearch needs a JDK {java.OLDEST} or later or a running Docker engine, and neither is here."
        f" Install {java.PACKAGE} or a JDK of your choice (it is looked for in JAVA_HOME, the PATH and /usr/lib/jvm), or start Docker."
    )


def begin(run: Run, owner: int | None) -> Run:
    """Start a new run in an empty folder. It is written down and watched before anything can outlive this process."""
    folder = record.folder_of(run.name)
    processes.end(folder, gently=False)  # of a run whose note was lost
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    record.save(run)
    if owner is not None:
        watch.begin(run.name, owner)
    try:
        machine(run).prepare()
        launch(run, run.nodes)
    except BaseException:
        clear(run)
        raise
    return run


def launch(run: Run, nodes: tuple[Node, ...]) -> None:
    """Start nodes of a run and wait until all of it answers."""
    keeper = machine(run)
    for node in nodes:
        keeper.launch(node)
    health.wait(run, keeper.alive, keeper.log)


def alive(run: Run) -> dict[str, bool]:
    """Which nodes run, by their names."""
    return {node.name: machine(run).alive(node) for node in run.nodes}


def clear(run: Run) -> None:
    """End what is left of a run and strike it out."""
    machine(run).end()
    record.forget(run)


def stop(name: str) -> bool:
    """Stop a run; False where there was none, or only the note of one that had ended by itself."""
    with turn(name):
        run = record.load(name)
        if run is None:
            return False
        ran = any(alive(run).values())
        clear(run)
    if run.temporary:
        (runs() / f"{name}.lock").unlink(missing_ok=True)
    return ran


def running() -> list[Run]:
    """The runs of which at least one node is alive."""
    known = [run for run in map(record.load, record.names()) if run]
    return [run for run in known if any(alive(run).values())]
