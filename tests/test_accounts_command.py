"""`portal accounts`, and what other commands do with accounts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import portal, told, written
from samples import MAIL

from app.settings import Settings
from app.stores import open_accounts
from store.accounts import DEFAULT, Accounts, Sighting
from store.events import Scope

SCOPE = Scope.operator(DEFAULT)
NUMBER = "+31612345678"
JAN = "jan@x.example"


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """The accounts of a portal of its own, which keep its Redis running between commands."""
    monkeypatch.chdir(tmp_path)
    store = open_accounts(Settings())
    store.seen([Sighting(JAN, 1_767_225_600_000), Sighting("eva@x.example", 1)], SCOPE)
    yield store
    store.close()


def test_numbers_are_set_and_taken_away(accounts: Accounts) -> None:
    """As people write them; masked where they are shown, with the reason in the history."""
    result = portal("accounts", "set", "Jan@X.example", "06 - 1234 5678", "--why", "called", "--identity", "passport")
    assert result.stdout == f"{JAN}: +31 6 •••• 678, new\n"
    newest = accounts.history(JAN, SCOPE)[0]
    assert (newest.by, newest.why, newest.identity) == ("operator", "called", "passport")
    assert portal("accounts", "set", JAN, "--remove").stdout == f"{JAN}: no number\n"
    assert portal("accounts", "set", "new@x.example", NUMBER).exit_code == 0
    assert portal("accounts", "set", JAN).exit_code == portal("accounts", "set", JAN, "123").exit_code == 2
    assert portal("accounts", "set", "no address", NUMBER).exit_code == 2


def test_the_state_of_a_number_is_set_alone_or_with_it(accounts: Accounts) -> None:
    """Not without a number, which would be a state of nothing."""
    refused = portal("accounts", "set", JAN, "--state", "proven")
    assert (refused.exit_code, "has no number that could be proven" in refused.stderr) == (1, True)
    assert portal("accounts", "set", JAN, NUMBER, "--state", "proven").stdout == f"{JAN}: +31 6 •••• 678, proven\n"
    assert portal("accounts", "set", JAN, "--state", "suspect", "--why", "no answer").stdout.endswith(", suspect\n")
    assert (accounts.history(JAN, SCOPE)[0].what, accounts.history(JAN, SCOPE)[0].why) == ("state", "no answer")
    for wrong in (["--remove", "--state", "new"], ["--state", "none"], [NUMBER, "--remove"]):
        assert portal("accounts", "set", JAN, *wrong).exit_code == 2
    found = accounts.get(JAN, SCOPE)
    assert found is not None
    assert (found.phone, str(found.state)) == (NUMBER, "suspect")


def test_doubtful_numbers_are_to_be_confirmed(accounts: Accounts) -> None:
    """A landline, and one that another address has."""
    refused = portal("accounts", "set", JAN, "020 123 4567")
    assert (refused.exit_code, "--confirm" in refused.stderr) == (1, True)
    assert portal("accounts", "set", JAN, "020 123 4567", "--confirm").exit_code == 0
    accounts.put("eva@x.example", SCOPE, phone=NUMBER, by="x", version=0)
    refused = portal("accounts", "set", JAN, NUMBER)
    assert (refused.exit_code, "eva@x.example has this number too" in refused.stderr) == (1, True)


def test_accounts_are_listed_masked(accounts: Accounts) -> None:
    """All, some, or those without a number."""
    accounts.put(JAN, SCOPE, phone=NUMBER, by="x", version=0)
    result = portal("accounts", "list", "JAN")
    assert result.stdout.split() == [JAN, "+31", "6", "••••", "678", "new", "2026-01-01"]
    assert result.stderr == "1 of 1 account.\n"
    assert [json.loads(line)["address"] for line in portal("accounts", "list", "--json", "--sort", "-last_mail").stdout.splitlines()] == [
        JAN,
        "eva@x.example",
    ]
    assert portal("accounts", "list", "--without-number").stdout.startswith("eva@x.example")
    assert portal("accounts", "list", "--limit", "1").stderr == "1 of 2 accounts.\n"


def test_a_deletion_is_undone(accounts: Accounts) -> None:
    """Once."""
    accounts.put(JAN, SCOPE, phone=NUMBER, by="x", version=0)
    assert "restore jan@x.example" in portal("accounts", "delete", JAN, "--why", "left").stdout
    assert accounts.get(JAN, SCOPE) is None
    assert portal("accounts", "restore", JAN).stdout == f"{JAN}: +31 6 •••• 678\n"
    again = portal("accounts", "restore", JAN)
    assert (again.exit_code, "30 days" in again.stderr) == (1, True)


def test_a_file_is_imported_whole_or_not_at_all(accounts: Accounts, tmp_path: Path) -> None:
    """What is exported is imported again without any change."""
    (tmp_path / "numbers.csv").write_text(f"email_address;phone_number\n{JAN};0612345678\nnew@x.example;12\n", encoding="utf-8-sig")
    refused = portal("accounts", "import", "numbers.csv")
    assert (refused.exit_code, "line 3: new@x.example, 12:" in refused.stderr) == (1, True)
    assert portal("accounts", "import", "numbers.csv", "--dry-run").exit_code == 0
    assert accounts.history(JAN, SCOPE) == []
    assert portal("accounts", "import", "numbers.csv", "--skip-refused").stdout == "Imported: 0 new, 1 changed.\n"
    assert accounts.history(JAN, SCOPE)[0].why == "numbers.csv"
    exported = portal("accounts", "export", "all.csv", "--excel")
    assert exported.stderr == "2 accounts.\n"
    assert "'+31612345678" in (tmp_path / "all.csv").read_text(encoding="utf-8-sig")
    assert "0 added, 0 changed, 2 same, 0 refused" in portal("accounts", "import", "all.csv").stderr
    assert portal("accounts", "export").stdout.count("\n") == 3


def test_forgetting_a_person_takes_the_account_along(accounts: Accounts, tmp_path: Path) -> None:
    """Also from the file of Redis; a dry run only counts."""
    written(Settings(), MAIL[:3])
    accounts.put(JAN, SCOPE, phone=NUMBER, by="x", version=0)
    assert told("forget", JAN, "--dry-run")["accounts"] == {"customers": 1, "waiting": 0}
    assert accounts.get(JAN, SCOPE) is not None
    receipt = told("forget", JAN)
    assert (receipt["accounts"], receipt["complete"]) == ({"customers": 1, "waiting": 0}, True)
    assert (accounts.get(JAN, SCOPE), accounts.history(JAN, SCOPE)) == (None, [])
    assert b"jan@x" not in (tmp_path / "data" / "accounts" / "appendonly.aof").read_bytes()
    assert told("forget", JAN)["accounts"]["customers"] == 0


@pytest.mark.usefixtures("accounts")
def test_a_check_looks_at_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is, how many accounts, and what to do where it is away."""
    written(Settings(), MAIL[:3])
    found = {finding["detail"] for finding in told("check")["findings"] if finding["about"] == "accounts"}
    assert "2 accounts" in found
    assert any(detail.startswith("embedded Redis 6") for detail in found)
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:9")
    result = portal("check")
    assert result.exit_code == 1
    assert "WRONG accounts: The Redis of PORTAL_REDIS_URL" in result.stdout


@pytest.mark.parametrize("arguments", [["list"], ["export", "-"], ["delete", JAN], ["restore", JAN]])
def test_reading_makes_no_folder(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped PORTAL_DATA is an error with the folder's name, not an empty list."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_DATA", "dta")
    result = portal("accounts", *arguments)
    assert result.exit_code == 1
    assert f"no accounts in {tmp_path / 'dta' / 'accounts'}: index something" in result.output
    assert list(tmp_path.iterdir()) == []
