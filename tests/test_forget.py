"""`portal forget` on both engines: what goes, what stays, and what the receipt says."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from commands import portal, told, written
from postfix_log import delivery, line
from samples import MAIL

from app.settings import Settings
from app.stores import existing_events
from indexer.formats.postfix import PostfixFormat
from indexer.memory import Memory
from indexer.records import Block
from store.event import Event
from store.events import Query, Scope, Sort

PERSON = "Jan.Jansen@Gemeente.example"
TO_SEVERAL = json.dumps({"mail": {"destination": ["eva@x.nl", "jan.jansen@gemeente.example"]}})


def near(number: int, **fields: object) -> Event:
    """A sample event with other values."""
    return msgspec.structs.replace(MAIL[number], id=f"near {number}", **fields)


# `MAIL` has one event to the person (samples.JAN).
ABOUT = (
    near(1, recipient="JAN.JANSEN@gemeente.example", recipient_domain=None),
    near(2, original_recipient="jan.jansen@gemeente.example"),
    near(30, sender="jan.jansen@gemeente.example", sender_domain=None),
    near(60, recipient="jan.jansen@gemeente.example", sender="Jan.Jansen@gemeente.example", sender_domain=None),
)
BESIDE = (
    near(5, raw=TO_SEVERAL),
    near(100, subject="Re: jan.jansen@gemeente.example", raw=None),
    near(120, diagnostic="forwarded to <Jan.Jansen@gemeente.example>", tags=("to jan.jansen@gemeente.example", "x")),
)
OTHERS = (near(7, recipient="xjan.jansen@gemeente.example"), near(8, recipient="jan.jansen@gemeente.example.other.nl", subject="jansen"))


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """A portal with the person's mail among other people's."""
    written(settings, [*MAIL, *ABOUT, *BESIDE, *OTHERS])
    return settings


def everything(settings: Settings) -> list[Event]:
    """What the store holds."""
    store = existing_events(settings)
    found = list(store.export(Query(), Scope.operator(), Sort()))
    store.close()
    return found


def holding(events: Sequence[Event]) -> list[str]:
    """The ids of events in which the address stands anywhere, in any letter case, other than within a longer one."""
    others = {event.id for event in OTHERS}
    return [event.id for event in events if PERSON.lower() in json.dumps(msgspec.to_builtins(event)).lower() and event.id not in others]


def test_a_person_is_erased_and_others_keep_their_mail(filled: Settings) -> None:
    """A dry run counts what then goes; others' events stay, with the address taken out; a second receipt says 0."""
    before = everything(filled)
    planned = told("forget", PERSON.upper(), "--dry-run")
    assert everything(filled) == before
    assert planned["events"] == {"removed": {"recipient": 3, "original_recipient": 1, "sender": 1, "id": 0}, "redacted": 3}
    done = told("forget", PERSON)
    assert done["events"] == planned["events"]
    assert (done["complete"], done["found_afterwards"], done["problems"]) == (True, 0, [])
    after = everything(filled)
    assert holding(after) == []
    assert {event.id for event in before} - {event.id for event in after} == {*(event.id for event in ABOUT), MAIL[200].id}
    changed = {event.id: event for event in after if event not in before}
    assert set(changed) == {event.id for event in BESIDE}
    assert changed["near 5"].raw == TO_SEVERAL.replace(PERSON.lower(), "[erased]")
    assert changed["near 120"].tags == ("to [erased]", "x")
    again = told("forget", PERSON)
    assert again["events"] == {"removed": dict.fromkeys(planned["events"]["removed"], 0), "redacted": 0}
    assert everything(filled) == after


def test_the_receipt_proves_without_naming(filled: Settings, tmp_path: Path) -> None:
    """It is about the address that hashes to what it has, holds no address, and says what it does not cover."""
    result = portal("forget", PERSON, "--dry-run", "--receipt", "receipt.json")
    assert result.exit_code == 0
    text = (tmp_path / "receipt.json").read_text()
    assert "jansen" not in text.lower()
    receipt = json.loads(text)
    given = receipt["address"]
    salt = bytes.fromhex(given["salt"])
    assert hashlib.scrypt(PERSON.lower().encode(), salt=salt, n=given["n"], r=given["r"], p=given["p"], dklen=32).hex() == given["scrypt"]
    assert (filled.elasticsearch_url is None) == receipt["engine"].startswith("embedded")
    said = " ".join(receipt["not_covered"])
    assert [word for word in ("indexing them again", "backups", "--follow") if word not in said] == []
    assert "would be removed (3 as recipient, 1 as original recipient, 1 as sender)" in result.stdout
    assert portal("forget", PERSON, "--receipt", "receipt.json").exit_code == 2
    assert len(everything(filled)) == len(MAIL) + len(ABOUT) + len(BESIDE) + len(OTHERS)


def test_rejected_records_and_memories_forget_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the data folder, whatever the engine; records of others stay as they are, and so do messages."""
    monkeypatch.chdir(tmp_path)
    written(Settings(), MAIL[:5])
    data = tmp_path / "data"
    letters = [
        {"source": "a.log", "line": 1, "offset": 0, "reason": "odd", "record": "to=<jan.jansen@gemeente.example>"},
        {"source": "a.log", "line": 2, "offset": 9, "reason": "odd", "record": "to=<eva@x.nl>"},
        {
            "source": "a.log",
            "line": 3,
            "offset": 19,
            "reason": "odd",
            "record_base64": base64.b64encode(b"\xff JAN.jansen@gemeente.example").decode(),
        },
    ]
    lines = [json.dumps(letter) + "\n" for letter in letters]
    (data / "dead-letter-1.ndjson").write_text("".join(lines))
    (data / "dead-letter-2.ndjson").write_text(lines[0])
    (data / "dead-letter-2.ndjson.new").write_text(lines[0])
    remembered(data)
    planned = told("forget", PERSON, "--dry-run")
    assert (data / "dead-letter-2.ndjson").exists()
    assert told("forget", PERSON)["dead_letters"] == planned["dead_letters"] == {"files": 2, "records": 3}
    assert planned["memory"] == {"files": 1, "messages": 2}
    assert [path.name for path in data.glob("dead-letter-*")] == ["dead-letter-1.ndjson"]
    assert (data / "dead-letter-1.ndjson").read_text() == lines[1]
    memory = (data / "postfix.memory").read_bytes()
    assert b"eva@x.nl" in memory
    assert b"piet@x.nl" in memory
    assert b"jansen" not in memory.lower()
    assert told("forget", PERSON)["memory"] == {"files": 0, "messages": 0}


def remembered(data: Path) -> None:
    """Leave three messages in the queue: one to the person and others, one from them, one that is not theirs."""
    deferred = "4.2.2, status=deferred (host mx[192.0.2.1] said: 452 full)"
    log = b"".join(
        line(each)
        for each in (
            "4XyZ12abCdz1V0g6: from=<info@shop.example>, size=1, nrcpt=2 (queue active)",
            delivery(deferred, to="Jan.Jansen@gemeente.example"),
            delivery(deferred, to="eva@x.nl"),
            "4XyZ12abCdz1V0g7: from=<jan.jansen@gemeente.example>, size=1, nrcpt=1 (queue active)",
            delivery(deferred, "4XyZ12abCdz1V0g7", to="wim@x.nl"),
            "4XyZ12abCdz1V0g8: from=<info@shop.example>, size=1, nrcpt=1 (queue active)",
            delivery(deferred, "4XyZ12abCdz1V0g8", to="piet@x.nl"),
        )
    )
    form = PostfixFormat()
    joiner = form.joiner()
    list(joiner.add(form.parse(Block("mail.log", log, 1, 0, 1_732_500_000.0))))
    warnings: list[str] = []
    Memory(data, warnings).keep("postfix", joiner)
    assert warnings == []
    assert b"ansen" in (data / "postfix.memory").read_bytes()


def test_a_memory_that_cannot_be_read_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold the person, and the next run would put another in its place."""
    monkeypatch.chdir(tmp_path)
    written(Settings(), MAIL[:5])
    (tmp_path / "data" / "postfix.memory").write_bytes(b"damaged")
    assert told("forget", PERSON)["memory"]["files"] == 1
    assert not (tmp_path / "data" / "postfix.memory").exists()


@pytest.mark.parametrize("address", ["jan", "@gemeente.example", "jan jansen@x.nl"])
def test_half_an_address_is_wrong_usage(address: str) -> None:
    """Before anything is looked at."""
    result = portal("forget", address)
    assert result.exit_code == 2
    assert "Name one in full" in result.stderr


def test_a_receipt_that_cannot_be_written_stops_it_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is erased without its receipt."""
    monkeypatch.chdir(tmp_path)
    written(Settings(), MAIL)
    result = portal("forget", PERSON, "--receipt", "no/such/folder/receipt.json")
    assert result.exit_code == 2
    assert "--receipt" in result.stderr
    assert len(everything(Settings())) == len(MAIL)
