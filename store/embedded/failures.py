"""Turns what the engine raises into the store's own errors, at the border, with the place and the cure; never in the engine's words."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from store.errors import StoreDamagedError, StoreError, StoreUnavailableError
from store.said import Said, say

# What the system says, as an error number or, where the engine passes it on, as text only.
_FULL: Final = ({errno.ENOSPC, errno.EDQUOT}, ("No space left", "quota exceeded"))
_DENIED: Final = ({errno.EACCES, errno.EPERM, errno.EROFS}, ("ermission denied", "Read-only file system", "not permitted"))
_TOO_MANY: Final = ({errno.EMFILE, errno.ENFILE}, ("Too many open files",))


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Within it, an error of the engine or the disk becomes a `StoreUnavailableError` that names `folder`; the store's own pass."""
    with _translated(folder, _damaged_store):
        yield


@contextmanager
def opening(month: Path) -> Iterator[None]:
    """The same while a month's folder is opened: what is no trouble of the whole disk is damage in that folder."""
    with _translated(month, _damaged_month):
        yield


@contextmanager
def reading(month: Path) -> Iterator[None]:
    """The same while a month that could be opened is asked."""
    with _translated(month, _unreadable_month):
        yield


def gone(folder: Path) -> StoreUnavailableError:
    """The error for a store that was there and is not there any more."""
    return StoreUnavailableError(
        say(
            "The events that were in %(folder)s are gone: the folder was moved or removed. "
            "Put it back; where that cannot be, index the sources again and start the portal anew.",
            folder=str(folder),
        )
    )


@contextmanager
def _translated(place: Path, damage: Callable[[Path], Said]) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise _problem(place, error, damage) from error
    except BaseException as error:
        # The engine is written in Rust; what panics there arrives as a BaseException, which nobody else would catch.
        if type(error).__name__ == "PanicException":
            raise _problem(place, error, damage) from error
        raise


def _problem(place: Path, error: BaseException, damage: Callable[[Path], Said]) -> StoreUnavailableError:
    """What went wrong, where, and what to do."""
    if _says(error, _FULL):
        return StoreUnavailableError(
            say("The disk of %(place)s is full; nothing of the last batch was kept. Free some space and go on.", place=str(place))
        )
    if _says(error, _DENIED):
        return StoreUnavailableError(
            say("%(place)s cannot be read or written. Give the account that runs the portal access to it.", place=str(place))
        )
    if _says(error, _TOO_MANY):
        return StoreUnavailableError(
            say("%(place)s cannot be opened: this process may open no more files. Raise the limit (`ulimit -n`).", place=str(place))
        )
    return StoreDamagedError(damage(place))


def _says(error: BaseException, what: tuple[set[int], tuple[str, ...]]) -> bool:
    numbers, texts = what
    return (isinstance(error, OSError) and error.errno in numbers) or any(text in str(error) for text in texts)


def _damaged_store(folder: Path) -> Said:
    return say(
        "The events in %(folder)s cannot be used: something in that folder is damaged or missing, or it is not a folder. "
        "Move it aside, and index the sources again.",
        folder=str(folder),
    )


def _damaged_month(month: Path) -> Said:
    return say(
        "The events of %(month)s are damaged: files in %(folder)s are broken or missing. "
        "Move that folder out of %(parent)s, and index the records of that month again.",
        **_of(month),
    )


def _unreadable_month(month: Path) -> Said:
    return say(
        "The events of %(month)s could not be read. If other searches of that month fail too, it is damaged: "
        "move %(folder)s out of %(parent)s, and index the records of that month again.",
        **_of(month),
    )


def _of(month: Path) -> dict[str, str]:
    """The values that sentences about a month have: its name, its folder, and the folder that is in."""
    return {"month": month.name.partition(".")[0], "folder": str(month), "parent": str(month.parent)}
