"""Keeps what joiners know from one run to the next, in a file each, whole or not at all."""

import hashlib
import os
from pathlib import Path
from typing import Final

from indexer.records import Remembering

_HEAD: Final = b"portal memory 1\n"  # then the SHA-256 of what follows
_DIGEST: Final = 32
_LONGEST: Final = 256 << 20  # bytes; no joiner gives a quarter of it


class Memory:
    """The files of the formats in one folder, `postfix.memory` for instance; without a folder nothing is kept.

    None of them is needed for a run, so what is wrong with one is noted in `warnings`, a sentence each with the file's name.
    """

    def __init__(self, folder: Path | None, warnings: list[str]) -> None:
        self._folder, self._warnings = folder, warnings

    def recall(self, name: str, joiner: object) -> None:
        """Tell a fresh joiner of the format `name` what an earlier run knew, if both have something."""
        if self._folder is None or not isinstance(joiner, Remembering):
            return
        path = self._path(self._folder, name)
        try:
            joiner.remember(_checked(path))
        except FileNotFoundError:
            pass  # the first run, or nothing of this format yet
        except OSError as error:
            self._warn(path, f"cannot be read ({error.strerror})")
        except ValueError as error:
            self._warn(path, f"is damaged or of another version ({error}) and is replaced")

    def keep(self, name: str, joiner: object) -> None:
        """Put down what the joiner knows; what stood there stays until all of it is on disk."""
        if self._folder is None or not isinstance(joiner, Remembering):
            return
        path = self._path(self._folder, name)
        try:
            _write(path, joiner.memory())
        except OSError as error:
            self._warn(path, f"cannot be written ({error.strerror})")

    @staticmethod
    def _path(folder: Path, name: str) -> Path:
        return folder / f"{name}.memory"

    def _warn(self, path: Path, fault: str) -> None:
        self._warnings.append(
            f"{path}: {fault}. Mail that spans two runs may lack its sender or its expiry; reading both logs at once mends it"
        )


def _checked(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LONGEST)
    digest, memory = content[len(_HEAD) : len(_HEAD) + _DIGEST], content[len(_HEAD) + _DIGEST :]
    if not content.startswith(_HEAD):
        raise ValueError("not a memory file")
    if hashlib.sha256(memory).digest() != digest:
        raise ValueError("the check sum is wrong")
    return memory


def _write(path: Path, memory: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("wb") as file:
        file.write(_HEAD + hashlib.sha256(memory).digest())
        file.write(memory)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
