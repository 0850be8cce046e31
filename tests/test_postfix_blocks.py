"""However a log is cut into blocks, in whatever soup of lines: the same events; and nothing raises."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postfix_log import HEAD, delivery, join, line, parse

from indexer.formats.postfix import PostfixFormat
from indexer.records import Block
from store.event import Event
from store.outcome import final

LAB = Path(__file__).parent.parent.parent / "shared" / "corpus" / "postfix-lab"
FORMS = ("3164", "iso", "5424")
LAB_DATE = 1_795_600_000.0  # after the last line of the lab's run
# the lab's own words for what became of a message
STATES = {"delivered": "delivery", "bounced": "bounce", "expired": "bounce", "relayed": "send"}

# The corpus is other people's and no part of the project: a clone elsewhere has none, and our own fixtures hold the same rules.
needs_lab = pytest.mark.skipif(not LAB.exists(), reason=f"the corpus is not at hand at {LAB}")

QUEUE_IDS = ("9A0B1C2D3E", "9A0B1C2D3F")
TLS = "Trusted TLS connection established to mx.example.org[192.0.2.1]:25: TLSv1.2 with cipher X (1/1 bits)"
ENVELOPE = "from=<app@example.com> to=<jan@example.org> proto=SMTP helo=<a>"


def messages(queue_id: str) -> list[str]:
    """Every kind of line about one id."""
    others = [other for other in QUEUE_IDS if other != queue_id]
    return [
        f"{queue_id}: client=app[192.0.2.9]",
        f"{queue_id}: message-id=<one@example.com>",
        f"{queue_id}: message-id=<two@example.com>",
        f"{queue_id}: info: header Subject: Hello from app[192.0.2.9]; {ENVELOPE}",
        f"{queue_id}: from=<app@example.com>, size=1, nrcpt=1 (queue active)",
        f"{queue_id}: from=<>, size=1, nrcpt=1 (queue active)",
        f"{queue_id}: from=<app@example.com>, status=expired, returned to sender",
        f"{queue_id}: reject: RCPT from app[192.0.2.9]: 550 5.1.1 no; {ENVELOPE}",
        f"{queue_id}: removed",
        TLS,
        *(delivery(f"2.0.0, status=sent (250 Ok: queued as {other})", queue_id) for other in others),
        *(delivery(f"4.0.0, status=deferred (host mx[192.0.2.1] said: 45{n} later)", queue_id, f"{n}@example.org") for n in range(2)),
        delivery("5.0.0, status=bounced (no)", queue_id, "1@example.org"),
    ]


log_lines = st.builds(
    lambda message, host, pid, second: line(message, f"2024-11-23T11:11:{second:02}+00:00 {host} postfix/smtp[{pid}]: "),
    st.sampled_from([message for queue_id in QUEUE_IDS for message in messages(queue_id)]),
    st.sampled_from(["mx1", "mx1", "mx2"]),
    st.integers(1, 2),
    st.integers(0, 59),
)
# a line that stands twice is one event twice, and the later reading of it counts: no two are alike here
soups = st.lists(log_lines, min_size=1, max_size=40, unique=True)


@settings(max_examples=300, deadline=None)
@given(lines=soups, data=st.data())
def test_any_cut_into_blocks_gives_the_same_events(lines: list[bytes], data: st.DataObject) -> None:
    """Whatever spans two blocks the joiner puts together: facts, deferrals that expire, hops, TLS, ids used again."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines)), max_size=6)) | {len(lines)})
    blocks = [("mail.log", b"".join(lines[low:high])) for low, high in itertools.pairwise([0, *cuts])]
    assert join(blocks) == join([("mail.log", b"".join(lines))])


@settings(max_examples=200, deadline=None)
@given(lines=soups, data=st.data())
def test_events_that_come_again_are_told_apart(lines: list[bytes], data: st.DataObject) -> None:
    """What a joiner gives out, less what it gave out again to complete it, is as many events as the log read in one go has."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines)), max_size=6)) | {len(lines)})
    joiner = PostfixFormat().joiner()
    parts = [parse(b"".join(lines[low:high]), number=low + 1) for low, high in itertools.pairwise([0, *cuts])]
    given = sum(len(list(joiner.add(part))) for part in parts)
    assert given - joiner.again == len(parse(b"".join(lines)).events)


@settings(max_examples=100, deadline=None)
@given(first=soups, second=soups, data=st.data())
def test_any_interleaving_of_two_hosts_gives_the_same_events(first: list[bytes], second: list[bytes], data: st.DataObject) -> None:
    """Hosts that log to one place do not disturb each other."""
    first = [each.replace(b" mx2 ", b" mx1 ") for each in first]
    second = [each.replace(b" mx1 ", b" mx2 ") for each in second]
    order = data.draw(st.permutations([0] * len(first) + [1] * len(second)))
    sides = (iter(first), iter(second))
    mixed = b"".join(next(sides[side]) for side in order)
    assert join([("mail.log", mixed)]) == join([("mail.log", b"".join(first))]) | join([("mail.log", b"".join(second))])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.builds(lambda text: HEAD.encode() + text, st.binary(max_size=200))))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever a log holds, it is read."""
    parsed = parse(data)
    PostfixFormat().recognises(data)
    assert parsed.read == data.count(b"\n") + (not data.endswith(b"\n")) * bool(data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(messages(QUEUE_IDS[0])), st.binary(max_size=12), st.data())
def test_no_damage_to_a_line_raises(message: str, noise: bytes, data: st.DataObject) -> None:
    """Bytes put in, left out or changed anywhere."""
    whole = line(message)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    join([("mail.log", whole[:start] + noise + whole[end:])])


def test_rejected_lines_name_their_place() -> None:
    """Line and offset count from the beginning of the source, not of the block."""
    good, bad = line("x: y"), line("9A0B1C2D3E: to=<jan@example.org>, relay=none")
    found = parse(good + bad + good + bad, offset=1000, number=11).rejected
    places = [(each.source, each.line, each.offset) for each in found]
    assert places == [("mail.log", 12, 1000 + len(good)), ("mail.log", 14, 1000 + 2 * len(good) + len(bad))]


def lab_events(form: str, blocks: int = 1) -> dict[str, Event]:
    """The lab's events, read in blocks."""
    reader = PostfixFormat()
    joiner = reader.joiner()
    data = (LAB / f"mail.{form}.log").read_bytes()
    step, number = len(data) // blocks + 1, 1
    kept: dict[str, Event] = {}
    while data:
        end = reader.cut(data[:step])
        kept |= {event.id: event for event in joiner.add(reader.parse(Block(form, data[:end], number, 0, LAB_DATE)))}
        number += data.count(b"\n", 0, end)
        data = data[end:]
    return kept


@needs_lab
@pytest.mark.parametrize("form", FORMS)
def test_every_message_of_the_lab_ends_as_it_did(form: str) -> None:
    """Each recipient whose deliveries are in the log: state, sender, Message-ID, attempts and codes."""
    told: dict[tuple[str | None, str | None], list[Event]] = {}
    for event in lab_events(form).values():
        told.setdefault((event.queue_id, event.recipient), []).append(event)
    log = (LAB / f"mail.{form}.log").read_text(encoding="utf-8")
    rows = [json.loads(row) for row in (LAB / "expected.messages.jsonl").read_text(encoding="utf-8").splitlines()]
    checked = 0
    for row in rows:
        for expected in row["recipients"]:
            if f"{row['queue_id']}: to=<{expected['recipient']}>" not in log:
                continue  # two lines with a path of the lab's machine were taken out of the logs
            mine = told[row["queue_id"], expected["recipient"]]
            last = max((event for event in mine if not event.expired), key=lambda event: event.timestamp)
            assert final(mine) == STATES[expected["final"]]
            assert any(event.expired for event in mine) == (expected["final"] == "expired")
            assert (last.sender, last.message_id, last.original_recipient) == (row["sender"], row["message_id"], expected["orig_to"])
            assert sum(not event.expired for event in mine) == expected["attempts"]
            assert last.smtp_code == (int(expected["last_smtp_code"]) if expected["last_smtp_code"] else None)
            assert expected["last_status"].endswith(".0.0") or last.status == expected["last_status"]
            checked += 1
    assert checked == 443


@needs_lab
def test_the_three_forms_of_the_lab_give_the_same_ids() -> None:
    """Reading all of them adds nothing."""
    first, second, third = ({key: event.type for key, event in lab_events(form).items()} for form in FORMS)
    assert first == second == third


@needs_lab
@pytest.mark.parametrize("blocks", [2, 13, 100])
def test_the_lab_in_blocks_gives_the_same_events(blocks: int) -> None:
    """Messages wait across blocks for half a minute there."""
    assert lab_events("iso", blocks) == lab_events("iso")
