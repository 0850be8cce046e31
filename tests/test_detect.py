"""The format of a source is told by its content, or by name; what is not recognised is told what to do."""

import gzip
import json
import os
import threading
from pathlib import Path

import pytest
from ses_records import record, sns, sqs

from indexer.errors import UnknownFormatError
from indexer.formats import NAMES, by_name, detect
from indexer.records import Block
from indexer.sources import Meter, pieces
from indexer.survey import Source, survey

SES = json.dumps(
    {"eventType": "Send", "mail": {"timestamp": "2024-11-01T09:00:00.000Z", "messageId": "m1", "destination": ["b@x.example"]}}
)
NDJSON = '{"timestamp": "2024-11-01T09:00:00Z", "type": "send", "sender": "a@s.example", "recipient": "b@x.example"}'
POSTFIX = "Nov  1 09:00:00 mx1 postfix/qmgr[7]: 4XaB12cdEFz1: from=<a@s.example>, size=395, nrcpt=1 (queue active)"
LETTER = json.dumps({"source": "mail.log", "line": 3, "offset": 99, "reason": "no", "record": NDJSON})


@pytest.mark.parametrize(("content", "name"), [(SES, "ses"), (NDJSON, "ndjson"), (POSTFIX, "postfix"), (LETTER, "dead-letter")])
def test_content_tells_the_format(content: str, name: str) -> None:
    """One record is enough."""
    assert detect(f"{content}\n".encode()).name == name
    assert by_name(name).name == name
    assert name in NAMES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Dear diary,\n", "it begins with 'Dear diary,"),
        (b"\x00\xff\n", "it begins with '\\x00\\ufffd\\n'"),
        (b"PK\x03\x04rest", "it is a zip archive: unpack it first"),
        (b"x" * 257 + b"ustar", "it is a tar archive"),
        (NDJSON.encode("utf-16"), "it is UTF-16 text: convert it with iconv"),
    ],
)
def test_unknown_content_gets_an_error_that_helps(content: bytes, said: str) -> None:
    """What it saw, what is read, and how to name the format."""
    with pytest.raises(UnknownFormatError) as caught:
        detect(content)
    assert said in str(caught.value)
    assert "--format" in str(caught.value)
    assert all(name in str(caught.value) for name in NAMES)


def test_an_unknown_name_gets_the_names_there_are() -> None:
    """Exact names only."""
    with pytest.raises(UnknownFormatError, match="there is no format 'exim'"):
        by_name("exim")


def test_each_source_of_a_run_has_its_own_format(tmp_path: Path) -> None:
    """Told by content whatever the name and the compression; their order is kept."""
    for name, content in (("a", SES), ("b", POSTFIX), ("c", NDJSON)):
        (tmp_path / name).write_bytes(gzip.compress(f"{content}\n".encode()))
    found = survey([tmp_path / "c", tmp_path / "a", tmp_path / "b"])
    assert [source.format.name for source in found if source.format] == ["ndjson", "ses", "postfix"]


def test_rotated_logs_are_read_oldest_first(tmp_path: Path) -> None:
    """Whatever order the shell gives them in; sources of other formats keep their places."""
    for name, day in (("mail.log", 9), ("mail.log.1", 5), ("mail.log.2", 1)):
        (tmp_path / name).write_text(POSTFIX.replace("Nov  1", f"Nov  {day}") + "\n")
    (tmp_path / "own").write_text(NDJSON)
    given = [tmp_path / name for name in ("mail.log", "own", "mail.log.1", "mail.log.2")]
    found = [Path(source.name).name for source in survey(given)]
    assert found == ["mail.log.2", "own", "mail.log.1", "mail.log"]


def read(sources: list[Source], problems: list[str] | None = None) -> bytes:
    """The content of some sources."""
    found = [] if problems is None else problems
    blocks = [piece.content for piece in pieces(sources, Meter(), threading.Event(), found) if piece]
    return b"".join(block.data for block in blocks if isinstance(block, Block))


BULKY = {"headers": [{"name": "X-Padding", "value": "x" * 150_000}]}
LARGE = {
    "an SES record whose type comes last": {"mail": record("Send", mail=BULKY)["mail"], "send": {}, "eventType": "Send"},
    "an SQS batch": sqs(*[sns(record("Send", mail=BULKY))] * 2),
    "a Lambda event, printed": {"Records": [{"body": json.dumps(record("Send", mail=BULKY))}]},
    "an array": [{"mail": record("Send", mail=BULKY)["mail"], "send": {}, "eventType": "Send"}],
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("kind", ["plain", "gzip", "pipe"])
def test_a_first_record_larger_than_a_sample_is_recognised(name: str, kind: str, tmp_path: Path) -> None:
    """A JSON text is looked at to its end before its format is called unknown."""
    path, data = tmp_path / "events", json.dumps(LARGE[name], indent=2 if "printed" in name else None).encode()
    if kind == "pipe":
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_bytes, args=(data,))
        writer.start()
        assert len(read(survey([path]))) == len(data)
        writer.join()
        return
    path.write_bytes(gzip.compress(data) if kind == "gzip" else data)
    (source,) = survey([path])
    assert source.format is not None
    assert source.format.name == "ses"


@pytest.mark.parametrize("rest", [b"}", b'"}', b""])
def test_large_json_of_another_kind_is_unknown(rest: bytes, tmp_path: Path) -> None:
    """Whole or cut off, in a file or from a pipe."""
    path, fifo, data = tmp_path / "other.json", tmp_path / "fifo", b'{"a": 1, "b": "' + b"x" * 300_000 + rest
    path.write_bytes(data)
    with pytest.raises(UnknownFormatError, match=r"other\.json: the format is not recognised"):
        survey([path])
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(data,))
    writer.start()
    problems: list[str] = []
    assert read(survey([fifo]), problems) == b""
    writer.join()
    (problem,) = problems
    assert "the format is not recognised" in problem
