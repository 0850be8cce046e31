"""Fetches the server once, checks that it is the one we know, and unpacks it."""

import hashlib
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from jgo.maven import MavenContext

from elastic_node.failures import MissingError, NodeError
from elastic_node.places import base, locked

# The distribution that Elastic publishes for integration tests: the core of the server, transport and security.
GROUP, ARTIFACT, VERSION = "org.elasticsearch.distribution.integ-test-zip", "elasticsearch", "9.5.0"
SHA256 = "db0e275fd790f723eca7bcde96069fd6fed304ad23afdb70c8c09553dd9e8b1b"


def server() -> Path:
    """The unpacked server. It is fetched and unpacked beside its place and then moved there, so what is there is whole."""
    home = base() / f"{ARTIFACT}-{VERSION}"
    with locked(base() / "fetch.lock"):
        if not home.is_dir():
            print(f"elasticsearch: fetching version {VERSION} (130 MB, once)", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=base()) as scratch:
                unpack(checked(fetch(Path(scratch))), Path(scratch) / "unpacked")
                (Path(scratch) / "unpacked" / home.name).rename(home)
    return home


def fetch(folder: Path) -> Path:
    """Download the archive into a folder."""
    component = MavenContext(repo_cache=folder).project(GROUP, ARTIFACT).at_version(VERSION)
    try:
        archive = component.artifact(packaging="zip").resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo says "not found" with a RuntimeError
        raise MissingError(f"Elasticsearch {VERSION} could not be fetched: {error}") from error
    if archive is None:
        raise MissingError(f"Elasticsearch {VERSION} could not be fetched: it is not in the repository")
    return Path(archive)


def checked(archive: Path) -> Path:
    """The archive, if it is the one we know; jgo itself only warns about a wrong sum, and a broken download may look whole."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise NodeError(f"what was fetched is not Elasticsearch {VERSION}: its SHA-256 is {found} and not {SHA256}. Try again.")
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Unpack with what may be executed, readable for every account."""
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            path = Path(content.extract(entry, folder))
            runnable = path.is_dir() or entry.external_attr >> 16 & 0o100
            path.chmod(0o755 if runnable else 0o644)
    shutil.rmtree(folder / f"{ARTIFACT}-{VERSION}" / "logs", ignore_errors=True)  # each node has its own
