"""What others wrote: every file as it was fetched, with its licence, and nobody needs Node to run the portal."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "static" / "vendor"
PINS = tomllib.loads((ROOT / "vendor.toml").read_text(encoding="utf-8"))["package"]


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the check over a checkout."""
    command = [sys.executable, str(ROOT / "scripts" / "vendor"), "check", "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_file_is_as_it_was_fetched() -> None:
    """The check needs neither npm nor a network."""
    result = check(ROOT)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda root: (root / "static/vendor/htmx.min.js").write_text("changed"), "htmx.min.js is not as it was fetched"),
        (lambda root: (root / "static/vendor/icons.svg").unlink(), "icons.svg is missing"),
        (lambda root: (root / "static/vendor/more.js").touch(), "more.js is in no package"),
        (lambda root: (root / "vendor.toml").write_text((root / "vendor.toml").read_text().replace("4.0.1", "4.0.2")), "was changed since"),
        (lambda root: (root / "vendor.toml").write_text((root / "vendor.toml").read_text().replace('"send", ', "")), "was changed since"),
    ],
    ids=["changed", "missing", "added", "another version", "another icon"],
)
def test_a_file_that_differs_is_named_with_the_cure(tmp_path: Path, change: Callable[[Path], object], says: str) -> None:
    """Whatever was done to it by hand."""
    for name in ("vendor.toml", "vendor.lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(VENDOR, tmp_path / "static" / "vendor")
    change(tmp_path)
    result = check(tmp_path)
    assert result.returncode == 1
    assert says in result.stderr
    assert "scripts/vendor sync" in result.stderr


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin["name"])
def test_a_package_is_pinned_and_brings_its_licence(pin: dict[str, str]) -> None:
    """A version and a digest of the whole package; the licence text lies beside the files."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", pin["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", pin["integrity"])
    (licence,) = (name for name in pin["files"].values() if name.endswith(".LICENSE"))
    assert (VENDOR / licence).stat().st_size > 300


def test_no_address_of_a_registry_is_named() -> None:
    """Any mirror serves, because the digests decide."""
    for name in ("vendor.toml", "vendor.lock.json", "scripts/vendor"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "")
