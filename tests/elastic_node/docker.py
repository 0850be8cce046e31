"""Runs nodes as containers of the official image, where there is Docker and no Java."""

import json
import subprocess

from elastic_node.configuration import HEAP, everywhere
from elastic_node.distribution import VERSION
from elastic_node.failures import NodeError
from elastic_node.record import Node, Run

IMAGE = f"elasticsearch:{VERSION}"


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a docker command."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def answers() -> bool:
    """Whether there is Docker and its engine runs; the client alone is of no use."""
    try:
        return ask("info").returncode == 0
    except FileNotFoundError:
        return False


def container(run: Run, node: Node) -> str:
    """The name of a node's container; that of the network is the same for all."""
    return f"{network(run)}-{node.name}"


def network(run: Run) -> str:
    """The name of the network of a run."""
    return f"management-portal-{run.name}"


def launch(run: Run, node: Node) -> None:
    """Start a node; one that has ended is started again with its data."""
    if ask("start", container(run, node)).returncode == 0:
        return
    ask("network", "create", network(run))
    seeds = [container(run, each) for each in run.nodes]
    entries = everywhere(run, seeds) | {"node.name": node.name, "ES_JAVA_OPTS": HEAP}
    variables = [part for name, value in entries.items() for part in ("--env", f"{name}={plain(value)}")]
    place = ["--name", container(run, node), "--network", network(run), "--publish", f"127.0.0.1:{node.http}:9200"]
    done = ask("run", "--detach", "--memory", "1g", *place, *variables, IMAGE)
    if done.returncode != 0:
        raise NodeError(f"docker could not start {node.name}: {done.stderr.strip()}")


def plain(value: object) -> str:
    """A setting as the image reads it from the environment."""
    return ",".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else json.dumps(value)


def alive(run: Run, node: Node) -> bool:
    """Whether a node's container runs."""
    return ask("inspect", "--format", "{{.State.Running}}", container(run, node)).stdout.strip() == "true"


def log(run: Run, node: Node) -> str:
    """All that a node said."""
    done = ask("logs", container(run, node))
    return done.stdout + done.stderr


def end(run: Run) -> None:
    """Remove containers with their data, and the network of the run."""
    ask("rm", "--force", "--volumes", *(container(run, node) for node in run.nodes))
    ask("network", "rm", network(run))
