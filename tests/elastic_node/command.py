"""The command line: start, stop, status."""

import argparse
import re
import sys
from pathlib import Path

from elastic_node import lifecycle, record, watch
from elastic_node.failures import NodeError
from elastic_node.lifecycle import Wish
from elastic_node.record import Run

MANY = 9  # more nodes than this is a mistyped number


def main(arguments: list[str]) -> int:
    """Run a command; the exit code is 0, 1 (failed, or nothing runs), 2 (wrong usage) or 3 (something is missing)."""
    options = parser().parse_args(arguments)
    try:
        return {"start": start, "stop": stop, "status": status, "watch": begin_watch}[options.command](options)
    except NodeError as error:
        print(f"elasticsearch: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("elasticsearch: interrupted; nothing was left running", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="elasticsearch", description="A real Elasticsearch on 127.0.0.1, for tests and trials.")
    commands = top.add_subparsers(dest="command", required=True, metavar="start|stop|status")
    begin = commands.add_parser("start", help="start, wait until it answers, and print the address of each node")
    begin.add_argument("--nodes", type=count, default=1, metavar="N", help="that many nodes in one cluster (default: 1)")
    begin.add_argument("--data", type=Path, metavar="DIR", help="keep the data there; without it they go when the nodes are stopped")
    begin.add_argument("--port", type=port, metavar="P", help="the first node's port, the next have the following (default: free ones)")
    begin.add_argument("--secure", action="store_true", help="with TLS and a user; standard error says where certificate and password are")
    begin.add_argument("--again", action="store_true", help="start the nodes of a run that have ended, with their data and ports")
    begin.add_argument("--owner", type=int, metavar="PID", help="stop when this process has gone, and leave nothing behind")
    named(begin, "default")
    named(commands.add_parser("stop", help="end the nodes"), "default")
    named(commands.add_parser("status", help="say what runs; exit code 1 when nothing does"), None)
    watcher = commands.add_parser("watch")  # for `start --owner`; not for people, so without help
    watcher.add_argument("--owner", type=int, required=True)
    named(watcher, "default")
    return top


def named(command: argparse.ArgumentParser, default: str | None) -> None:
    """Let a command take the name of a run."""
    told = "default: default" if default else "default: all"
    command.add_argument("--name", type=name, default=default, help=f"the run that is meant; several do not touch each other ({told})")


def name(text: str) -> str:
    """A name that is fit for a folder, a cluster and a container."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", text):
        raise argparse.ArgumentTypeError("a name has small letters, digits and dashes")
    return text


def count(text: str) -> int:
    """A number of nodes."""
    return within(text, 1, MANY)


def port(text: str) -> int:
    """A port that every account may use."""
    return within(text, 1024, 65535)


def within(text: str, low: int, high: int) -> int:
    """A whole number between two others."""
    if not text.isdecimal() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"a number from {low} to {high} is needed")
    return int(text)


def start(options: argparse.Namespace) -> int:
    """Start and print addresses; all else goes to standard error."""
    wish = Wish(options.name, options.nodes, options.data, options.port, options.secure, options.owner, options.again)
    run = lifecycle.start(wish)
    print("\n".join(run.addresses()))
    if run.access:
        print(entrance(run), file=sys.stderr)
    return 0


def entrance(run: Run) -> str:
    """How to get into a secure run."""
    assert run.access
    return f"user {run.access.user}, password in {run.access.password_file}, certificate authority in {run.access.ca_file}"


def stop(options: argparse.Namespace) -> int:
    """Stop; that nothing ran is no failure."""
    stopped = lifecycle.stop(options.name)
    print(f"elasticsearch: '{options.name}' is stopped" if stopped else f"elasticsearch: '{options.name}' does not run", file=sys.stderr)
    return 0


def status(options: argparse.Namespace) -> int:
    """Say what runs and where."""
    found = [run for run in lifecycle.running() if options.name in (None, run.name)]
    if found:
        print("\n".join(map(described, found)))
    else:
        print("elasticsearch: nothing runs" if options.name is None else f"elasticsearch: '{options.name}' does not run", file=sys.stderr)
    return 0 if found else 1


def described(run: Run) -> str:
    """A run in a few lines."""
    alive = lifecycle.alive(run)
    places = zip(run.nodes, run.addresses(), strict=True)
    lines = [f"{node.name} {address}" + ("" if alive[node.name] else " (ended)") for node, address in places]
    return "\n  ".join([f"{run.name}: {run.kind}, {record.folder_of(run.name)}", *lines, *([entrance(run)] if run.access else [])])


def begin_watch(options: argparse.Namespace) -> int:
    """Be the watch."""
    watch.wait(options.name, options.owner)
    if record.load(options.name):
        lifecycle.stop(options.name)
    return 0
