"""What docs/security.md claims is shown by tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+)::(\w+)`", TEXT)))
ROWS = re.findall(r"^\| (\d[^|]*) \|[^|]*\|[^|]*\| (.*) \|$", TEXT, re.MULTILINE)


@cache
def written_in(module: str) -> frozenset[str]:
    """The tests of a file, wherever it lies."""
    (path,) = (ROOT / "tests").rglob(f"{module}.py")
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_a_test_that_is_named_exists(module: str, name: str) -> None:
    """By its file and its name."""
    assert name in written_in(module)


def test_each_requirement_names_a_test_or_says_why_there_is_none() -> None:
    """A test, or none with the reason."""
    assert len(ROWS) > 60
    for number, shown in ROWS:
        assert "::" in shown or shown.startswith("none: "), number
