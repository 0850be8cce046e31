"""The commands about people: customers and users changed, the trail printed and expired, retention by customer, a person erased."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from commands import portal, told, written
from samples import JAN, MAIL

from app.settings import Settings
from store.customers import Directory, Role, What
from store.customers.trail import Sought
from store.event import milliseconds


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A portal of its own with the customer Shop."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))
    assert run("customers add Shop --domain shop.example").exit_code == 0
    return tmp_path / "data"


def run(line: str) -> Result:
    """A command as it is typed, without quotes."""
    return portal(*line.split())


def kept(data: Path) -> Directory:
    """What commands kept."""
    return Directory(data / "accounts")


def test_a_customer_is_changed_in_what_is_named(data: Path) -> None:
    """The rest stays; the trail says what."""
    assert run("customers set shop --timezone Asia/Tokyo --retention 6").exit_code == 0
    assert run("customers set shop --language nl --domain winkel.example").exit_code == 0
    assert "so already" in run("customers set shop --language nl").output
    with closing(kept(data)) as directory:
        found = directory.by_id("shop")
        details = [each.detail for each in directory.audit.every("shop", Sought(kinds=frozenset({What.CUSTOMER_CHANGED})))]
    assert found
    assert (found.timezone, found.retention, found.language, found.domains) == ("Asia/Tokyo", 6, "nl", ("winkel.example",))
    assert details == ["domains: winkel.example; language: nl", "timezone: Asia/Tokyo; retention: 6"]


@pytest.mark.parametrize("options", ["", "--timezone Mars", "--language xx", "--retention x", "--domain x", "--retention 99999"])
def test_what_a_customer_cannot_be_is_wrong_usage(options: str) -> None:
    """And so is naming nothing, or nobody."""
    assert run(f"customers set shop {options}").exit_code == 2
    assert run("customers set nobody --retention 1").exit_code == 2


def test_a_user_is_changed(data: Path) -> None:
    """Role, kept out, let in; an operator is made by adding one."""
    run("users add eva@shop.example --customer shop --role admin")
    assert run("users set eva@shop.example --role reader --stopped").output.strip().endswith("reader, may not sign in")
    assert run("users set eva@shop.example --allowed").exit_code == 0
    with closing(kept(data)) as directory:
        user = directory.users.named("eva@shop.example")
    assert user
    assert (user.role, user.disabled) == (Role.READER, False)
    for wrong in ("users set eva@shop.example --role operator", "users set eva@shop.example", "users set nobody@x.nl --role reader"):
        assert run(wrong).exit_code == 2


def test_the_trail_is_printed_in_three_forms() -> None:
    """Of a customer, of one that was removed, of the operators; by person, kind and time."""
    run("users add eva@shop.example --customer shop --role admin")
    assert "eva@shop.example" in run("audit --customer Shop").output
    lines = run("audit --customer shop --format ndjson").output.splitlines()
    assert json.loads(lines[-1]) == {"end": True, "entries": 2}
    csv = run("audit --customer shop --about eva@shop.example --format csv").output.splitlines()
    assert csv[0] == "time,who,what,about,detail,via,id"
    assert csv[-1].startswith("# end: 1 entries")
    assert len(run("audit --customer shop --limit 1").output.splitlines()) == 1
    assert "no such entries" in run("audit --customer shop --to 2001-01-01").output
    assert run("customers remove shop --yes").exit_code == 0
    assert "eva@shop.example" in run("audit --customer shop").output
    assert "customer_removed" in run("audit").output
    for wrong in ("audit --customer nobody", "audit --from x", "audit --what x"):
        assert run(wrong).exit_code == 2


def test_a_customers_shorter_retention_holds_for_its_events_only(data: Path) -> None:
    """A dry run tells what then goes; a longer one than the portal's changes nothing."""
    today = datetime.now(UTC)
    events = [
        msgspec.structs.replace(
            MAIL[0], id=f"{sender}{days}", sender=f"a@{sender}", sender_domain=None, timestamp=milliseconds(today - timedelta(days=days))
        )
        for sender in ("shop.example", "town.example")
        for days in (10, 100, 300, 800)
    ]
    written(Settings(data=data), events)
    run("customers add Town --domain town.example")
    run("customers set shop --retention 2")
    run("customers set town --retention 100")
    dry = told("expire", "--dry-run")
    assert (dry["removed"], dry["after"]) == (4, 4)
    assert [(each["customer"], each["removed"]) for each in dry["customers"]] == [("shop", 2)]
    assert told("expire")["after"] == 4
    assert told("expire")["removed"] == 0
    assert told("expire", "--customer", "town", "--older-than", "200d")["removed"] == 1


def test_old_entries_of_trails_go_only_where_that_is_asked_for(data: Path) -> None:
    """Without the option nothing is looked at."""
    written(Settings(data=data), MAIL)
    assert told("expire")["audit_entries"] is None
    assert told("expire", "--audit-older-than", "1y")["audit_entries"] == 0
    assert run("expire --audit-older-than soon").exit_code == 2
    with closing(kept(data)) as directory:
        assert len(list(directory.audit.every("shop", Sought()))) == 1


def test_forgetting_a_person_takes_their_user_and_their_name_in_trails(data: Path) -> None:
    """The receipt has the mark that stands in its place; nothing of Redis holds the address any more."""
    written(Settings(data=data), MAIL)
    with closing(kept(data)) as directory:
        user = directory.users.add(JAN, Role.READER, "shop")
        directory.tokens.add("reads", Role.READER, "shop", by=JAN)
        directory.audit.note("shop", JAN, What.SIGNED_IN, JAN)
        gone = directory.users.add("once@x.nl", Role.READER, "shop")
        directory.staff.remove(gone.id, "")
        dry = told("forget", JAN, "--dry-run")
        assert dry["people"] == {"users": 1, "audit_trails": 1, "audit_mark": ""}
        receipt = told("forget", JAN)
        mark = receipt["people"]["audit_mark"]
        assert receipt["people"] == {"users": 1, "audit_trails": 1, "audit_mark": mark}
        assert receipt["complete"]
        assert directory.users.get(user.id) is None
        assert directory.staff.removed(user.id) is None
        assert directory.tokens.every("shop")[0][0].by == mark
        assert [each.who for each in directory.audit.every("shop", Sought(about=mark))] == [mark]
        assert next(iter(directory.audit.every(None, Sought()))).what == "forgotten"
        assert told("forget", "once@x.nl")["people"]["users"] == 1
    for file in (data / "accounts").rglob("*.aof"):
        assert JAN.encode() not in file.read_bytes()


def test_the_last_operator_is_not_forgotten(data: Path) -> None:
    """The receipt says what to do; the rest is erased."""
    written(Settings(data=data), MAIL)
    with closing(kept(data)) as directory:
        user = directory.users.add("ops@portal.example", Role.OPERATOR, None)
        directory.users.change(user.id, lambda now: msgspec.structs.replace(now, password="x"))
        result = run("forget ops@portal.example")
        assert result.exit_code == 1
        assert "let others in" in result.output
        assert directory.users.get(user.id)
