"""Writes a node's configuration."""

import json
import shutil
from pathlib import Path

from elastic_node.record import Node, Run

HEAP = "-Xms512m -Xmx512m -XX:-AlwaysPreTouch"
# Without the second compiler a node is up in two thirds of the time, and slower only after minutes of hard work.
BRIEF = "-XX:TieredStopAtLevel=1"
COPIED = ("log4j2.properties", "roles.yml", "role_mapping.yml", "users", "users_roles")
# What a test machine has no use for: megabytes of notes on garbage collection, and the heap on disk.
UNWANTED = ("-Xlog:gc", "-XX:+HeapDumpOnOutOfMemoryError")


def write(run: Run, node: Node, home: Path) -> None:
    """Write the configuration of a node of a run beside the server's own defaults."""
    folder = node.configuration()
    folder.mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(home / "config" / name, folder / name)
    (folder / "jvm.options.d").mkdir()
    options = (home / "config" / "jvm.options").read_text().splitlines()
    (folder / "jvm.options").write_text("".join(f"{line}\n" for line in options if not line.startswith(UNWANTED)))
    entries = everywhere(run, [f"127.0.0.1:{each.transport}" for each in run.nodes]) | here(node)
    if run.access:
        entries |= secured(folder)
    (folder / "elasticsearch.yml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in entries.items()))


def everywhere(run: Run, seeds: list[str]) -> dict[str, object]:
    """What holds for all nodes of a run, wherever they run; the seeds are their addresses among themselves."""
    alone = len(run.nodes) == 1
    return {
        "cluster.name": run.name,
        "xpack.security.enabled": run.access is not None,
        "cluster.routing.allocation.disk.threshold_enabled": False,  # disks of test machines are often fuller than 85%
        "cluster.max_shards_per_node": 10_000,  # many tests, each with its own indices, share one node
    } | (
        {"discovery.type": "single-node"}
        if alone
        else {"discovery.seed_hosts": seeds, "cluster.initial_master_nodes": [node.name for node in run.nodes]}
    )


def here(node: Node) -> dict[str, object]:
    """What holds for one node that runs as a process."""
    return {
        "node.name": node.name,
        "path.data": node.data,
        "path.logs": str(Path(node.folder) / "logs"),
        "network.host": "127.0.0.1",
        "http.port": node.http,
        "transport.port": node.transport,
    }


def secured(folder: Path) -> dict[str, object]:
    """TLS towards clients and among the nodes, all with one certificate."""
    return {
        f"xpack.security.{side}.ssl.{name}": value
        for side in ("http", "transport")
        for name, value in {
            "enabled": True,
            "key": str(folder / "node.key"),
            "certificate": str(folder / "node.crt"),
            "certificate_authorities": [str(folder / "ca.crt")],
        }.items()
    } | {"xpack.security.transport.ssl.verification_mode": "certificate"}
