"""The audit trail: entries are added and read, of everybody or of one person, and nothing that is acknowledged is lost or changed."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis_servers import servers_in

from store.customers import Directory, What
from store.customers.audit import Audit, Note, person, without_addresses
from store.customers.names import audit_of
from store.customers.trail import Entry, Sought
from store.errors import BadCursorError

JAN = "jan@x.nl"
EVA = "eva@shop.example"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A Redis for all of these tests; each keeps to trails of its own."""
    with closing(Directory(tmp_path_factory.mktemp("redis"))) as found:
        yield found


@pytest.fixture
def audit(redis: Directory) -> Audit:
    """The trails."""
    return redis.audit


@pytest.fixture
def customer() -> str:
    """A customer that no other test has."""
    return f"c{secrets.token_hex(8)}"


def walked(audit: Audit, customer: str | None, sought: Sought, limit: int) -> list[Entry]:
    """All pages, one behind the other."""
    found: list[Entry] = []
    cursor = None
    while True:
        page = audit.page(customer, sought, limit, cursor)
        found += page.entries
        cursor = page.next
        if cursor is None:
            return found


def test_an_entry_says_who_did_what_about_whom_and_when(audit: Audit, customer: str) -> None:
    """Redis says when; addresses are in their one form; the newest is first."""
    before = time.time() * 1000
    audit.note(customer, EVA, What.SAW_ACCOUNT, "Jan@X.nl", via="page")
    audit.note(customer, "token import", What.IMPORTED, detail="3 numbers", via="api")
    newest, oldest = audit.page(customer, Sought()).entries
    assert (oldest.who, oldest.what, oldest.about, oldest.via) == (EVA, "saw_account", JAN, "page")
    assert (newest.who, newest.what, newest.about, newest.detail) == ("token import", "imported", "", "3 numbers")
    assert before - 1000 < oldest.at <= newest.at


@given(
    notes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from(sorted(What))), max_size=40),
    limit=st.integers(1, 12),
    who=st.integers(-1, 4),
    about=st.integers(-1, 5),
    kinds=st.frozensets(st.sampled_from(sorted(What)), max_size=4),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_size_give_each_entry_that_is_sought_once_in_order(  # noqa: PLR0913, PLR0917 - what hypothesis makes
    redis: Directory, notes: list[tuple[int, int, What]], limit: int, who: int, about: int, kinds: frozenset[str]
) -> None:
    """By person, by kind, by both; the export gives the same. Person 0 of `about` is nobody."""
    of = f"h{secrets.token_hex(8)}"
    audit = redis.audit
    audit.notes([Note(of, f"user{by}", kind, f"p{whom}@x.nl" if whom else "") for by, whom, kind in notes])
    sought = Sought(f"p{about}@x.nl" if about > 0 else "", f"user{who}" if who >= 0 else "", kinds)
    expected = [
        (f"user{by}", f"p{whom}@x.nl" if whom else "", str(kind))
        for by, whom, kind in reversed(notes)
        if (who < 0 or by == who) and (about <= 0 or whom == about) and (not kinds or kind in kinds)
    ]
    assert [(each.who, each.about, each.what) for each in walked(audit, of, sought, limit)] == expected
    assert [(each.who, each.about, each.what) for each in audit.every(of, sought)] == expected


def test_a_time_has_its_entries(audit: Audit, customer: str) -> None:
    """The start is in it, the end is not; also for one person, and from a cursor on."""
    for _ in range(6):
        audit.note(customer, EVA, What.SAW_ACCOUNT, JAN)
        time.sleep(0.002)
    every = [each.at for each in audit.every(customer, Sought())]
    for about in ("", JAN):
        found = walked(audit, customer, Sought(about, start=every[4], end=every[1]), 2)
        assert [each.at for each in found] == every[2:5]


def test_another_customer_and_the_operators_have_trails_of_their_own(audit: Audit, customer: str) -> None:
    """One's entries, people and cursors are nothing in another's."""
    audit.notes([Note(customer, EVA, What.SAW_ACCOUNT, JAN) for _ in range(3)])
    cursor = audit.page(customer, Sought(JAN), 1).next
    assert audit.page(f"{customer}x", Sought()).entries == ()
    assert audit.page(f"{customer}x", Sought(JAN), 1, cursor).entries == ()
    assert not [each for each in audit.every(None, Sought()) if each.about == JAN]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-1-1", "\u0661-\u0661", "9" * 40, "1-0\n", "(1-0"])
def test_a_cursor_that_is_none_of_ours_is_refused(audit: Audit, customer: str, cursor: str) -> None:
    """It never reaches Redis."""
    with pytest.raises(BadCursorError):
        audit.page(customer, Sought(), 10, cursor)


def test_a_cursor_of_other_entries_is_refused(audit: Audit, customer: str) -> None:
    """One of somebody else's entries."""
    audit.note(customer, EVA, What.SAW_ACCOUNT, JAN)
    audit.notes([Note(customer, EVA, What.SAW_ACCOUNT, "other@x.nl")] * 2)
    cursor = audit.page(customer, Sought("other@x.nl"), 1).next
    with pytest.raises(BadCursorError):
        audit.page(customer, Sought(JAN), 10, cursor)


@given(st.text(max_size=2000), st.text(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_whatever_is_noted_can_be_read_again_and_is_bounded(redis: Directory, who: str, text: str) -> None:
    """One line, no control characters, no lone surrogates."""
    of = "hostile"
    redis.audit.note(of, who, What.CHANGED_ACCOUNT, text, text, text)
    entry = redis.audit.page(of, Sought(), 1).entries[0]
    for each, most in ((entry.who, 330), (entry.about, 330), (entry.detail, 600), (entry.via, 20)):
        assert len(each) <= most
        assert each.isprintable()
    if person(text):
        assert redis.audit.page(of, Sought(about=text), 1).entries[0] == entry


def test_a_detail_has_no_address(audit: Audit, customer: str) -> None:
    """So that erasing a person leaves none."""
    assert without_addresses("recipient:jan@x.nl (to:<p.q+1@y.nl>)") == "recipient:…@x.nl (to:<…@y.nl>)"
    audit.note(customer, EVA, What.EXPORTED_EVENTS, JAN, "q=jan@x.nl")
    assert audit.page(customer, Sought()).entries[0].detail == "q=…@x.nl"


def test_an_erased_person_has_the_same_mark_in_all_entries(audit: Audit, customer: str) -> None:
    """The entries stay, and can be found by the mark; the address stands nowhere any more."""
    other = f"{customer}b"
    audit.notes([Note(of, EVA, What.SAW_ACCOUNT, name) for of in (customer, other) for name in ("jan@erased.nl", "kim@x.nl")])
    before = [each.id for each in audit.every(customer, Sought())]
    trails, _ = audit.forget("Jan@erased.nl", dry_run=True)
    assert trails == 2
    assert len(list(audit.every(customer, Sought("jan@erased.nl")))) == 1
    trails, mark = audit.forget("Jan@erased.nl", dry_run=False)
    assert trails == 2
    assert mark.startswith("erased-")
    assert [each.id for each in audit.every(customer, Sought())] == before
    assert list(audit.every(customer, Sought("jan@erased.nl"))) == []
    (entry,) = audit.every(other, Sought(mark))
    assert entry.about == mark
    for key in (*audit_of(customer), *audit_of(other)):
        assert b"jan@" not in (audit._client.command("DUMP", key) or b"")
    assert audit.forget("jan@erased.nl", dry_run=False)[0] == 0


def test_what_is_older_than_operators_keep_goes_with_its_names(audit: Audit, customer: str) -> None:
    """Names that stand in a later entry stay, and one's later entries can be followed to their end."""
    audit.notes([Note(customer, EVA, What.SAW_ACCOUNT, name) for name in (JAN, "kim@x.nl")])
    time.sleep(0.005)
    cut = int(time.time() * 1000)
    time.sleep(0.005)
    audit.note(customer, EVA, What.SAW_ACCOUNT, "kim@x.nl")
    audit._client.command("SADD", "portal:{people}:audits", customer)
    assert audit.expire(cut, dry_run=True) >= 2
    assert audit.expire(cut, dry_run=False) >= 2
    assert [each.about for each in audit.every(customer, Sought())] == ["kim@x.nl"]
    assert [each.about for each in walked(audit, customer, Sought("kim@x.nl"), 1)] == ["kim@x.nl"]
    names = audit._client.command("HKEYS", audit_of(customer)[1])
    assert sorted(names) == [EVA.encode(), b"kim@x.nl"]
    audit.note(customer, EVA, What.SAW_ACCOUNT, JAN)
    assert len(list(audit.every(customer, Sought(who=EVA)))) == 2


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """With -9, twenty times while notes are made; what was there before is unchanged, and chains of people hold."""
    folder = tmp_path / "redis"
    with closing(Directory(folder)) as directory:
        noted: list[str] = []
        seen: dict[str, Entry] = {}
        for round_ in range(20):
            for number in range(5):
                detail = f"{round_}/{number}"
                directory.audit.note("c", EVA, What.CHANGED_ACCOUNT, f"p{number}@x.nl", detail)
                noted.append(detail)
            for server in servers_in(folder):
                server.kill()
                server.wait()
            entries = {each.id: each for each in directory.audit.every("c", Sought())}
            assert seen.items() <= entries.items()
            seen = entries
        assert sorted(each.detail for each in seen.values()) == sorted(noted)
        assert len(list(directory.audit.every("c", Sought("p3@x.nl")))) == 20
