"""The documentation cannot drift: settings, commands, options, formats and examples stand where people look for them."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from app.cli import main
from app.settings import Settings
from indexer.formats import NAMES
from store.query import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTEXT = click.Context(main)
COMMANDS = [(name, found) for name in main.list_commands(CONTEXT) if (found := main.get_command(CONTEXT, name))]


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_a_setting_stands_in_the_readme(name: str) -> None:
    """Each setting has a row in the table of settings."""
    assert f"| `PORTAL_{name.upper()}` |" in README


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    """What the table of settings names is read."""
    assert set(re.findall(r"`PORTAL_([A-Z_]+)`", README)) == {field.name.upper() for field in fields(Settings)}


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_a_command_stands_in_the_readme_with_its_options(name: str, command: click.Command) -> None:
    """Each command has help, its row names each of its options, and each option has help."""
    (row,) = re.findall(rf"^\| `portal {name}\b(.*)$", README, re.MULTILINE)
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help
            assert option.opts[-1] in row


def test_the_readme_names_no_command_that_is_not_there() -> None:
    """What the README tells people to type exists."""
    assert set(
        re.findall(r"\bportal (demo|[a-z]+)\b(?= |`|$)", "\n".join(re.findall(r"^    portal .*$|`portal .*?`", README, re.MULTILINE)))
    ) <= {name for name, _ in COMMANDS}


def test_the_examples_of_the_readme_are_queries() -> None:
    """Each example of the table of searches can be read."""
    table = README.partition("| you type |")[2].partition("\n\n")[0]
    examples = re.findall(r"`([^`]+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert len(examples) > 10
    for example in examples:
        parse(example)


@pytest.mark.parametrize("name", NAMES)
def test_a_format_is_described(name: str) -> None:
    """Each format that --format takes has its section."""
    assert f"`{name}`" in (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A link to a file of the project names one that is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
