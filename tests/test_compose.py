"""The composition and the image: pinned, on this machine only, looked after, and not root. What they need is where they look for it."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from app.server import address_of
from app.version import VERSION

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ONCE = {"certificates", "rights"}  # services that do something and end; nobody looks whether they are well, but how they ended


def blocks(indent: str, text: str) -> dict[str, str]:
    """The keys at this depth of a part of the file, each with the lines below it."""
    parts = re.split(rf"^{indent}([a-z][\w-]*):", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def services() -> dict[str, dict[str, str]]:
    """Each service with its settings, those it shares with others included."""
    whole = blocks("", COMPOSE)
    shared = {name.removeprefix("x-"): blocks("  ", text) for name, text in whole.items() if name.startswith("x-")}
    found = {}
    for name, text in blocks("  ", whole["services"]).items():
        own = blocks("    ", text)
        inherited = re.search(r"<<: \*(\w+)", text)
        found[name] = (shared[inherited[1]] if inherited else {}) | own
    return found


SERVICES = services()
EACH = pytest.mark.parametrize(("name", "service"), SERVICES.items(), ids=SERVICES.keys())


def variables() -> dict[str, bool]:
    """What is taken from the environment or .env, and whether it has to be there."""
    found = re.findall(
        r"(?<!\$)\$\{([A-Z_]+)(:[?-])?", "\n".join(line for line in COMPOSE.splitlines() if not line.lstrip().startswith("#"))
    )
    return {name: kind == ":?" for name, kind in found}


def client() -> list[str] | None:
    """The command of Docker's compose client, version 2 or later; it needs no running engine for what is asked here."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        told = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
        if told.returncode == 0 and int(told.stdout.strip().removeprefix("v").partition(".")[0]) > 1:
            return command
    return None


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The composition as Docker reads it, with nothing set but what has to be."""
    command = client()
    if command is None:
        pytest.skip("no docker compose client, version 2 or later")  # no machine of ours has one, so it is never a failure
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | {
        name: f"made-up-{name.lower()}" for name, needed in variables().items() if needed
    }
    asked = [*command, "--file", str(ROOT / "docker-compose.yml"), "--env-file", os.devnull, "config", "--format", "json"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, env=environment)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_the_services_are_those_that_the_portal_needs() -> None:
    """Nothing is read past: every service is found here."""
    assert set(SERVICES) == ONCE | {"elasticsearch", "redis", "portal", "indexer"}


@EACH
def test_an_image_is_pinned(name: str, service: dict[str, str]) -> None:
    """Each has a whole version, from the public registry by its short name or made here with the portal's own version."""
    image, version = service["image"].strip().split(":")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert image == {"portal": "management-portal", "indexer": "management-portal", "redis": "redis"}.get(name, "elasticsearch")
    if image == "management-portal":
        assert version == VERSION


def test_the_stages_of_the_image_are_pinned_and_fit_each_other() -> None:
    """One Python and one Debian in both stages: what the first makes runs in the second."""
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2
    assert {stage.replace("-slim", "") for stage in stages} == {"python:3.11.14-bookworm"}


@EACH
def test_a_port_is_published_on_this_machine_only(name: str, service: dict[str, str]) -> None:
    """Each port that leaves a container is on 127.0.0.1."""
    published = re.findall(r'"([^"]+)"', service.get("ports", ""))
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert bool(published) == (name in {"elasticsearch", "redis"})


def test_the_portal_listens_on_the_machine_alone() -> None:
    """It has the network of the machine and names a loopback address: a proxy with TLS reaches it there, and nobody else does."""
    command = json.loads(SERVICES["portal"]["command"])
    assert SERVICES["portal"]["network_mode"].split() == ["host"]
    assert address_of(command[command.index("--host") + 1]) == "127.0.0.1"


@EACH
def test_a_service_is_looked_after(name: str, service: dict[str, str]) -> None:
    """Each that stays has a health check and comes back after a fault; each has a memory limit and a bound on its log."""
    assert ("healthcheck" in service) == (name not in ONCE)
    assert ("restart" in service) == (name not in ONCE)
    assert "mem_limit" in service
    assert "logging" in service


def test_services_wait_for_those_they_need() -> None:
    """The portal starts when the engines are well and its rights are there, the indexer when the portal is well."""
    waits = {name: dict(re.findall(r"(\w+): \{condition: service_(\w+)\}", each.get("depends_on", ""))) for name, each in SERVICES.items()}
    assert waits == {
        "certificates": {},
        "elasticsearch": {"certificates": "completed_successfully"},
        "rights": {"elasticsearch": "healthy"},
        "redis": {},
        "portal": {"elasticsearch": "healthy", "rights": "completed_successfully", "redis": "healthy"},
        "indexer": {"portal": "healthy"},
    }


@EACH
def test_data_are_in_named_volumes(name: str, service: dict[str, str]) -> None:
    """What is written lies in a volume with a name; folders of the machine are only read."""
    named = set(blocks("  ", blocks("", COMPOSE)["volumes"]))
    for mount in re.findall(r"^ +- (\S+)$", service.get("volumes", ""), re.MULTILINE):
        assert mount.split(":")[0] in named or mount.endswith(":ro"), f"{name}: {mount}"
        assert mount.endswith(":ro") or not mount.startswith(("authority:", "certificates:")) or name == "certificates"


@pytest.mark.parametrize("name", ["portal", "indexer"])
def test_the_portal_runs_with_few_rights(name: str) -> None:
    """An account of its own, no capabilities, a file system that it cannot write to but for its data."""
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users == ["portal"]
    assert re.search(r"useradd --uid [1-9]\d{3,} ", DOCKERFILE)
    assert "user" not in SERVICES[name]
    assert {option: SERVICES[name][option].strip() for option in ("read_only", "cap_drop")} == {"read_only": "true", "cap_drop": "[ALL]"}
    assert "no-new-privileges" in SERVICES[name]["security_opt"]


def test_no_password_has_a_default() -> None:
    """What has to be secret has to be given, but for Redis, which is reached from this machine only."""
    needed = {name for name, needed in variables().items() if needed}
    assert needed == {"ELASTIC_PASSWORD", "ELASTIC_PORTAL_PASSWORD", "PORTAL_SECRET_KEY"}


@pytest.mark.parametrize("name", variables())
def test_what_can_be_set_is_documented(name: str) -> None:
    """Each variable stands in the guide."""
    assert re.search(rf"\b{name}\b", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").partition("## Three nodes")[0])


def test_the_image_says_whether_the_portal_is_well() -> None:
    """Its health check asks the page that is there for it, on the port that it listens on by itself."""
    assert "http://127.0.0.1:8000/healthz" in DOCKERFILE
    assert 'CMD ["serve", "--port", "8000"]' in DOCKERFILE
    assert "/healthz" in SERVICES["portal"]["healthcheck"]


def test_the_builder_is_given_what_it_copies_and_no_more() -> None:
    """Each thing copied is there and let through; data, .env and history are not."""
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    rules = [line for line in ignored if line and not line.startswith("#")]
    copied = [source for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()]
    assert rules[0] == "*"
    assert {f"!{source}" for source in copied} == {rule for rule in rules if rule.startswith("!")}
    assert all((ROOT / source).exists() for source in copied)
    assert {path.parts[0] for path in map(Path, copied)} >= {"app", "indexer", "store", "mappings", "static", "templates"}
    assert any(fnmatch("app/__pycache__", rule) for rule in rules)


def test_docker_reads_the_composition(composed: dict[str, Any]) -> None:
    """Docker's own client takes it, and sees the ports, users and checks that are held above."""
    assert set(composed["services"]) == set(SERVICES)
    for name, service in composed["services"].items():
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", []))
        assert ("healthcheck" in service) == (name not in ONCE)
        assert all(mount["type"] == "volume" or mount["read_only"] for mount in service.get("volumes", []))
    assert composed["services"]["portal"]["network_mode"] == "host"
    assert set(composed["volumes"]) == {"authority", "certificates", "elasticsearch", "portal", "redis", "snapshots"}


def test_docker_refuses_it_without_passwords(composed: dict[str, Any]) -> None:
    """Without a .env the client says what is missing and where to read about it, and starts nothing."""
    assert composed
    command = client()
    assert command is not None
    asked = [*command, "--file", str(ROOT / "docker-compose.yml"), "--env-file", os.devnull, "config", "--quiet"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert told.returncode != 0
    assert "is missing in .env, see docs/deploy.md" in told.stderr
