"""Styles, modules, shapes and the font, served under a digest of the whole folder, so that a browser may keep them for ever.

They are few and small, so they are read once and stay in memory, and each is compressed once, at the first request for it. Files that
were compressed beforehand would have to be made at set-up and could lag behind the ones they were made from.
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import brotli
from flask import Flask, Response, abort, request

from app.auth.rights import for_strangers
from app.lean import lean

STYLES: Final = "portal.css"  # all of css/ but those of one section in one file: the layers it declares first, then the parts by name
_FIRST_STYLES: Final = "css/base.css"
_FOR_EVER: Final = "max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_DIGITS: Final = 12
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript",  # modules are UTF-8 whatever is said (HTML standard, 8.1.3.2)
    ".svg": "image/svg+xml; charset=utf-8",
    ".woff2": "font/woff2",
}
_LATER: Final = {"js/live.js", "js/narrow.js", "js/accounts.js"}  # modules that few pages need: app.js or those pages ask for them
_APART: Final = {"css/accounts.css", "css/people.css"}  # styles of one section, which its pages name beside the others
_PLAIN: Final = "text/plain; charset=utf-8"  # licences
_DENSE: Final = frozenset({"font/woff2"})  # compressed as they are


def folder(name: str) -> Path:
    """Where `templates` or `static` lies: beside this module in the wheel, at the top in a checkout."""
    here = Path(__file__).parent
    return here / name if (here / name).is_dir() else here.parent / name


def init_app(app: Flask, files: Path) -> None:
    """Serve `files` under /static/<digest>/ and give templates `asset(name)`, the address of one file, and `modules`, our own ones.

    The digest is of the folder, not of each file, because files name each other by relative path.
    """
    contents = _read(files)
    digest = _digest(contents)

    @cache
    def compressed(name: str, coding: str | None) -> bytes:
        content = contents[name]
        if coding == "br":
            return bytes(brotli.compress(content))
        return gzip.compress(content, mtime=0) if coding else content

    def static(version: str, name: str) -> Response:
        if name not in contents:
            abort(404)
        kind = _TYPES.get(Path(name).suffix, _PLAIN)
        coding = None if kind in _DENSE else request.accept_encodings.best_match(["br", "gzip"])
        response = Response(compressed(name, coding), content_type=kind)
        if coding:
            response.headers["Content-Encoding"] = coding
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = _FOR_EVER if version == digest else _ASK_AGAIN
        return response

    app.add_url_rule("/static/<version>/<path:name>", "static", for_strangers(static))
    app.jinja_env.globals["asset"] = lambda name: f"/static/{digest}/{name}"
    app.jinja_env.globals["modules"] = [name for name in contents if name.startswith("js/") and name not in _LATER]


def _read(files: Path) -> dict[str, bytes]:
    """Name -> content of every file; the styles as one."""
    names = {path.relative_to(files).as_posix(): path for path in sorted(files.rglob("*")) if path.is_file()}
    found = {name: lean(name, path.read_bytes()) for name, path in names.items()}
    styles = sorted(
        (name for name in found if name.startswith("css/") and name not in _APART), key=lambda name: (name != _FIRST_STYLES, name)
    )
    return {name: content for name, content in found.items() if name not in styles} | {STYLES: b"\n".join(found[name] for name in styles)}


def _digest(contents: dict[str, bytes]) -> str:
    """A digest over names and contents."""
    total = hashlib.sha256()
    for name, content in contents.items():
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()[:_DIGITS]
