"""The wheel: it holds all that the portal needs, and works without development tools and without a network."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVENT = {"timestamp": "2026-11-02T09:00:00Z", "type": "bounce", "sender": "info@one.example", "recipient": "jan@two.example"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made with the backend that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def lend(site: Path) -> None:
    """Put the packages of the run-time lock file, and only those, within reach of an environment."""
    for name in re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        try:
            files = distribution(name).files or []
        except ModuleNotFoundError:  # for another system or Python
            continue
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(distribution(name).locate_file(top))


def test_the_wheel_holds_what_is_read_at_run_time(wheel: Path) -> None:
    """Templates, static files, rules and sample mail are in it; tests and scripts are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("templates", "app/templates"), ("static", "app/static"), ("mappings", "store/mappings")):
        wanted = {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert wanted <= names
    for room in ("app", "indexer", "store"):
        assert {path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*.toml")} <= names
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"app", "indexer", "store"}


def test_the_wheel_indexes_searches_and_shows(wheel: Path, tmp_path: Path) -> None:
    """In an environment with the run-time packages only, one event is indexed, found and shown on the page."""
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=60)
    python = environment / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-compile",
        str(wheel),
    ]
    subprocess.run(install, check=True, timeout=60)
    (site,) = environment.glob("lib/python*/site-packages")
    lend(site)
    clean = {"PATH": os.environ["PATH"], "PORTAL_DATA": str(tmp_path / "data")}

    def run(*arguments: str, text: str = "") -> str:
        return subprocess.run(arguments, input=text, capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path, env=clean).stdout

    portal = str(environment / "bin" / "portal")
    assert json.loads(run(portal, "index", "--json", "-", text=json.dumps(EVENT)))["new"] == 1
    assert "jan@two.example" in run(portal, "search", "recipient:jan")
    page = (
        "from pathlib import Path; from app import create_app; from app.settings import Settings; from app.stores import open_events;"
        "from app.viewer import Viewer; from store.customers import Role; from store.events import Scope;"
        "viewer = Viewer('somebody', Role.OPERATOR, Scope.operator());"
        f"settings = Settings(data=Path({str(tmp_path / 'data')!r}));"
        "client = create_app(settings, open_events(settings), identify=lambda: viewer).test_client();"
        "print(client.get('/events', base_url='http://127.0.0.1').text)"
    )
    assert "jan@two.example" in run(str(python), "-c", page)
    missing = subprocess.run([python, "-c", "import pytest"], check=False, capture_output=True, cwd=tmp_path, env=clean)
    assert missing.returncode != 0
