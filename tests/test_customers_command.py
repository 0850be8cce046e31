"""`portal customers`, `users` and `tokens`: whose mail is whose, and who may see it."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from commands import portal

from app.settings import Settings
from app.stores import open_accounts, open_directory
from store.accounts import Wanted
from store.customers import Role
from store.event import Event, public_json

MAIL = [
    Event(id=f"{number}", timestamp=1_767_225_600_000 + number, type="send", source="ndjson", sender=sender, recipient=recipient)
    for number, (sender, recipient) in enumerate(
        [
            ("a@one.example", "jan@x.example"),
            ("a@two.example", "jan@x.example"),
            ("b@two.example", "eva@x.example"),
            ("c@none.example", "d@x.example"),
        ]
    )
]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A portal of its own in a new folder, with some mail in a file."""
    monkeypatch.chdir(tmp_path)
    Path("mail.ndjson").write_bytes(b"".join(public_json(event) + b"\n" for event in MAIL))
    return Settings()


def addresses(settings: Settings, customer: str) -> list[str]:
    """The accounts of a customer."""
    with closing(open_accounts(settings)) as accounts, closing(open_directory(settings)) as directory:
        found = directory.customer(customer)
        assert found is not None
        return [account.address for account in accounts.find(Wanted(), found.scope).accounts]


@pytest.mark.parametrize("first", ["mail", "customers"])
def test_recipients_are_accounts_of_the_sender_s_customer(settings: Settings, first: str) -> None:
    """Whichever comes first, the mail or the customers; somebody whom two of them write to is with both."""
    if first == "mail":
        assert portal("index", "mail.ndjson").exit_code == 0
    assert portal("customers", "add", "One", "--domain", "one.example").exit_code == 0
    two = portal("customers", "add", "Two", "--domain", "two.example", "--domain", "other.example")
    if first == "customers":
        assert portal("index", "mail.ndjson").exit_code == 0
    assert ("recipients of 2 events" in two.stdout) == (first == "mail")
    assert addresses(settings, "one") == ["jan@x.example"]
    assert addresses(settings, "TWO") == ["eva@x.example", "jan@x.example"]
    assert "shown 2 of 2" in portal("search", "", "--customer", "two").stderr


def test_a_domain_belongs_to_one_customer(settings: Settings) -> None:
    """The second is refused whole, and no half of it stays."""
    assert settings
    assert portal("customers", "add", "One", "--domain", "one.example").exit_code == 0
    refused = portal("customers", "add", "Other", "--domain", "new.example", "--domain", "ONE.example")
    assert refused.exit_code == 2
    assert "one.example belongs to another customer" in refused.stderr
    assert portal("customers", "add", "Third", "--domain", "new.example").exit_code == 0
    listed = [json.loads(line) for line in portal("customers", "list", "--json").stdout.splitlines()]
    assert [(each["id"], each["domains"]) for each in listed] == [("one", ["one.example"]), ("third", ["new.example"])]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["customers", "add", "!!", "--domain", "a.example"], "at least one letter"),
        (["customers", "add", "Default", "--domain", "a.example"], "cannot be named default"),
        (["customers", "add", "x", "--domain", "a b"], "is not a domain"),
        (["customers", "add", "x"], "--domain"),
        (["users", "add", "eva@x.example", "--role", "reader"], "all others are of one"),
        (["users", "add", "eva@x.example", "--role", "operator", "--customer", "one"], "operator is of no customer"),
        (["users", "add", "no address", "--role", "operator"], "There is no @"),
        (["users", "remove", "eva@x.example"], "There is no user"),
        (["tokens", "add", "t", "--role", "reader", "--customer", "nobody"], "There is no customer nobody"),
        (["tokens", "add", "", "--role", "operator"], "label"),
        (["tokens", "add", "t", "--role", "operator", "--expires", "2001-01-01"], "past"),
        (["tokens", "revoke", "x"], "There is no token"),
    ],
)
def test_what_cannot_be_is_wrong_usage_with_the_cure(settings: Settings, arguments: list[str], words: str) -> None:
    """One sentence, exit code 2, and nothing is made."""
    assert settings
    portal("customers", "add", "One", "--domain", "one.example")
    result = portal(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert portal("users", "list").stdout == ""
    assert portal("tokens", "list").stdout == ""


def test_a_user_gets_a_link_and_a_token_stands_alone_on_standard_output(settings: Settings) -> None:
    """Both are shown once; lists name neither, and a revoked token is gone."""
    portal("customers", "add", "One", "--domain", "one.example")
    link = portal("users", "add", "Eva@One.example", "--customer", "one", "--role", "editor").stdout.strip()
    token = portal("tokens", "add", "import", "--customer", "One", "--role", "ingest").stdout
    assert link.startswith("/welcome/")
    assert token.startswith("portal_")
    assert token.count("\n") == 1
    listed = portal("users", "list").stdout + portal("tokens", "list").stdout
    assert "eva@one.example: editor of one" in listed
    assert "import: ingest of one, never used" in listed
    assert token.strip() not in listed
    with closing(open_directory(settings)) as directory:
        known = directory.links.get(link.removeprefix("/welcome/"))
        assert known is not None
        assert known.purpose == "password"
        ((kept, _),) = directory.tokens.every("one")
        assert kept.role is Role.INGEST
    assert portal("tokens", "revoke", kept.id).exit_code == 0
    assert portal("tokens", "list").stdout == ""
    assert portal("users", "remove", "eva@one.example").exit_code == 0
    assert portal("users", "list").stdout == ""


def test_accounts_are_those_of_the_customer_that_is_named(settings: Settings) -> None:
    """With one customer it need not be; with several it has to be, and with none there are those of nobody."""
    assert settings
    portal("index", "mail.ndjson")
    assert "d@x.example" in portal("accounts", "list").stdout
    portal("customers", "add", "One", "--domain", "one.example")
    assert portal("accounts", "list").stdout.split()[0] == "jan@x.example"
    portal("customers", "add", "Two", "--domain", "two.example")
    refused = portal("accounts", "list")
    assert refused.exit_code == 2
    assert "There are 2 customers" in refused.stderr
    assert portal("accounts", "set", "eva@x.example", "06 12345678", "--customer", "two").exit_code == 0
    assert "eva@x.example" not in portal("accounts", "list", "--customer", "one").stdout
    assert "+31612345678" in portal("accounts", "export", "--customer", "two").stdout


def test_nobody_inherits_what_a_removed_customer_has_left(settings: Settings) -> None:
    """Its accounts and its trail are for the same one only, and that has to be said."""
    portal("customers", "add", "One", "--domain", "one.example")
    portal("index", "mail.ndjson")
    assert portal("accounts", "set", "jan@x.example", "06 12345678").exit_code == 0
    assert portal("customers", "remove", "one", "--yes").exit_code == 0
    other = portal("customers", "add", "ONE", "--domain", "other.example")
    assert other.exit_code == 2
    assert "There was a customer one" in other.stderr
    assert portal("customers", "add", "One", "--domain", "one.example", "--again").exit_code == 0
    assert addresses(settings, "one") == ["jan@x.example"]
