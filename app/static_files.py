"""Own styles and shapes, served under a digest of the whole folder, so that a browser may keep them for ever."""

import hashlib
from pathlib import Path
from typing import Final

from flask import Flask, Response, send_from_directory

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_DIGITS: Final = 12


def folder(name: str) -> Path:
    """Where `templates` or `static` lies: beside this module in the wheel, at the top in a checkout."""
    here = Path(__file__).parent
    return here / name if (here / name).is_dir() else here.parent / name


def init_app(app: Flask, files: Path) -> None:
    """Serve `files` under /static/<digest>/ and give templates `asset(name)`, the address of one file.

    The digest is of the folder, not of each file, because files name each other by relative path.
    """
    digest = _digest(files)

    def static(version: str, name: str) -> Response:
        response = send_from_directory(files, name)
        response.headers["Cache-Control"] = _FOR_EVER if version == digest else _ASK_AGAIN
        return response

    app.add_url_rule("/static/<version>/<path:name>", "static", static)
    app.jinja_env.globals["asset"] = lambda name: f"/static/{digest}/{name}"


def _digest(files: Path) -> str:
    """A digest over names and contents."""
    total = hashlib.sha256()
    for path in sorted(path for path in files.rglob("*") if path.is_file()):
        content = path.read_bytes()
        total.update(f"{path.relative_to(files).as_posix()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()[:_DIGITS]
