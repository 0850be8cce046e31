"""What the joiner hands from one run to the next, as one document of bounded size."""

from itertools import chain
from typing import Final

import msgspec

from indexer.formats.postfix.known import REMEMBERED, Known
from indexer.formats.postfix.messages import Link

# Bump when the document, or what its parts mean, changes: an older one is then not taken in.
_VERSION: Final = 1
MAX_BYTES: Final = 64 << 20  # of messages: some 50,000 that wait, each with a deferral


class Memory(msgspec.Struct):
    """Messages still in the queue, those out of it that lack something, ids given out, connections by process, hosts' last times."""

    open: list[Known]
    lacking: list[Known]
    given_out: list[bytes]
    links: dict[str, Link]
    latest: dict[bytes, int]


class _Document(msgspec.Struct, array_like=True):
    """As it is written: `messages` are whole documents of their own, the first `open` of them in the queue."""

    version: int
    open: int
    messages: list[msgspec.Raw]
    given_out: list[bytes]
    links: dict[str, Link]
    latest: dict[bytes, int]


_document: Final = msgspec.msgpack.Decoder(_Document)
_message: Final = msgspec.msgpack.Decoder(Known)


def packed(memory: Memory) -> bytes:
    """The document; of more than `MAX_BYTES` of messages, those changed last are kept."""
    size, kept = 0, list[list[msgspec.Raw]]()
    for messages in (memory.open, memory.lacking):
        raws: list[msgspec.Raw] = []
        for message in reversed(messages):
            raw = msgspec.msgpack.encode(message)
            if size + len(raw) <= MAX_BYTES:
                size += len(raw)
                raws.append(msgspec.Raw(raw))
        kept.append(raws[::-1])
    return msgspec.msgpack.encode(
        _Document(_VERSION, len(kept[0]), list(chain.from_iterable(kept)), memory.given_out, memory.links, memory.latest)
    )


def unpacked(document: bytes) -> Memory:
    """The memory in a document; raises `ValueError` where it is none, or of another version."""
    told = _document.decode(document)
    if told.version != _VERSION:
        raise ValueError(f"version {told.version}, not {_VERSION}")
    messages = [_message.decode(raw) for raw in told.messages]
    for message in messages:
        message.sitting, message.published = REMEMBERED, True
    return Memory(messages[: told.open], messages[told.open :], told.given_out, told.links, told.latest)
