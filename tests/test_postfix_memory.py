"""From one run to the next: a message that one log begins and another ends is one, and never somebody else's."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postfix_log import delivery, join, line

from indexer.errors import WriteFailedError
from indexer.formats.postfix import PostfixFormat, memory
from indexer.pipeline import run
from store.errors import StoreError, StoreUnavailableError
from store.event import Event, completed
from store.events import WriteReport
from store.outcome import HOP

LONG = "4XyZ12abCdz1V0g6"
SHORT = "9A0B1C2D3E"
OUTCOMES = {
    "deferred": "4.2.2, status=deferred (host mx.example.org[192.0.2.1] said: 452 4.2.2 Mailbox full)",
    "sent": "2.0.0, status=sent (250 2.0.0 Ok)",
    "bounced": "5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 no such user)",
}
DAY = 86_400

# a message: seconds before it begins, then steps of (seconds since the one before, recipient, outcome), and how it ends
steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(list(OUTCOMES))), max_size=4)
lives = st.tuples(st.integers(1, 3), steps, st.sampled_from(["removed", "expired", "waits"]))
short_ids = st.sampled_from(["9A0B1C2D3E", "9A0B1C2D3F"])
long_ids = st.integers(0, 9).map(lambda number: f"4XyZ12bbCdz1V0g{number}")


def at(second: int) -> str:
    """The head of a line written so many seconds after the start."""
    day, rest = divmod(second, DAY)
    return f"2024-11-{10 + day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}+00:00 mx1 postfix/smtp[{second}]: "


def written(worlds: Iterable[tuple[str, Sequence[tuple[int, list[tuple[int, int, str]], str]]]]) -> list[bytes]:
    """The lines of messages by their ids in order of time; one with an id that was let go begins a second later at the earliest.

    A queue id is made of the microsecond and the inode, so it cannot come twice within a second. Whose message it is stands in every
    recipient.
    """
    told: list[tuple[int, str]] = []
    number = 0
    for queue_id, messages in worlds:
        second = 0
        for gap, attempts, end in messages:
            number += 1
            second += gap
            told += [
                (second, f"{queue_id}: client=app[192.0.2.9]"),
                (second, f"{queue_id}: message-id=<m{number}@example.com>"),
                (second, f"{queue_id}: from=<s{number}@example.com>, size=1, nrcpt=1 (queue active)"),
            ]
            waiting = {0, 1, 2}
            for wait, recipient, outcome in attempts:
                if recipient not in waiting:
                    continue  # it has been delivered or has bounced
                waiting -= set() if outcome == "deferred" else {recipient}
                second += wait
                told.append((second, delivery(OUTCOMES[outcome], queue_id, f"{recipient}.s{number}@example.org")))
            if end == "expired":
                told.append((second, f"{queue_id}: from=<s{number}@example.com>, status=expired, returned to sender"))
            if end == "waits":
                break
            told.append((second, f"{queue_id}: removed"))
    return [line(message, at(second)) for second, message in sorted(told, key=lambda each: each[0])]


def in_runs(files: Sequence[list[bytes]], order: Iterable[int], *, block: int = 3) -> dict[str, Event]:
    """What the store has in the end, each file read in a run of its own, in blocks of so many lines."""
    kept: dict[str, Event] = {}
    known: bytes | None = None
    for number in order:
        joiner = PostfixFormat().joiner()
        if known is not None:
            joiner.remember(known)
        lines = files[number]
        for event in join((("mail.log", b"".join(lines[low : low + block])) for low in range(0, len(lines), block)), joiner).values():
            kept[event.id] = completed(kept[event.id], event) if event.id in kept else event
        known = joiner.memory()
    return kept


def cut(lines: list[bytes], places: Iterable[int]) -> list[list[bytes]]:
    """A log as several files."""
    return [lines[low:high] for low, high in itertools.pairwise([0, *sorted(places), len(lines)])]


@st.composite
def orders(draw: st.DrawFn, files: int) -> list[int]:
    """Files in any order and again, but none is left out between two that were read."""
    order = [draw(st.integers(0, files - 1))]
    for _ in range(draw(st.integers(0, 5))):
        order.append(draw(st.integers(max(0, min(order) - 1), min(files - 1, max(order) + 1))))
    return order


def once(lines: list[bytes]) -> dict[str, Event]:
    """The log read in one go."""
    return join([("mail.log", b"".join(lines))])


@settings(max_examples=200, deadline=None)
@given(
    worlds=st.dictionaries(long_ids, st.lists(lives, min_size=1, max_size=1), min_size=1, max_size=4),
    order=st.sampled_from([(0, 1), (1, 0), (0, 1, 0), (1, 0, 1), (0, 0, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0, 1)]),
    data=st.data(),
)
def test_a_log_in_two_runs_gives_what_it_gives_in_one(
    worlds: dict[str, list[tuple[int, list[tuple[int, int, str]], str]]], order: tuple[int, ...], data: st.DataObject
) -> None:
    """Long queue ids name one message for ever, so either file may be read first, and any of them again."""
    lines = written(worlds.items())
    assert in_runs(cut(lines, [data.draw(st.integers(0, len(lines)))]), order) == once(lines)


@settings(max_examples=200, deadline=None)
@given(worlds=st.dictionaries(short_ids, st.lists(lives, min_size=1, max_size=3), min_size=1), data=st.data())
def test_short_ids_go_on_in_the_next_run(worlds: dict[str, list[tuple[int, list[tuple[int, int, str]], str]]], data: st.DataObject) -> None:
    """In the order in which the files were written, however many."""
    lines = written(worlds.items())
    files = cut(lines, data.draw(st.lists(st.integers(0, len(lines)), min_size=1, max_size=3)))
    assert in_runs(files, range(len(files))) == once(lines)


@settings(max_examples=400, deadline=None)
@given(worlds=st.dictionaries(short_ids, st.lists(lives, min_size=1, max_size=3), min_size=1), data=st.data())
def test_no_order_of_runs_gives_a_message_to_another_sender(
    worlds: dict[str, list[tuple[int, list[tuple[int, int, str]], str]]], data: st.DataObject
) -> None:
    """Short ids are used again: what is read out of order may lack its sender, and has never somebody else's."""
    lines = written(worlds.items())
    files = cut(lines, data.draw(st.lists(st.integers(0, len(lines)), min_size=1, max_size=3)))
    order = data.draw(orders(len(files)))
    for event in in_runs(files, order).values():
        assert event.recipient is not None
        owner = event.recipient.partition(".")[2].partition("@")[0]
        assert event.sender in {None, f"{owner}@example.com"}
        assert event.message_id in {None, f"m{owner[1:]}@example.com"}


YESTERDAY = (
    line(f"{SHORT}: client=app[192.0.2.9]", at(0))
    + line(f"{SHORT}: message-id=<m1@example.com>", at(0))
    + line(f"{SHORT}: from=<s1@example.com>, size=1, nrcpt=1 (queue active)", at(0))
    + line(delivery(OUTCOMES["deferred"], SHORT), at(1))
)
TODAY = line(f"{SHORT}: from=<s1@example.com>, status=expired, returned to sender", at(3 * DAY)) + line(f"{SHORT}: removed", at(3 * DAY))


@dataclass
class Written:
    """A store that keeps the last reading of each event."""

    events: dict[str, Event] = field(default_factory=dict)
    fault: StoreError | None = None

    concurrent_writes = 1

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep them, or fail as told."""
        if self.fault:
            raise self.fault
        self.events |= {event.id: event for event in events}
        return WriteReport(new=len(events))


def index(tmp_path: Path, content: bytes, store: Written | None = None) -> tuple[Written, list[str]]:
    """One run over one log, with the folder's memory: the events and the warnings."""
    path, store = tmp_path / "mail.log", store or Written()
    path.write_bytes(content)
    summary = run([path], store, memory=tmp_path / "data", processes=0)
    return store, summary.warnings


def test_an_expiry_days_later_names_the_recipients_of_the_earlier_log(tmp_path: Path) -> None:
    """`status=expired` says nobody's name, and comes when the log with the deferral was rotated away."""
    index(tmp_path, YESTERDAY)
    store, warnings = index(tmp_path, TODAY)
    (bounce,) = store.events.values()
    assert (bounce.type, bounce.recipient, bounce.sender, bounce.message_id) == (
        "bounce",
        "jan@example.org",
        "s1@example.com",
        "m1@example.com",
    )
    assert warnings == []


def test_a_log_that_grows_may_be_read_from_its_start_each_time(tmp_path: Path) -> None:
    """As a job every few minutes does: what was open is open still, and goes on with the id's own sender."""
    index(tmp_path, YESTERDAY)
    index(tmp_path, YESTERDAY)
    store, _ = index(tmp_path, YESTERDAY + TODAY)
    assert {event.sender for event in store.events.values()} == {"s1@example.com"}


def test_reading_again_does_not_lose_who_waits(tmp_path: Path) -> None:
    """The id is the same message's still."""
    index(tmp_path, YESTERDAY)
    index(tmp_path, YESTERDAY)
    store, _ = index(tmp_path, line(delivery(OUTCOMES["sent"], SHORT), at(600)))
    assert [event.message_id for event in store.events.values()] == ["m1@example.com"]


def test_a_message_that_an_older_log_leaves_open_is_not_the_holder_of_its_id(tmp_path: Path) -> None:
    """Read again after the day on which its id was let go and given to another."""
    other = [f"{SHORT}: client=app[192.0.2.9]", f"{SHORT}: from=<s2@example.com>, size=1, nrcpt=1 (queue active)"]
    index(tmp_path, YESTERDAY)
    index(tmp_path, TODAY + b"".join(line(each, at(3 * DAY + 9)) for each in other))
    index(tmp_path, YESTERDAY)
    store, _ = index(tmp_path, line(delivery(OUTCOMES["sent"], SHORT, "next@example.org"), at(3 * DAY + 10)))
    assert [event.sender for event in store.events.values()] == [None]


def test_a_connection_is_remembered_for_minutes_only(tmp_path: Path) -> None:
    """Process ids are used again, and mail must not be called encrypted for another message's connection."""
    tls = line("Trusted TLS connection established to mx.example.org[192.0.2.1]:25: TLSv1.3 with cipher X (1/1 bits)", at(60))
    for wait, version in ((1, "TLSv1.3"), (600, None)):
        index(tmp_path, tls)
        head = at(60 + wait).replace(f"[{60 + wait}]", "[60]")
        store, _ = index(tmp_path, line(delivery(OUTCOMES["sent"], LONG), head))
        assert [event.tls for event in store.events.values()] == [version]


def test_a_hop_to_an_id_of_the_earlier_log_is_one(tmp_path: Path) -> None:
    """A content filter gives a message back under an id that the log of before the rotation tells of."""
    index(tmp_path, line(f"{SHORT}: client=localhost[127.0.0.1]", at(0)) + line(f"{SHORT}: removed", at(0)))
    store, _ = index(tmp_path, line(delivery(f"2.0.0, status=sent (250 2.0.0 Ok: queued as {SHORT})", LONG), at(1)))
    assert [event.tags for event in store.events.values()] == [(HOP,)]


@pytest.mark.parametrize("damage", [b"", b"portal memory 1\n", b"#!/bin/sh\n", None])
def test_a_memory_that_cannot_be_read_is_replaced_with_a_warning(damage: bytes | None, tmp_path: Path) -> None:
    """Emptied, cut, foreign, or with one bit turned: one warning that names it, and the next run has a sound one."""
    index(tmp_path, YESTERDAY)
    path = tmp_path / "data" / "postfix.memory"
    sound = path.read_bytes()
    path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]) if damage is None else damage)
    (warning,) = index(tmp_path, YESTERDAY)[1]
    assert str(path) in warning
    store, warnings = index(tmp_path, TODAY)
    assert ([event.recipient for event in store.events.values()], warnings) == (["jan@example.org"], [])


@pytest.mark.parametrize("document", [b"", b"\xc0", msgspec.msgpack.encode([2, 0, [], [], {}, {}]), msgspec.msgpack.encode([1, 0, [{}]])])
def test_a_document_of_another_kind_or_version_is_refused(document: bytes) -> None:
    """However sound its check sum."""
    with pytest.raises(ValueError, match=r"."):
        PostfixFormat().joiner().remember(document)


def test_a_memory_that_cannot_be_written_costs_a_warning(tmp_path: Path) -> None:
    """The events are written all the same."""
    (tmp_path / "data").write_bytes(b"")
    store, (warning, *_) = index(tmp_path, YESTERDAY)
    assert len(store.events) == 1
    assert "postfix.memory" in warning


def test_what_was_not_written_is_not_remembered(tmp_path: Path) -> None:
    """The store failed: the next run begins where the last good one ended."""
    index(tmp_path, YESTERDAY)
    before = (tmp_path / "data" / "postfix.memory").read_bytes()
    with pytest.raises(WriteFailedError):
        index(tmp_path, YESTERDAY + TODAY, Written(fault=StoreUnavailableError("away")))
    assert (tmp_path / "data" / "postfix.memory").read_bytes() == before


def test_a_large_memory_keeps_what_changed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is bounded, whatever waits in the queue."""
    joiner = PostfixFormat().joiner()
    waiting = [delivery(OUTCOMES["deferred"], f"9A0B1C2D{number:02X}") for number in range(100)]
    join([("mail.log", b"".join(line(each, at(number)) for number, each in enumerate(waiting)))], joiner)
    monkeypatch.setattr(memory, "MAX_BYTES", 10_000)
    document = joiner.memory()
    kept = [message.key for message in memory.unpacked(document).open]
    assert 5 < len(kept) < 30
    assert kept == [f"mx1 9A0B1C2D{number:02X}".encode() for number in range(100)][-len(kept) :]
    assert len(document) < 15_000


def test_what_is_older_than_the_life_time_is_not_remembered() -> None:
    """A message whose end was never logged is forgotten some day; a clock far ahead makes nothing old."""
    joiner, now = PostfixFormat().joiner(), datetime.now(UTC)
    for number, then in enumerate((now - timedelta(days=11), now - timedelta(days=9), datetime(2098, 1, 1, tzinfo=UTC))):
        head = f"{then:%Y-%m-%dT%H:%M:%S}+00:00 mx{number} postfix/smtp[1]: "
        join([(f"{number}.log", line(delivery(OUTCOMES["deferred"], SHORT), head))], joiner)
    assert [message.key for message in memory.unpacked(joiner.memory()).open] == [f"mx{number} {SHORT}".encode() for number in (1, 2)]
