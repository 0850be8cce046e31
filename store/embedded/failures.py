"""Turns what the engine raises into the store's own errors, at the border, with the place and the cure."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreError, StoreUnavailableError


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Within it, an error of the engine or the disk becomes a `StoreUnavailableError` that names `folder`; the store's own pass."""
    try:
        yield
    except StoreError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise StoreUnavailableError(_sentence(folder, error)) from error
    except BaseException as error:
        # The engine is written in Rust; what panics there arrives as a BaseException, which nobody else would catch.
        if type(error).__name__ == "PanicException":
            raise StoreUnavailableError(_sentence(folder, error)) from error
        raise


def _sentence(folder: Path, error: BaseException) -> str:
    """What went wrong, where, and what to do."""
    text = str(error)
    code = error.errno if isinstance(error, OSError) else None
    if code in {errno.ENOSPC, errno.EDQUOT} or "No space left" in text or "quota exceeded" in text:
        return f"The disk of {folder} is full; nothing of the last batch was kept. Free some space and go on."
    if code in {errno.EACCES, errno.EPERM, errno.EROFS} or "ermission denied" in text or "Read-only file system" in text:
        return f"{folder} cannot be read or written ({text}). Give the account that runs the portal access to it."
    return f"The events in {folder} cannot be used ({text}). Put the damaged month's folder aside, and index its sources again."
