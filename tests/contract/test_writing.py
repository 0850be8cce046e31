"""Contract: writing is idempotent, completes what is known, and deleting leaves nothing."""

import msgspec
import pytest
from letters import LETTERS, in_order

from store.errors import NotFoundError, StoreError
from store.event import Event, event_id
from store.events import EventStore, Page, Query, Scope, Sort, WriteReport
from store.tree import All, And, Exact, Not, Words

ALL = Scope.operator()


def changed(event: Event, **fields: object) -> Event:
    """The event with other values."""
    return msgspec.structs.replace(event, **fields)


def everything(store: EventStore) -> list[Event]:
    """What the store holds, in order of id."""
    return list(store.export(Query(), ALL, Sort("id")))


def test_writing_twice_changes_nothing(store: EventStore) -> None:
    """The same events again, in another order and cut otherwise, are all `same`."""
    assert store.write(LETTERS) == WriteReport(new=len(LETTERS))
    before = everything(store)
    assert store.write(LETTERS[::-1][:40]) + store.write(LETTERS[::-1][40:]) == WriteReport(same=len(LETTERS))
    assert everything(store) == before


def test_a_batch_may_hold_an_event_twice(store: EventStore) -> None:
    """Within one batch an id counts once as new, then as what it adds; the report is of as many events as were given."""
    bare = changed(LETTERS[0], subject=None, mx=None)
    report = store.write([bare, LETTERS[0], LETTERS[0], bare])
    assert report == WriteReport(new=1, changed=1, same=2)
    assert everything(store) == [LETTERS[0]]


def test_what_is_known_later_completes_the_event(store: EventStore) -> None:
    """A later reading adds and corrects, and never erases; the completed event is found by its new values and not by the old."""
    first = changed(LETTERS[3], sender=None, sender_domain=None, subject="first words", mx="old.example")
    later = changed(first, sender="Late@Sender.example", sender_domain="sender.example", subject=None, mx="new.example")
    store.write([first])
    assert store.write([later]) == WriteReport(changed=1)
    whole = changed(later, subject="first words")
    assert everything(store) == [whole]
    assert store.count(Query(Exact("mx", "old.example")), ALL) == 0
    assert store.count(Query(Exact("mx", "new.example")), ALL) == 1
    assert store.count(Query(Words("sender", ("late",))), Scope.of(["sender.example"])) == 1


def test_a_reading_without_fractions_does_not_blunt_the_time(store: EventStore) -> None:
    """The more exact time stays, whichever reading comes first."""
    exact = changed(LETTERS[1], timestamp=1_730_419_199_123)
    blunt = changed(exact, timestamp=1_730_419_199_000)
    store.write([exact])
    assert store.write([blunt]) == WriteReport(same=1)
    store.write([changed(blunt, id="other"), changed(exact, id="other")])
    assert {event.timestamp for event in everything(store)} == {exact.timestamp}


def test_an_id_has_no_letter_case(store: EventStore) -> None:
    """`ABC` and `abc` are one event: ids are found in any case, so they are equal in any case."""
    store.write([changed(LETTERS[0], id="Given-ABC")])
    assert store.write([changed(LETTERS[0], id="given-abc", tls="TLSv1.2")]) == WriteReport(changed=1)
    assert store.get("GIVEN-ABC", ALL).tls == "TLSv1.2"


def test_what_is_written_is_found_at_once(store: EventStore) -> None:
    """A write that has returned shows in the next search, batch after batch."""
    for count, event in enumerate(LETTERS[:20], start=1):
        store.write([event])
        assert store.count(Query(), ALL) == count


def test_writing_nothing_is_fine(store: EventStore) -> None:
    """An empty batch reports nothing."""
    assert store.write([]) == WriteReport()


HOSTILE = (
    "\x00",
    "\ud800 half",
    "a" * 70_000,
    "é" * 40_000,
    " ".join("word" for _ in range(20_000)),
    "\u202e\u0085\u2028",
    "\U0010ffff",
    "*",
    "",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:4]!a} x{len(text)}")
def test_any_text_may_stand_in_any_field(store: EventStore, text: str) -> None:
    """Overlong, unprintable and broken text is kept (half a surrogate pair as `?`), sorted, and never in the way of others."""
    texts = {
        name: text for name in Event.__struct_fields__ if name not in {"timestamp", "smtp_code", "delay", "recipient_certain", "expired"}
    }
    odd = Event(**{**texts, "id": f"x{text[:600]}", "timestamp": LETTERS[0].timestamp, "tags": (text,)})
    assert store.write([odd, *LETTERS[:5]]).new == 6
    assert store.write([odd]).same == 1
    for field in ("subject", "recipient", "remote_ip", "id"):
        found = store.search(Query(), ALL, Page(Sort(field), 3))
        rest = store.search(Query(), ALL, Page(Sort(field), 3, found.next))
        assert len({event.id for event in found.events + rest.events}) == 6
    assert store.get(odd.id, ALL).diagnostic == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("timestamp", [-(2**63), 2**63 - 1, 2**80])
def test_a_time_of_no_calendar_is_refused(store: EventStore, timestamp: int) -> None:
    """A time outside the years 1 to 9999 is an error that names the event; nothing of the batch is kept."""
    with pytest.raises(StoreError, match="outside the years"):
        store.write([LETTERS[0], changed(LETTERS[1], timestamp=timestamp)])
    assert everything(store) == []


@pytest.mark.parametrize("timestamp", [-62_135_596_800_000, -1, 0, 253_402_300_799_999])
def test_the_ends_of_the_calendar_are_times(store: EventStore, timestamp: int) -> None:
    """From the first moment of the year 1 to the last of 9999."""
    store.write([changed(LETTERS[0], timestamp=timestamp)])
    assert store.count(Query(start=timestamp, end=timestamp + 1), ALL) == 1
    assert store.count(Query(start=timestamp + 1), ALL) == store.count(Query(end=timestamp), ALL) == 0


def test_a_delete_removes_what_matches_and_nothing_else(store: EventStore) -> None:
    """Across months, as many as it says; the rest is as it was, and may be written to."""
    store.write(LETTERS)
    wanted = [event for event in LETTERS if event.type == "bounce"]
    assert store.delete(Query(Exact("type", "bounce")), ALL) == len(wanted)
    assert list(store.export(Query(), ALL, Sort())) == in_order([event for event in LETTERS if event.type != "bounce"], Sort())
    with pytest.raises(NotFoundError):
        store.get(wanted[0].id, ALL)
    assert store.write(LETTERS) == WriteReport(new=len(wanted), same=len(LETTERS) - len(wanted))


def test_a_delete_keeps_to_its_scope(store: EventStore) -> None:
    """A customer's delete of everything leaves the others' events."""
    store.write(LETTERS)
    scope = Scope.of(["two.example"])
    assert store.delete(Query(), Scope.of([])) == 0
    store.delete(Query(And((All(), Not(Exact("type", "no such"))))), scope)
    assert {event.id for event in everything(store)} == {event.id for event in LETTERS if not scope.holds(event)}


def test_a_delete_of_a_time_range_keeps_to_it(store: EventStore) -> None:
    """A range that begins and ends within months takes what lies in it."""
    store.write(LETTERS)
    start, end = LETTERS[30].timestamp, LETTERS[100].timestamp
    kept = [event for event in LETTERS if not start <= event.timestamp < end]
    assert store.delete(Query(start=start, end=end), ALL) == len(LETTERS) - len(kept)
    assert list(store.export(Query(), ALL, Sort())) == in_order(kept, Sort())


def test_an_export_is_of_one_moment(store: EventStore) -> None:
    """What is written or removed while an export runs does not show in it."""
    store.write(LETTERS[:100])
    running = store.export(Query(), ALL, Sort("recipient"))
    first = next(running)
    store.write([changed(LETTERS[0], id=event_id("contract", "late"))])
    store.delete(Query(Exact("type", "bounce")), ALL)
    assert [first, *running] == in_order(LETTERS[:100], Sort("recipient"))
