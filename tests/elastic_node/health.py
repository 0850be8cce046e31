"""Waits until nodes answer and have found each other."""

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable

from elastic_node.failures import NodeError
from elastic_node.record import Access, Node, Run

LIMIT = 300.0  # seconds; a node takes 15 on two idle cores
SHOWN = 20  # lines of a log in a message


def size(node: Node, access: Access | None) -> int:
    """How many nodes the cluster has that a node belongs to; 0 as long as it does not answer."""
    try:
        connection = connect(node, access)
        connection.request("GET", "/_cluster/health", headers=credentials(access))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
    except (OSError, http.client.HTTPException):
        return 0
    return int(json.loads(content)["number_of_nodes"]) if answer.status == http.HTTPStatus.OK else 0


def connect(node: Node, access: Access | None) -> http.client.HTTPConnection:
    """A connection to a node, with its certificate checked where it has one."""
    if not access:
        return http.client.HTTPConnection("127.0.0.1", node.http, timeout=10)
    context = ssl.create_default_context(cafile=access.ca_file)
    return http.client.HTTPSConnection("127.0.0.1", node.http, timeout=10, context=context)


def credentials(access: Access | None) -> dict[str, str]:
    """The header that lets a request in."""
    if not access:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{access.user}:{access.password()}".encode()).decode()}


def wait(run: Run, alive: Callable[[Node], bool], log: Callable[[Node], str]) -> None:
    """Return when every node answers and sees all others; fail as soon as one has ended, with the end of its log."""
    deadline = time.monotonic() + LIMIT
    waiting = list(run.nodes)
    while waiting := [node for node in waiting if size(node, run.access) != len(run.nodes)]:
        for node in waiting:
            if not alive(node):
                raise NodeError(f"{node.name} ended while it started. Its log ({node.log()}) ends with:\n{tail(log(node))}")
        if time.monotonic() > deadline:
            raise NodeError(f"{waiting[0].name} did not answer in {LIMIT:.0f} s. Its log ends with:\n{tail(log(waiting[0]))}")
        time.sleep(0.25)


def tail(text: str) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-SHOWN:])
