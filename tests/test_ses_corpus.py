"""Real SES records from public projects, where the folder with them is at hand beside the checkout."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from indexer.formats.ses import SesFormat
from indexer.records import Block
from store.event import Event, milliseconds

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
FOLDERS = ("ses-aws-docs", "sisimai-json", "webhooks-anymail")
# The corpus's words for what happened, in ours; a rendering failure is there "failed", here a reject
TYPES = {
    "accepted": "send",
    "sent": "send",
    "delivered": "delivery",
    "bounced": "bounce",
    "deferred": "deferral",
    "complained": "complaint",
    "rejected": "reject",
    "failed": "reject",
    "opened": "open",
    "clicked": "click",
}

# The corpus is other people's and no part of the project: a clone elsewhere has none, and our own fixtures hold the same rules.
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not at {CORPUS}")


def rows() -> list[tuple[Path, dict[str, Any]]]:
    """Each expectation about Amazon SES with its file."""
    found = []
    for folder in FOLDERS:
        listing = CORPUS / folder / "expected.jsonl"
        lines = listing.read_text().splitlines() if listing.is_file() else []
        found += [(CORPUS / folder / row["file"], row) for row in map(json.loads, lines) if row["provider"] == "amazon_ses"]
    return found


def events_of(path: Path) -> list[Event]:
    """The events of a file, which is recognised and leaves nothing behind."""
    data = path.read_bytes()
    form = SesFormat()
    assert form.recognises(data)
    assert form.cut(data) == len(data)
    result = form.parse(Block(path.name, data, 1, 0, 0.0))
    assert (result.read, result.rejected) == (1, [])
    return result.events


@pytest.mark.parametrize(("path", "row"), rows(), ids=lambda value: value.name if isinstance(value, Path) else str(value["n"]))
def test_each_row_of_the_corpus_is_met(path: Path, row: dict[str, Any]) -> None:
    """Type, recipient, message, codes, reason and time are as the corpus says."""
    events = events_of(path)
    assert len(events) == row["of"]
    wanted = row["expect"]
    if wanted is None:
        return
    event = events[row["n"] - 1]
    assert (event.type, event.recipient, event.queue_id) == (TYPES[wanted["event"]], wanted["recipient"], wanted["message_id"])
    for name, value in (("status", event.status), ("reason_class", event.reason), ("feedback_type", event.diagnostic)):
        if name in wanted:
            assert value == wanted[name]
    if "smtp_code" in wanted:
        assert event.smtp_code == (int(wanted["smtp_code"]) if wanted["smtp_code"] else None)
    if "provider_event_id" not in wanted:  # those rows give the time of SNS, not of the event
        assert event.timestamp == milliseconds(datetime.fromisoformat(wanted["timestamp"]))


def test_every_wrapping_of_an_event_gives_the_same_ids() -> None:
    """Bare, in SNS and in EventBridge, an event of the corpus is one event."""
    folder = CORPUS / FOLDERS[0]
    for bare in sorted(folder.glob("*.raw.json")):
        wrapped = [bare.with_name(bare.name.replace(".raw.", other)) for other in (".sns.", ".eventbridge.")]
        for path in wrapped:
            if path.is_file():
                assert events_of(path) == events_of(bare)
