"""Importing accounts: a file is uploaded, what it would do is shown row by row, and then all of it is done or nothing."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.carried import packed, unpacked
from app.accounts.csv_reading import MAX_BYTES, BadUploadError, Line, lines
from app.accounts.preview import Fate, Preview, address_of, preview
from app.headers import MAX_UPLOAD
from app.language import gettext, said
from app.noting import note
from app.services import services
from app.viewer import actor, scope
from store.accounts import MAX_WHY, Account
from store.customers import What
from store.errors import ConflictError

blueprint = Blueprint("accounts_import", __name__)

_SHOWN: Final = {Fate.REFUSED: 200, Fate.CHANGED: 200, Fate.ADDED: 50, Fate.SAME: 20}  # rows of each fate that the page lists


@blueprint.get("/accounts/import")
def start() -> str:
    """The form that takes a file."""
    return render_template("accounts_import.html")


@blueprint.post("/accounts/import")
def upload() -> ResponseReturnValue:
    """What the file would do; nothing is changed yet."""
    request.max_content_length = MAX_UPLOAD
    content = b""
    if (file := request.files.get("file")) is not None:
        content = file.stream.read(MAX_BYTES + 1)
        file.close()
    if not content:
        return _refused(gettext("Choose a file first."))
    try:
        found = lines(content)
    except BadUploadError as error:
        return _refused(said(error.message))
    return _shown(found, doubtful=bool(request.form.get("doubtful")))


@blueprint.post("/accounts/import/apply")
def apply() -> ResponseReturnValue:
    """Do what the preview showed: all of it, or nothing where an account was changed meanwhile."""
    request.max_content_length = request.max_form_memory_size = MAX_UPLOAD
    try:
        carried = unpacked(request.form.get("rows", ""))
    except BadUploadError as error:
        return _refused(said(error.message))
    found = [Line(number, address, phone) for number, address, phone, _ in carried.rows]
    seen = {key: version for key, (*_, version) in zip(map(address_of, found), carried.rows, strict=True) if key and version is not None}
    known = services().accounts.several(list(filter(None, map(address_of, found))), scope())
    judged = preview(found, known, doubtful=carried.doubtful)
    changed = [key for key in {**seen, **known} if key not in known or known[key].version != seen.get(key, 0)]
    try:
        if changed:
            return _again(found, judged, changed, doubtful=carried.doubtful)
        done = services().accounts.put_all(judged.to_write(), scope(), by=actor(), why=request.form.get("why", "").strip()[:MAX_WHY])
    except ConflictError as error:
        return _again(found, judged, error.addresses, doubtful=carried.doubtful)
    note(What.IMPORTED, detail=f"{done.added} added, {done.changed} changed")
    return render_template("accounts_import.html", done=done)


def _shown(found: list[Line], *, doubtful: bool) -> str:
    """The preview of an upload."""
    keys = [address_of(line) for line in found]
    known = services().accounts.several(list(filter(None, keys)), scope())
    judged = preview(found, known, doubtful=doubtful)
    return _page(judged, packed(found, _versions(known), doubtful=doubtful, keys=keys))


def _again(found: list[Line], judged: Preview, changed: Sequence[str], *, doubtful: bool) -> ResponseReturnValue:
    """The preview anew, because accounts in it were changed since the last one; nothing was imported."""
    keys = [address_of(line) for line in found]
    known = services().accounts.several(list(filter(None, keys)), scope())
    return _page(judged, packed(found, _versions(known), doubtful=doubtful, keys=keys), changed), 409


def _page(judged: Preview, rows: str, changed: Sequence[str] = ()) -> str:
    groups = [(fate, judged.of(fate), most) for fate, most in _SHOWN.items()]
    return render_template(
        "accounts_import.html", groups=groups, total=len(judged.rows), writes=len(judged.to_write()), rows=rows, changed=changed
    )


def _versions(known: dict[str, Account]) -> dict[str, int]:
    return {address: account.version for address, account in known.items()}


def _refused(message: str) -> ResponseReturnValue:
    return render_template("accounts_import.html", wrong=message), 422
