"""Whatever is written, in whatever order: every list finds each match once, as a plain look at all accounts does."""

import secrets
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.accounts import Account, Accounts, Row, Sighting, Wanted
from store.accounts import trigrams as trigrams_module
from store.accounts.blocks import Blocks
from store.accounts.index import Index
from store.accounts.sought import Sought, facts
from store.accounts.trigrams import Trigrams
from store.events import Scope

NAMES = st.sampled_from(
    [f"{local}@{host}.example" for local in ("jan", "jan.jansen", "eva", "piet+é", "a", "an-1") for host in ("x", "xx", "anna")]
)
TEXTS = st.sampled_from(["", "a", "an", "jan", "JAN.", "@x.", "xx", "é", "nothing", "example", " eva "])
ROWS = st.lists(st.tuples(NAMES, st.integers(1, 5), st.booleans(), st.booleans()), max_size=30)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """One store; each example has a customer of its own."""
    store = Accounts(tmp_path_factory.mktemp("redis") / "accounts", now=lambda: 4)
    yield store
    store.close()


def pages(accounts: Accounts, scope: Scope, wanted: Wanted) -> list[Account]:
    """All pages, one after the other."""
    found: list[Account] = []
    while True:
        page = accounts.find(wanted, scope)
        found += page.accounts
        if page.next is None:
            return found
        assert len(page.accounts) == wanted.limit
        wanted = Wanted(
            wanted.text, wanted.sort, wanted.without_number, wanted.bounced_since, wanted.changed_since, wanted.limit, page.next
        )


LISTS = st.builds(
    Wanted,
    TEXTS,
    st.sampled_from(["address", "-last_mail"]),
    without_number=st.booleans(),
    bounced_since=st.none() | st.integers(0, 6),
    limit=st.integers(1, 4),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, wanted=LISTS)
def test_pages_hold_each_match_once_in_order(accounts: Accounts, rows: list[tuple[str, int, bool, bool]], wanted: Wanted) -> None:
    """Written in two parts, so that some are read at once and some followed; compared with all accounts looked at one by one."""
    mine, other = (Scope.operator(secrets.token_hex(8)) for _ in range(2))
    for part in (rows[::2], rows[1::2]):
        accounts.seen([Sighting(name, at, bounced) for name, at, bounced, _ in part], mine)
        accounts.put_all([Row(name, "+31612345678") for name in {name for name, _, _, numbered in part if numbered}], mine, by="x")
        accounts.find(Wanted(), mine)
    accounts.seen([Sighting("jan@other.example", 1)], other)
    expected = [
        account for name in {row[0] for row in rows} if (account := accounts.get(name, mine)) is not None and matches(account, wanted)
    ]
    expected.sort(key=lambda account: account.address, reverse=wanted.sort == "-last_mail")
    if wanted.sort == "-last_mail":
        expected.sort(key=lambda account: account.last_mail or 0, reverse=True)
    assert pages(accounts, mine, wanted) == expected
    listed = accounts.find(wanted, mine)
    assert (listed.total, listed.total_is_exact) == (len(expected), True)
    assert pages(accounts, other, Wanted()) == [Account("jan@other.example", first_mail=1, last_mail=1)]


def matches(account: Account, wanted: Wanted) -> bool:
    """Whether an account is among those that a list asks for."""
    bounced = wanted.bounced_since is None or (account.last_bounce or 0) >= max(1, wanted.bounced_since)
    return wanted.text.strip().lower() in account.address and not (wanted.without_number and account.phone) and bounced


LETTERS = st.text("ab1.@é", min_size=1, max_size=6)


@settings(deadline=None)
@given(
    finished=st.booleans(),
    before=st.sets(LETTERS, max_size=40),
    changes=st.lists(st.tuples(LETTERS, st.booleans()), max_size=40),
    part=st.text("ab1.@é", max_size=4),
    after=LETTERS,
)
def test_an_index_that_follows_is_as_one_made_anew(
    *, finished: bool, before: set[str], changes: list[tuple[str, bool]], part: str, after: str
) -> None:
    """Addresses that come, go and come back, beside and in the base."""
    record = facts(bytes(24))
    index = Index({name.encode(): record for name in before})
    there = set(before)
    if finished:
        index.finish()()
    for name, comes in changes:
        index.put(name.encode(), record if comes else None)
        (there.add if comes else there.discard)(name)
    sought = Sought(Wanted(part))
    expected = sorted((name for name in there if part in name), key=str.encode)
    assert list(index.matching(sought)) == expected
    assert list(index.matching(sought, after)) == [name for name in expected if name.encode() > after.encode()]
    assert index.count(sought, 10_000, float("inf")) == (len(expected), True)
    assert (len(index), set(index.everything())) == (len(there), {name.encode() for name in there})
    assert [name for name in sorted(there) if index.fits(name, sought)] == sorted(expected)


@given(texts=st.lists(st.binary(max_size=60), max_size=6), part=st.binary(min_size=3, max_size=8))
def test_blocks_that_hold_a_part_are_named(texts: list[bytes], part: bytes) -> None:
    """Others may be named too, but none that holds it is left out."""
    texts = [*texts, b"x" + part, part + b"yz"]
    trigrams = Trigrams()
    for block, text in enumerate(texts):
        trigrams.add(block, text)
    named = list(trigrams.holding(part))
    assert named == sorted(named)
    assert {block for block, text in enumerate(texts) if part in text} <= set(named)


@given(texts=st.lists(st.binary(max_size=60), max_size=6), pair=st.binary(min_size=2, max_size=2), many=st.sampled_from([0, 1000]))
def test_blocks_that_hold_a_pair_are_named(texts: list[bytes], pair: bytes, many: int) -> None:
    """Likewise, where a text ends with something else; or it is said that there are too many."""
    texts = [each + b"\n" for each in (*texts, b"x" + pair)]
    trigrams = Trigrams()
    for block, text in enumerate(texts):
        trigrams.add(block, text)
    with patch.object(trigrams_module, "_MANY", many):
        named = trigrams.holding_pair(pair)
    assert (named is None) == (many == 0)
    if named is not None:
        assert list(named) == sorted(named)
        assert {block for block, text in enumerate(texts) if pair in text[:-1]} <= set(named)


def test_many_blocks_are_searched_like_one() -> None:
    """Over the borders of blocks, from any place on, and counted."""
    names = sorted(f"n{number:05}@x.example".encode() for number in range(3000))
    blocks = Blocks(dict.fromkeys(names, facts(bytes(24))))
    sought = Sought(Wanted("99"))
    blocks.finish()()
    expected = [name for name in names if b"99" in name]
    assert list(blocks.matching(sought, b"", set())) == expected
    assert list(blocks.matching(sought, expected[20], {expected[22]})) == [expected[21], *expected[23:]]
    assert blocks.count(sought, {expected[0]}, 10_000, float("inf")) == (len(expected) - 1, True)
    assert blocks.count(sought, set(), 5, float("inf"))[1] is False
    assert blocks.count(sought, set(), 10_000, 0.0)[1] is False


def test_what_one_block_holds_is_counted_after_the_deadline_too() -> None:
    """On a machine that is held up, an organisation with few addresses still reads how many match."""
    names = [f"n{number:03}@x.example".encode() for number in range(500)]
    blocks = Blocks(dict.fromkeys(names, facts(bytes(24))))
    assert blocks.count(Sought(Wanted("n1")), set(), 10_000, 0.0) == (100, True)
