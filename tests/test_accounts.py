"""The contract of accounts, over the embedded server and over one with an address."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis_servers import free_port, redis_at

from store.accounts import Account, Accounts, BadAccountError, Change, Imported, Row, Sighting, State, Wanted
from store.addresses import BadAddressError
from store.errors import AbsentError, BadCursorError, ConflictError
from store.events import Scope

NUMBER, OTHER = "+31612345678", "+31687654321"
MASKED, OTHER_MASKED = "+31 6 •••• 678", "+31 6 •••• 321"
DAY = 86_400_000
JAN, EVA = "jan@x.example", "eva@x.example"


class Clock:
    """A time of our own: 1 January 2026, and as much later as is said."""

    def __init__(self) -> None:
        self.now = 1_767_225_600_000

    def __call__(self) -> int:
        """A moment later each time."""
        self.now += 1
        return self.now


CLOCK = Clock()


@pytest.fixture(scope="module", params=["embedded", "url"])
def accounts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """An open store; each test has a customer of its own in it."""
    folder: Path = tmp_path_factory.mktemp("redis")
    if request.param == "embedded":
        store = Accounts(folder / "accounts", now=CLOCK)
        yield store
        store.close()
        return
    port = free_port()
    with redis_at(port, folder):
        store = Accounts(folder / "unused", f"redis://127.0.0.1:{port}", now=CLOCK)
        yield store
        store.close()
        assert not (folder / "unused").exists()


@pytest.fixture
def scope() -> Scope:
    """A customer without any account."""
    return Scope.operator(f"customer {secrets.token_hex(6)}")


def put(accounts: Accounts, scope: Scope, phone: str | None = NUMBER, version: int | None = None, address: str = JAN) -> Account:
    """Give an account a number."""
    return accounts.put(address, scope, phone=phone, by="operator", version=version)


def found(accounts: Accounts, scope: Scope, wanted: Wanted | None = None) -> list[str]:
    """The addresses of a page."""
    return [account.address for account in accounts.find(wanted or Wanted(), scope).accounts]


def told(accounts: Accounts, scope: Scope, address: str = JAN) -> list[str]:
    """What was done to an account, newest first."""
    return [change.what for change in accounts.history(address, scope)]


def test_mail_makes_accounts_and_refreshes_them_in_any_order(accounts: Accounts, scope: Scope) -> None:
    """First and last mail and the last bounce are the earliest and the latest said, however often and in whatever order."""
    mail = [
        Sighting("Jan@X.example", 5000),
        Sighting(JAN, 3000, bounced=True),
        Sighting(JAN, 9000),
        Sighting(EVA, 4000),
        Sighting("no address", 1),
    ]
    assert accounts.seen(mail, scope) == 2
    jan = Account(JAN, first_mail=3000, last_mail=9000, last_bounce=3000)
    assert accounts.get("JAN@x.example", scope) == jan
    assert [accounts.seen([each], scope) for each in reversed(mail)] == [0] * 5
    assert accounts.get(JAN, scope) == jan
    accounts.seen([Sighting(JAN, 2000, bounced=True), Sighting(JAN, 10_000, bounced=True)], scope)
    assert accounts.get(JAN, scope) == Account(JAN, first_mail=2000, last_mail=10_000, last_bounce=10_000)


def test_a_number_is_given_on_top_of_what_was_seen(accounts: Accounts, scope: Scope) -> None:
    """Mail does not stand in the way, another change does; what changes nothing writes nothing."""
    accounts.seen([Sighting(JAN, 5000)], scope)
    first = put(accounts, scope, version=0)
    assert (first.phone, first.state, first.version, first.changed_by, first.first_mail) == (NUMBER, State.NEW, 1, "operator", 5000)
    accounts.seen([Sighting(JAN, 6000)], scope)
    assert put(accounts, scope, version=1) == accounts.get(JAN, scope)
    assert (second := put(accounts, scope, OTHER, version=1)).version == 2
    with pytest.raises(ConflictError, match="operator has changed jan@x") as error:
        put(accounts, scope, NUMBER, version=1)
    assert error.value.current == second
    with pytest.raises(ConflictError, match="There is an account of"):
        put(accounts, scope, NUMBER, version=None)
    with pytest.raises(AbsentError):
        put(accounts, scope, version=1, address=EVA)
    assert put(accounts, scope, None, version=2).state is State.NONE
    assert told(accounts, scope) == ["number", "number", "number"]


def test_a_state_changes_by_itself(accounts: Accounts, scope: Scope) -> None:
    """The history of that has the states; a new number is new again."""
    put(accounts, scope)
    proven = accounts.put(JAN, scope, phone=NUMBER, state=State.PROVEN, by="portal", why="code came back", version=1)
    assert (proven.state, proven.version, proven.why) == (State.PROVEN, 2, "code came back")
    newest = accounts.history(JAN, scope)[0]
    assert (newest.what, newest.old, newest.new, newest.why) == ("state", "new", "proven", "code came back")
    assert put(accounts, scope, OTHER, version=2).state is State.NEW


@pytest.mark.parametrize(
    ("phone", "state"),
    [("0612345678", None), ("+0612", None), ("+31 6", None), (None, State.PROVEN), (NUMBER, State.NONE), ("+" + "1" * 16, None)],
)
def test_what_an_account_cannot_have_is_refused(accounts: Accounts, scope: Scope, phone: str | None, state: State | None) -> None:
    """And nothing is written."""
    with pytest.raises(BadAccountError):
        accounts.put(JAN, scope, phone=phone, state=state, by="operator", version=None)
    with pytest.raises(BadAccountError, match="501 characters"):
        accounts.put(JAN, scope, phone=NUMBER, by="operator", why="x" * 501, version=None)
    with pytest.raises(BadAddressError):
        put(accounts, scope, address="no address")
    assert accounts.get(JAN, scope) is None
    assert accounts.get("no address", scope) is None


def test_a_deleted_account_can_be_restored_for_thirty_days(accounts: Accounts, scope: Scope) -> None:
    """Until then it is not there; the history stays, and versions go on, so that nobody changes another account by mistake."""
    accounts.seen([Sighting(JAN, 5000)], scope)
    put(accounts, scope, version=0)
    gone = accounts.delete(JAN, scope, by="eva", why="left", version=1)
    assert (gone.phone, gone.version, gone.deleted) == (NUMBER, 2, accounts.history(JAN, scope)[0].at)
    assert accounts.get(JAN, scope) is None
    assert found(accounts, scope) == []
    assert accounts.deleted(JAN, scope) == gone
    assert accounts.history(JAN, scope)[0] == Change(gone.deleted or 0, "eva", "deleted", "left", old=MASKED)
    with pytest.raises(AbsentError):
        accounts.delete(JAN, scope, by="eva")
    back = accounts.restore(JAN, scope, by="eva")
    assert (back.phone, back.state, back.version, back.first_mail, back.deleted) == (NUMBER, State.NEW, 3, 5000, None)
    assert accounts.get(JAN, scope) == back
    assert accounts.deleted(JAN, scope) is None
    assert told(accounts, scope) == ["restored", "deleted", "number"]
    accounts.delete(JAN, scope, by="eva")
    CLOCK.now += 30 * DAY
    assert accounts.deleted(JAN, scope) is None
    with pytest.raises(AbsentError, match="30 days"):
        accounts.restore(JAN, scope, by="eva")
    accounts.seen([], scope)
    kept = [str(accounts._client.command("HGETALL", key)) for key in (f"portal:accounts:{{{scope.customer}}}:graves".replace(" ", "%20"),)]
    assert JAN in kept[0]
    assert accounts.put(JAN, scope, phone=NUMBER, by="eva", version=None).version == 5


def test_the_next_mail_brings_an_address_back_without_its_number(accounts: Accounts, scope: Scope) -> None:
    """Mail from before it was deleted does not, also when it is read again; undo gives the number back."""
    accounts.seen([Sighting(JAN, CLOCK.now - DAY)], scope)
    put(accounts, scope, version=0)
    deleted = accounts.delete(JAN, scope, by="eva").deleted or 0
    assert accounts.seen([Sighting(JAN, deleted - 1000), Sighting(JAN, deleted)], scope) == 0
    assert accounts.get(JAN, scope) is None
    assert accounts.seen([Sighting(JAN, deleted - 1000, bounced=True), Sighting(JAN, deleted + 500)], scope) == 1
    back = accounts.get(JAN, scope)
    assert back == Account(
        JAN,
        first_mail=deleted + 500,
        last_mail=deleted + 500,
        version=3,
        changed_at=back and back.changed_at,
        changed_by="indexer",
        returned=deleted + 500,
    )
    accounts.seen([Sighting(JAN, deleted - 1000, bounced=True)], scope)
    assert accounts.get(JAN, scope) == back
    assert told(accounts, scope) == ["returned", "deleted", "number"]
    restored = accounts.restore(JAN, scope, by="eva")
    assert (restored.phone, restored.version, restored.returned) == (NUMBER, 4, deleted + 500)
    accounts.delete(JAN, scope, by="eva")
    put(accounts, scope, OTHER)
    with pytest.raises(ConflictError, match="new number meanwhile"):
        accounts.restore(JAN, scope, by="eva")


def test_who_looked_at_a_number_stands_in_its_history(accounts: Accounts, scope: Scope) -> None:
    """In order of time among the changes."""
    put(accounts, scope)
    accounts.looked(JAN, scope, by="piet")
    put(accounts, scope, OTHER, 1)
    assert told(accounts, scope) == ["number", "seen", "number"]
    assert accounts.history(JAN, scope, limit=2)[1].by == "piet"
    assert [(each.old, each.new) for each in accounts.history(JAN, scope)] == [(MASKED, OTHER_MASKED), (None, None), (None, MASKED)]
    with pytest.raises(AbsentError):
        accounts.looked(EVA, scope, by="piet")


def test_an_import_is_all_or_nothing(accounts: Accounts, scope: Scope) -> None:
    """A row that was changed meanwhile is named, and then no other is taken either."""
    accounts.seen([Sighting(JAN, 5000)], scope)
    put(accounts, scope, address=EVA)
    rows = [Row(JAN, NUMBER, 0), Row("New@x.example", OTHER), Row(EVA, NUMBER, 1)]
    with pytest.raises(ConflictError) as error:
        accounts.put_all([*rows[:2], Row(EVA, OTHER, 7)], scope, by="operator")
    assert error.value.addresses == (EVA,)
    assert [account.phone for account in accounts.export(scope)] == [NUMBER, None]
    assert accounts.put_all(rows, scope, by="operator", why="numbers.csv") == Imported(added=1, changed=1, same=1)
    assert [(each.address, each.phone) for each in accounts.export(scope)] == [(EVA, NUMBER), (JAN, NUMBER), ("new@x.example", OTHER)]
    assert (told(accounts, scope), accounts.history(JAN, scope)[0].why) == (["imported"], "numbers.csv")
    assert accounts.put_all(rows[1:2], scope, by="operator") == Imported(0, 0, 1)
    with pytest.raises(BadAccountError, match="twice"):
        accounts.put_all([Row(JAN, None), Row("JAN@x.example", NUMBER)], scope, by="operator")


def test_a_long_import_is_noted_whole(accounts: Accounts, scope: Scope) -> None:
    """What goes to Redis in parts is one step all the same: every row is kept, searched and in its history, or none is."""
    names = [f"p{number:04}@x.example" for number in range(2500)]
    assert found(accounts, scope) == []  # an index that follows from here
    assert accounts.put_all([Row(name, NUMBER) for name in names], scope, by="operator").added == 2500
    assert accounts.with_number(NUMBER, scope, 2500) == (2500, names)
    assert accounts.put_all([Row(name, OTHER, 1) for name in names], scope, by="operator").changed == 2500
    assert accounts.with_number(NUMBER, scope) == (0, [])
    assert accounts.with_number(OTHER, scope, 2500) == (2500, names)
    assert told(accounts, scope, names[-1]) == ["imported", "imported"]
    with pytest.raises(ConflictError) as error:
        accounts.put_all([Row(name, NUMBER, 2 if name != names[1700] else 1) for name in names], scope, by="operator")
    assert error.value.addresses == (names[1700],)
    assert accounts.with_number(NUMBER, scope) == (0, [])


def test_numbers_are_found_back(accounts: Accounts, scope: Scope) -> None:
    """How many addresses have one."""
    accounts.put_all([Row(f"{name}@x.example", NUMBER) for name in "cab"], scope, by="operator")
    put(accounts, scope, OTHER)
    assert accounts.with_number(NUMBER, scope, limit=2) == (3, ["a@x.example", "b@x.example"])
    accounts.delete("a@x.example", scope, by="operator")
    assert accounts.with_number(NUMBER, scope) == (2, ["b@x.example", "c@x.example"])
    assert accounts.with_number("+1", scope) == accounts.with_number("", scope) == (0, [])


def test_lists_are_narrowed(accounts: Accounts, scope: Scope) -> None:
    """Each filter alone and with a part of the address; totals go with them."""
    accounts.seen([Sighting(JAN, 5000, bounced=True), Sighting(EVA, 7000), Sighting("piet@y.example", 6000, bounced=True)], scope)
    changed = put(accounts, scope, version=0, address=EVA).changed_at or 0
    assert found(accounts, scope, Wanted("X.EX")) == [EVA, JAN]
    assert found(accounts, scope, Wanted(without_number=True)) == [JAN, "piet@y.example"]
    assert found(accounts, scope, Wanted("y", bounced_since=5500)) == ["piet@y.example"]
    assert found(accounts, scope, Wanted(bounced_since=0)) == [JAN, "piet@y.example"]
    assert found(accounts, scope, Wanted(changed_since=changed)) == [EVA]
    assert found(accounts, scope, Wanted(changed_since=changed + 1)) == []
    assert found(accounts, scope, Wanted(sort="-last_mail")) == [EVA, "piet@y.example", JAN]
    assert found(accounts, scope, Wanted("@x", sort="-last_mail", without_number=True)) == [JAN]
    assert accounts.find(Wanted("@x", limit=1), scope).total == 2
    assert found(accounts, scope, Wanted("jan\n@")) == []


def test_a_cursor_is_of_its_own_list_only(accounts: Accounts, scope: Scope) -> None:
    """Forged ones are refused."""
    accounts.seen([Sighting(JAN, 1), Sighting(EVA, 2)], scope)
    cursor = accounts.find(Wanted(limit=1), scope).next
    assert found(accounts, scope, Wanted(limit=1, cursor=cursor)) == [JAN]
    for wanted in (Wanted("x", cursor=cursor), Wanted(sort="-last_mail", cursor=cursor), Wanted(without_number=True, cursor=cursor)):
        with pytest.raises(BadCursorError, match="another list"):
            accounts.find(wanted, scope)
    for forged in ("", "x", "é", "e30", str(cursor)[:-3]):
        with pytest.raises(BadCursorError):
            accounts.find(Wanted(cursor=forged), scope)


def test_nobody_sees_another_customers_accounts(accounts: Accounts, scope: Scope) -> None:
    """Every call for another customer, or for none, looks as if there were nothing."""
    accounts.seen([Sighting(JAN, 5000)], scope)
    put(accounts, scope, version=0)
    for other in (Scope.operator("other"), Scope.of(["x.example"], "other"), Scope.operator(), Scope.of(["x.example"])):
        assert accounts.get(JAN, other) is None
        assert accounts.deleted(JAN, other) is None
        assert accounts.history(JAN, other) == []
        assert accounts.find(Wanted(), other).total == 0
        assert accounts.with_number(NUMBER, other) == (0, [])
        assert list(accounts.export(other)) == []
        with pytest.raises(AbsentError):
            accounts.put(JAN, other, phone=OTHER, by="x", version=1)
        with pytest.raises(AbsentError):
            accounts.delete(JAN, other, by="x")
        with pytest.raises(AbsentError):
            accounts.restore(JAN, other, by="x")
        with pytest.raises(AbsentError):
            accounts.looked(JAN, other, by="x")
    for nobody in (Scope.operator(), Scope.of(["x.example"])):
        assert accounts.seen([Sighting(JAN, 9000)], nobody) == 0
        with pytest.raises(AbsentError):
            accounts.put(EVA, nobody, phone=NUMBER, by="x", version=None)
        with pytest.raises(AbsentError):
            accounts.put_all([Row(EVA, NUMBER)], nobody, by="x")
    assert (accounts.get(JAN, scope), told(accounts, scope)) == (put(accounts, scope, version=1), ["number"])


def test_erasing_leaves_nothing_of_an_address(accounts: Accounts, scope: Scope) -> None:
    """In all customers: account, deleted one, history, and what the log of changes says of it."""
    twin = Scope.operator(f"{scope.customer} twin")
    address = f"{secrets.token_hex(8)}@x.example"
    for each in (scope, twin):
        put(accounts, each, address=address)
        put(accounts, each, address=EVA)
    accounts.delete(address, twin, by="eva")
    assert accounts.find(Wanted(), scope).total == 2
    assert accounts.erase(address.upper()) == 2
    assert accounts.erase(address) == 0
    assert found(accounts, scope) == found(accounts, twin) == [EVA]
    assert accounts.history(address, scope) == accounts.history(address, twin) == []
    kept = [accounts._client.command("DUMP", key) for key in accounts._client.command("KEYS", "*")]
    assert not any(address.encode() in (each or b"") for each in kept)
    assert put(accounts, scope, address=address).version == 1


def test_of_many_who_change_one_account_one_wins(accounts: Accounts, scope: Scope) -> None:
    """All others hear of it, and mail meanwhile is in no one's way."""
    put(accounts, scope)
    outcomes: list[str] = []

    def change(number: int) -> None:
        try:
            accounts.put(JAN, scope, phone=f"+316000000{number:02}", by=str(number), version=1)
            outcomes.append(str(number))
        except ConflictError:
            outcomes.append("conflict")

    threads = [threading.Thread(target=change, args=(number,)) for number in range(12)]
    threads += [threading.Thread(target=lambda at=at: accounts.seen([Sighting(JAN, at)], scope)) for at in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["conflict"] * 11
    account = accounts.get(JAN, scope)
    assert account is not None
    assert (account.changed_by, account.version, account.first_mail, account.last_mail) == (min(outcomes), 2, 1, 12)


def test_every_process_sees_every_change_at_once(accounts: Accounts, scope: Scope) -> None:
    """Another store over the same Redis stands for another process."""
    other = Accounts(accounts._client._server._folder if accounts._client._server else Path(), accounts._client._url, now=CLOCK)
    assert found(other, scope) == []
    accounts.seen([Sighting(JAN, 1)], scope)
    assert found(other, scope) == [JAN]
    put(accounts, scope, version=0)
    assert found(other, scope, Wanted(without_number=True)) == []
    put(other, scope, address=EVA)
    accounts.delete(JAN, scope, by="x")
    assert found(accounts, scope) == found(other, scope) == [EVA]
    accounts.restore(JAN, scope, by="x")
    assert found(other, scope, Wanted("jan")) == [JAN]
    other.close()
