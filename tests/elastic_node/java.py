"""Finds the Java that Elasticsearch needs, or installs it where that can be done without asking."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from elastic_node.places import account

OLDEST = 21
NEWEST_KNOWN = 25  # later ones are taken only where there is no other
PACKAGE = "openjdk-21-jre-headless"


def java_home() -> Path | None:
    """The home of the best Java there is."""
    found = {home: version for home in candidates() if (version := version_of(home)) >= OLDEST}
    return max(found, key=lambda home: (found[home] <= NEWEST_KNOWN, found[home]), default=None)


def candidates() -> set[Path]:
    """Homes in which a Java may be: those that the environment names, and those of the system."""
    on_path = shutil.which("java")
    named = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    usual = [Path(on_path).resolve().parent.parent] if on_path else []
    homes = (*named, *usual, *Path("/usr/lib/jvm").glob("*"))
    return {home.resolve() for home in homes if (home / "bin" / "java").is_file()}


def version_of(home: Path) -> int:
    """The version of a Java, asked as the account that will run it; 0 where it cannot be run."""
    user, group = account() or (None, None)
    try:
        answer = subprocess.run(
            [home / "bin" / "java", "-version"],
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0


def install() -> Path | None:
    """Install a Java from the system's packages, where root may and they have one (Debian 12 has not)."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], capture_output=True, check=False)
    if subprocess.run(["apt-cache", "show", PACKAGE], capture_output=True, check=False).returncode != 0:
        return None
    print(f"elasticsearch: installing {PACKAGE}", file=sys.stderr)
    wanted = ["apt-get", "install", "-y", "--no-install-recommends", PACKAGE]
    subprocess.run(wanted, capture_output=True, check=False, env=environment)
    return java_home()
