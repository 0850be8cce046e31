"""Contract: events are removed and replaced as a judge says, and what goes leaves nothing."""

from collections import Counter

import msgspec
import pytest
from letters import LETTERS, in_order

from store.event import Event
from store.events import EventStore, Query, Scope, Sort, Verdict, WriteReport
from store.tree import Exact, Words

ALL = Scope.operator()


def judged(event: Event) -> Verdict | None:
    """Bounces go, what has a subject with `invoice` gets another, the rest stays."""
    if event.type == "bounce":
        return Verdict(None, "bounced")
    if event.subject and "invoice" in event.subject.lower():
        return Verdict(msgspec.structs.replace(event, subject="gone", raw="gone"), "renamed")
    return None


def expected(events: tuple[Event, ...]) -> list[Event]:
    """The events as they are after that."""
    verdicts = [(event, judged(event)) for event in events]
    return [event if verdict is None else verdict.event for event, verdict in verdicts if verdict is None or verdict.event is not None]


def test_events_go_or_change_as_the_judge_says(store: EventStore) -> None:
    """Across months, as many as it says; the changed ones are found by what they are now, and asking again changes nothing."""
    store.write(LETTERS)
    reasons = Counter(verdict.why for event in LETTERS if (verdict := judged(event)))
    assert set(reasons) == {"bounced", "renamed"}
    assert store.rewrite(Query(), ALL, judged) == reasons
    assert list(store.export(Query(), ALL, Sort())) == in_order(expected(LETTERS), Sort())
    assert store.count(Query(Words("subject", ("invoice",))), ALL) == 0
    assert store.count(Query(Words("subject", ("gone",))), ALL) == reasons["renamed"]
    assert store.rewrite(Query(), ALL, judged) == Counter()
    changed = next(event for event in expected(LETTERS) if event.subject == "gone")
    assert store.write([changed]) == WriteReport(same=1)


def test_a_rewrite_keeps_to_its_query_and_scope(store: EventStore) -> None:
    """What does not match, or is somebody else's, is not shown to the judge."""
    store.write(LETTERS)
    scope, seen = Scope.of(["two.example"]), set()

    def judge(event: Event) -> Verdict | None:
        seen.add(event.id)
        return Verdict(None, "gone")

    wanted = Query(Exact("source", "ses"), start=LETTERS[20].timestamp, end=LETTERS[120].timestamp)
    its = {
        event.id
        for event in LETTERS
        if event.source == "ses" and scope.holds(event) and LETTERS[20].timestamp <= event.timestamp < LETTERS[120].timestamp
    }
    assert store.rewrite(wanted, Scope.of([]), judge) == Counter()
    assert store.rewrite(wanted, scope, judge) == Counter(gone=len(its))
    assert seen == its
    assert {event.id for event in store.export(Query(), ALL, Sort())} == {event.id for event in LETTERS} - its


def test_every_event_may_go(store: EventStore) -> None:
    """A store that is emptied is empty, and takes events again."""
    store.write(LETTERS)
    assert store.rewrite(Query(), ALL, lambda _: Verdict(None, "gone")) == Counter(gone=len(LETTERS))
    assert store.count(Query(), ALL) == 0
    assert store.write(LETTERS) == WriteReport(new=len(LETTERS))


@pytest.mark.parametrize("end", [None, LETTERS[100].timestamp])
def test_whole_months_go_and_come_again(store: EventStore, end: int | None) -> None:
    """A delete of all there is up to a time, as retention does it, leaves a store that works."""
    store.write(LETTERS)
    kept = [event for event in LETTERS if end is not None and event.timestamp >= end]
    assert store.delete(Query(end=end), ALL) == len(LETTERS) - len(kept)
    assert list(store.export(Query(), ALL, Sort())) == in_order(kept, Sort())
    assert store.write(LETTERS) == WriteReport(new=len(LETTERS) - len(kept), same=len(kept))


def test_purging_leaves_what_is_there(store: EventStore) -> None:
    """Nothing to purge is fine, and what is not deleted stays."""
    store.purge(Query())
    store.write(LETTERS[:20])
    store.purge(Query())
    assert store.count(Query(), ALL) == 20
