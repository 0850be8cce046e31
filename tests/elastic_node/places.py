"""Where everything lies, and which account the nodes run as."""

import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elastic_node.failures import MissingError

ACCOUNT = "nobody"  # there on every Linux; Elasticsearch refuses to run as root


def account() -> tuple[int, int] | None:
    """User and group of the nodes, or None for those of the caller, who is not root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def base() -> Path:
    """The folder for all of it. Root's own caches may be closed to the account of the nodes, so root's is that of the system."""
    usual = Path("/var/cache") if account() else Path.home() / ".cache"
    folder = (Path(os.environ.get("XDG_CACHE_HOME") or usual) / "management-portal").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    check_open(folder)
    return folder


def check_open(folder: Path) -> None:
    """Complain where the account of the nodes could not get into a folder."""
    if not account():
        return
    for part in (folder, *folder.parents):
        if not part.stat().st_mode & stat.S_IXOTH:
            raise MissingError(
                f"{part} is closed to the account '{ACCOUNT}', as which root runs Elasticsearch. Choose another folder than {folder}"
                f" (--data, XDG_CACHE_HOME) or open it: chmod o+x {part}"
            )


def runs() -> Path:
    """The folder with a folder for each run."""
    folder = base() / "runs"
    folder.mkdir(exist_ok=True)
    return folder


def hand_over(folder: Path) -> None:
    """Make a folder and what is in it the nodes' own, and nobody else's."""
    folder.chmod(0o700)
    owner = account()
    if owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *owner)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; whoever else wants it waits, and a holder that dies lets go."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
