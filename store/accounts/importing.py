"""An import: many numbers at once, all or none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from store.accounts import coding
from store.accounts.account import MAX_ROWS, Account, BadAccountError, Imported, Row
from store.accounts.changing import Signed, before, busy, changed, checked, outdated, signed
from store.accounts.coding import HEAD, Part
from store.accounts.kept import Kept, Step, part_is
from store.errors import ConflictError

_TRIES = 5


def put_all(kept: Kept, rows: Sequence[Row], by: Signed) -> Imported:
    """See `Accounts.put_all`."""
    if len(rows) > MAX_ROWS:
        raise BadAccountError(f"{len(rows):,} rows are too many for one import, which takes {MAX_ROWS:,}. Split the file.")
    addresses = [row.address for row in rows]
    twice, most = Counter(addresses).most_common(1)[0] if addresses else ("", 0)
    if most > 1:
        raise BadAccountError(f"{twice} stands in it twice. Keep the row that is right.")
    for row in rows:
        checked(row.phone, None)
    made: dict[str, bytes] = {}
    counts = [0, 0, 0]
    for _ in range(_TRIES):
        records, graves = kept.records(addresses), kept.graves(addresses)
        there = {address: record[HEAD:] for address, record in zip(addresses, records, strict=True) if record is not None}
        if made and made.items() <= there.items():  # done, and the answer was lost
            return Imported(*counts)
        _unchanged(rows, records)
        steps: list[Step] = []
        counts = [0, 0, 0]
        for row, record, grave in zip(rows, records, graves, strict=True):
            part = None if record is None else coding.part_of(record)
            new = _new(row, part, grave, by, known=record is not None)
            counts[2 if new is None else 0 if record is None else 1] += 1
            if new is not None:
                made[row.address] = coding.written(new)
                steps += [part_is(row.address, record), *outdated(row.address, part), ("part", row.address, made[row.address])]
        if not steps or not kept.change(steps):
            return Imported(*counts)
    raise busy()


def _new(row: Row, part: Part | None, grave: bytes | None, by: Signed, *, known: bool) -> Part | None:
    """People's part after the import; None where the row changes nothing."""
    new = changed(part, grave, row.phone, None, by)
    if new is not None:
        return replace(new, what="imported")
    return None if known else signed(by, "imported", before(part, grave) + 1)


def _unchanged(rows: Sequence[Row], records: Sequence[bytes | None]) -> None:
    """Raises `ConflictError` with all rows that are not what the importer saw."""
    found = [
        coding.account(row.address, record)
        for row, record in zip(rows, records, strict=True)
        if record is not None and row.version is not None and coding.version(record) != row.version
    ]
    # What was seen and is deleted now; one that was not there (version 0) may still not be there.
    found += [Account(row.address) for row, record in zip(rows, records, strict=True) if record is None and row.version]
    if found:
        names = tuple(account.address for account in found)
        raise ConflictError(f"{len(names):,} of the accounts were changed meanwhile, {names[0]} the first. Look again.", found[0], names)
