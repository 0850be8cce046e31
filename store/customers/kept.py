"""Records in hashes of Redis: read one or all, and change several together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from store.redis.client import Client

_FOLDER: Final = Path(__file__).with_name("scripts")
R = TypeVar("R", bound=msgspec.Struct)


@cache
def script(name: str) -> str:
    """The text of a script."""
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A field of a hash that is to have one value and gets another; None is no field at all."""

    key: str
    field: str
    before: bytes | None
    after: bytes | None


def exchange(client: Client, *steps: Exchange) -> list[int]:
    """Make all of these changes, or none: the numbers of those that found another value than they were to."""
    keys = sorted({step.key for step in steps})
    words: list[Any] = []
    for step in steps:
        words += [keys.index(step.key) + 1, step.field]
        for value in (step.before, step.after):
            words += ["-", ""] if value is None else ["+", value]
    failed: list[int] = client.script(script("exchange"), keys, words)
    return failed


class Hash(Generic[R]):
    """A hash whose values are records of one kind, in JSON."""

    def __init__(self, client: Client, key: str, kind: type[R]) -> None:
        self._client, self.key = client, key
        self._decoder = msgspec.json.Decoder(kind)

    def get(self, field: str) -> R | None:
        """The record of a field."""
        found: bytes | None = self._client.command("HGET", self.key, field)
        return None if found is None else self.read(found)

    def every(self) -> Iterator[tuple[str, R]]:
        """All fields with their records, in order of field."""
        flat: list[bytes] | dict[bytes, bytes] = self._client.command("HGETALL", self.key)
        pairs = flat.items() if isinstance(flat, dict) else zip(flat[::2], flat[1::2], strict=True)
        return ((field.decode(), self.read(value)) for field, value in sorted(pairs))

    def read(self, value: bytes) -> R:
        """A value as a record."""
        return self._decoder.decode(value)

    def change(self, field: str, before: R | None, after: R | None) -> Exchange:
        """The step from one record to the other."""
        return Exchange(self.key, field, written(before), written(after))


def written(record: msgspec.Struct | None) -> bytes | None:
    """A record as it is kept."""
    return None if record is None else msgspec.json.encode(record)
