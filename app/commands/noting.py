"""Notes in the audit trail of what commands do; whoever may run them is an operator."""

import getpass
from contextlib import closing
from typing import TYPE_CHECKING, Final

from app.settings import Settings
from app.stores import made_directory

if TYPE_CHECKING:
    from store.customers import Directory, What

_VIA: Final = "command"


def operator() -> str:
    """Who runs this command: the user of the system."""
    try:
        return f"operator {getpass.getuser()}"
    except (OSError, KeyError):  # a user id without a name, as containers have
        return "operator"


def note(directory: "Directory", what: "What", about: str = "", detail: str = "", *, customer: str | None = None) -> None:
    """Note what was done, in the trail of a customer or the operators' own."""
    directory.audit.note(customer, operator(), what, about, detail, _VIA)


def note_apart(settings: Settings, what: "What", about: str = "", detail: str = "") -> None:
    """The same for a command that works without the directory."""
    with closing(made_directory(settings)) as directory:
        note(directory, what, about, detail)
