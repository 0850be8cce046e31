"""Reading an audit trail: newest first, a page at a time, all of it or one person's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from store.customers.kept import script
from store.errors import BadCursorError
from store.redis.client import Client

_ID: Final = re.compile(r"[0-9]{1,16}-[0-9]{1,19}")
_CHUNK: Final = 500  # entries that one command reads
_LOOKED_AT: Final = 5_000  # entries that a page looks at, whatever it finds


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `at` in ms since 1970 UTC; `what` is one of `What`, or of a version to come."""

    id: str
    at: int
    who: str
    what: str
    about: str = ""
    detail: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: about or by whom, of which kinds (none: all), from `start` up to `end` (ms, exclusive; None: open)."""

    about: str = ""
    who: str = ""
    kinds: frozenset[str] = frozenset()
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of entries, and the cursor of the next one, None on the last."""

    entries: tuple[Entry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Raw:
    """An entry as it is kept: people as numbers."""

    id: str
    fields: dict[str, str]

    @property
    def at(self) -> int:
        return int(self.id.partition("-")[0])


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Who is sought, as entries have them; empty is anybody."""

    about: str
    who: str

    def fits(self, raw: _Raw, sought: Sought) -> bool:
        """Whether an entry is one of those that are sought."""
        in_time = (sought.start is None or raw.at >= sought.start) and (sought.end is None or raw.at < sought.end)
        kind = not sought.kinds or raw.fields["k"] in sought.kinds
        return in_time and kind and self.about in {"", raw.fields["a"]} and self.who in {"", raw.fields["w"]}


def page(client: Client, keys: Sequence[str], sought: Sought, limit: int, cursor: str | None) -> Trail:
    """See `Audit.page`; `keys` are those of the trail."""
    if cursor is not None and not _ID.fullmatch(cursor):
        raise BadCursorError("This cursor is not one of ours. Start again from the first page.")
    numbers = _numbers(client, keys, sought)
    if numbers is None:
        return Trail((), None)
    found: list[_Raw] = []
    for looked, raw in enumerate(_walk(client, keys, sought, numbers, cursor, min(_CHUNK, limit + 1))):
        if len(found) == limit or looked == _LOOKED_AT:
            return Trail(_named(client, keys, found), cursor)
        cursor = raw.id
        if numbers.fits(raw, sought):
            found.append(raw)
    return Trail(_named(client, keys, found), None)


def every(client: Client, keys: Sequence[str], sought: Sought) -> Iterator[Entry]:
    """See `Audit.every`."""
    numbers = _numbers(client, keys, sought)
    waiting: list[_Raw] = []
    for raw in _walk(client, keys, sought, numbers, None, _CHUNK) if numbers else ():
        if numbers and numbers.fits(raw, sought):
            waiting.append(raw)
        if len(waiting) == _CHUNK:
            yield from _named(client, keys, waiting)
            waiting = []
    yield from _named(client, keys, waiting)


def _numbers(client: Client, keys: Sequence[str], sought: Sought) -> _Numbers | None:
    """The numbers of who is sought; None where somebody stands in no entry."""
    found = [_text(client.command("HGET", keys[1], name)) if name else "" for name in (sought.about, sought.who)]
    unknown = any(name and not number for name, number in zip((sought.about, sought.who), found, strict=True))
    return None if unknown else _Numbers(*found)


def _walk(  # noqa: PLR0913, PLR0917 - where, what, and from where
    client: Client, keys: Sequence[str], sought: Sought, numbers: _Numbers, after: str | None, chunk: int
) -> Iterator[_Raw]:
    """Entries that may be sought, newest first."""
    if numbers.about:
        return _of_person(client, keys, ("a", "q", numbers.about), sought, after, chunk)
    if numbers.who:
        return _of_person(client, keys, ("w", "p", numbers.who), sought, after, chunk)
    return _between(client, keys[0], sought, after, chunk)


def _between(client: Client, key: str, sought: Sought, after: str | None, chunk: int) -> Iterator[_Raw]:
    """Everything in a range of time."""
    ends = [(int(ms), int(number)) for ms, _, number in (after.partition("-"),)] if after else []
    ends += [] if sought.end is None else [(max(sought.end, 0), 0)]
    newest = "({}-{}".format(*min(ends)) if ends else "+"
    while True:
        read = [_raw(*entry) for entry in client.command("XREVRANGE", key, newest, str(max(sought.start or 0, 0)), "COUNT", chunk)]
        yield from read
        if len(read) < chunk:
            return
        newest, chunk = f"({read[-1].id}", _CHUNK


def _of_person(  # noqa: PLR0913, PLR0917 - likewise
    client: Client, keys: Sequence[str], link: tuple[str, str, str], sought: Sought, after: str | None, chunk: int
) -> Iterator[_Raw]:
    """The entries of one person; `link`: the field that has their number, the one that leads backwards, their number."""
    field, back, number = link
    at = _text(client.command("HGET", keys[3], field + number))
    if after is not None:
        place = [_raw(*entry) for entry in client.command("XRANGE", keys[0], after, after)]
        if not place or place[0].fields.get(field) != number:
            raise BadCursorError("This cursor is not for these entries. Start again from the first page.")
        at = place[0].fields[back]
    while at:
        read = [_raw(*entry) for entry in client.script(script("chain"), [keys[0]], [at, back, chunk])]
        for raw in read:
            if raw.at < (sought.start or 0):
                return
            yield raw
        at = read[-1].fields[back] if len(read) == chunk else ""
        chunk = _CHUNK


def _named(client: Client, keys: Sequence[str], found: Sequence[_Raw]) -> tuple[Entry, ...]:
    """Entries with the names of their people."""
    numbers = sorted({number for raw in found for number in (raw.fields["w"], raw.fields["a"]) if number})
    names = dict(zip(numbers, client.command("HMGET", keys[2], *numbers), strict=True)) if numbers else {}
    return tuple(
        Entry(raw.id, raw.at, _text(names.get(f["w"])), f["k"], _text(names.get(f["a"])), f["d"], f["v"])
        for raw in found
        for f in (raw.fields,)
    )


def _raw(entry_id: bytes, fields: Any) -> _Raw:  # noqa: ANN401 - a mapping from redis-py's own reading, a flat list from a script
    pairs = fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True)
    return _Raw(entry_id.decode(), {name.decode(): _text(value) for name, value in pairs})


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")
