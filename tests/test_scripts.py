"""The scripts and the lock files: set-up once, from anywhere, with everything pinned."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = [
    ROOT / ".ci" / "run",
    *(path for path in sorted((ROOT / "scripts").iterdir()) if path.read_bytes().startswith(b"#!/usr/bin/env bash")),
]
PINS = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Package -> version of a lock file."""
    return {found[1]: found[2] for found in PINS.finditer((ROOT / name).read_text())}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_sound(script: Path) -> None:
    """Bash can read it, it stops at the first failure, and it can be started."""
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert "set -euo pipefail" in script.read_text()
    assert os.access(script, os.X_OK)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock file asks for nothing, so that its set-up needs no network."""
    root = tmp_path / "check out"  # a blank in the path
    (root / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", root / "scripts")
    (root / "requirements.lock").write_text("# nothing\n")
    (root / "app").mkdir()
    (root / "app" / "__init__.py").touch()
    (root / "app" / "cli.py").write_text("print('started')\n")
    return root


def clean() -> dict[str, str]:
    """An environment without the tests' own settings."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}


def setup(root: Path, cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up of a checkout from some folder, with nothing of the tests' own environment."""
    script = str(root / "scripts" / "setup")
    return subprocess.run([script, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=clean() | environment)


def test_set_up_is_done_once_and_again_when_the_lock_changes(checkout: Path, tmp_path: Path) -> None:
    """The first run makes the command, the second does nothing, a changed lock file does it again."""
    first, second = setup(checkout, tmp_path), setup(checkout, Path("/"))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "installing" in first.stderr
    assert second.stderr == ""
    (checkout / "requirements.lock").write_text("# still nothing\n")
    assert "installing" in setup(checkout, tmp_path).stderr
    (tmp_path / "app").mkdir()  # what lies in the working folder does not stand in for the portal
    done = subprocess.run([checkout / ".venv" / "bin" / "portal"], cwd=tmp_path, capture_output=True, text=True, check=True, env=clean())
    assert done.stdout == "started\n"


def test_set_up_says_which_python_it_needs(checkout: Path, tmp_path: Path) -> None:
    """An interpreter that is too old, or none, is refused with what is needed."""
    (tmp_path / "old").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "old").chmod(0o755)
    result = setup(checkout, tmp_path, PYTHON=str(tmp_path / "old"))
    assert result.returncode == 1
    assert "Python 3.11 or later is needed" in result.stderr


def test_set_up_refuses_what_it_does_not_know(checkout: Path, tmp_path: Path) -> None:
    """A mistyped argument is wrong usage."""
    assert setup(checkout, tmp_path, "devel").returncode == 2


def test_set_up_leaves_a_linked_environment_alone(checkout: Path, tmp_path: Path) -> None:
    """A `.venv` that is a link belongs to somebody else: nothing in it is cleared."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "kept").touch()
    (checkout / ".venv").symlink_to(tmp_path / "theirs")
    result = setup(checkout, tmp_path)
    assert result.returncode == 1
    assert "Remove the link" in result.stderr
    assert (tmp_path / "theirs" / "kept").exists()


def test_everything_named_is_pinned() -> None:
    """Each package that pyproject.toml names is in the lock files, and what runs is the same version in both."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    plain = [re.split(r"[<>=\[ ]", name)[0] for name in project["project"]["dependencies"]]
    groups = [re.split(r"[<>=\[ ]", name)[0] for group in project["dependency-groups"].values() for name in group]
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert set(plain) <= set(run)
    assert set(plain) | set(groups) <= set(dev)
    assert run.items() <= dev.items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_holds_hashes_and_no_addresses(name: str) -> None:
    """Each pin has hashes, and no index is named, so that any mirror serves."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert len(PINS.findall(text)) == len(re.findall(r"==.*\\\n    --hash=sha256:[0-9a-f]{64}", text))
