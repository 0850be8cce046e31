"""Makes what a node needs that lets in only those who may: a certificate, its authority, and a user."""

import secrets
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from elastic_node import processes
from elastic_node.failures import NodeError
from elastic_node.record import Access, Node, Run, folder_of

USER = "portal"
MADE = ("ca.crt", "node.crt", "node.key", "users", "users_roles")


def plan(name: str) -> Access:
    """Where the password and the authority of a run will be."""
    return Access(USER, str(folder_of(name) / "password"), str(folder_of(name) / "ca.crt"))


def prepare(run: Run, access: Access, home: Path, java: Path) -> None:
    """Make everything with the tools of the server in the first node's folder, and give it to the others."""
    first = run.nodes[0]
    password = Path(access.password_file)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(16) + "\n")
    enrol = ("elasticsearch-users", "useradd", USER, "-p", access.password(), "-r", "superuser")
    try:
        with ThreadPoolExecutor() as beside:  # each tool is a Java that takes seconds to start
            user = beside.submit(processes.tool, first, home, java, *enrol)
            certify(first, home, java)
            user.result()
    except subprocess.CalledProcessError as error:
        # Without the command: it holds the password.
        raise NodeError(f"{Path(error.cmd[0]).name} failed: {error.stderr.decode(errors='replace').strip()}") from None
    shutil.copyfile(first.configuration() / "ca.crt", access.ca_file)
    for node in run.nodes[1:]:
        for name in MADE:
            shutil.copyfile(first.configuration() / name, node.configuration() / name)


def certify(node: Node, home: Path, java: Path) -> None:
    """Make an authority and a certificate for 127.0.0.1 and localhost."""
    folder = node.configuration()
    tool, options = "elasticsearch-certutil", ("--silent", "--pem", "--out")
    processes.tool(node, home, java, tool, "ca", *options, str(folder / "ca.zip"))
    take(folder / "ca.zip", folder)
    names = ("--name", "node", "--ip", "127.0.0.1", "--dns", "localhost")
    authority = ("--ca-cert", str(folder / "ca.crt"), "--ca-key", str(folder / "ca.key"))
    processes.tool(node, home, java, tool, "cert", *options, str(folder / "node.zip"), *authority, *names)
    take(folder / "node.zip", folder)


def take(archive: Path, folder: Path) -> None:
    """Lay the files of an archive flat into a folder."""
    with zipfile.ZipFile(archive) as content:
        for name in content.namelist():
            if not name.endswith("/"):
                (folder / Path(name).name).write_bytes(content.read(name))
    archive.unlink()
