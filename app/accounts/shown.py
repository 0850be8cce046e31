"""How accounts are shown: numbers masked or whole, states, kinds, countries and changes in words."""

from dataclasses import dataclass
from typing import Final

from flask import Flask

from app.accounts.joined import joined
from app.accounts.links import account_page, anchor
from app.accounts.saving import STATES
from app.accounts.sought import parts
from app.language import country, gettext
from store.accounts import MAX_WHY, Change, State
from store.phones import known, masked

_STATES: Final = {State.NONE: "No number", State.NEW: "Not proven yet", State.PROVEN: "Proven", State.SUSPECT: "Doubtful"}
_KINDS: Final = {
    "mobile": "Mobile",
    "landline": "Landline",
    "landline_or_mobile": "Landline or mobile",
    "premium": "Premium-rate",
    "toll_free": "Toll-free",
    "shared_cost": "Shared-cost",
    "voip": "Internet telephone",
    "personal": "Put through",
    "pager": "Pager",
    "company": "Company number",
    "voicemail": "Voice mailbox",
}
_CHANGES: Final = {
    "number": "Number changed",
    "state": "State changed",
    "imported": "Number imported",
    "deleted": "Deleted",
    "restored": "Deletion undone",
    "returned": "Came back with the next mail",
    "seen": "Looked at the whole number",
}
NAMES: Final = (*_STATES.values(), *_KINDS.values(), *_CHANGES.values())  # for the catalogue of messages


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in words: as it is written in the world, and what it is: `Mobile, Netherlands`."""

    text: str
    about: str


def state_words(state: State) -> str:
    """The state of a number in the reader's language."""
    return gettext(_STATES[state])


def change_words(change: Change) -> str:
    """What somebody did, in the reader's language."""
    return gettext(_CHANGES[change.what]) if change.what in _CHANGES else change.what


def sides(change: Change) -> tuple[str, str] | None:
    """What there was before a change and after it, in words: masked numbers, or states; None where it had neither."""
    if not (change.old or change.new):
        return None
    states = {state.value: state_words(state) for state in State} if change.what == "state" else {}
    old, new = (states.get(side, side) if side else gettext("none") for side in (change.old, change.new))
    return old, new


def whole(e164: str) -> Shown:
    """A number with its kind and country; one that numbering plans do not know any more as it is kept."""
    number = known(e164)
    if number is None:
        return Shown(e164, gettext("This number does not exist (any more)"))
    return Shown(number.shown, about(number.kind, number.country))


def about(kind: str, land: str) -> str:
    """The kind and the country of a number in words."""
    words = gettext(_KINDS[kind])
    return f"{words}, {country(land)}" if land else words


def described(e164: str) -> str:
    """The kind and the country of a number that is kept."""
    return whole(e164).about


def init_app(app: Flask) -> None:
    """Give the templates these ways of showing."""
    app.jinja_env.filters |= {
        "masked": masked,
        "whole_number": whole,
        "number_about": described,
        "state_words": state_words,
        "change_words": change_words,
        "change_sides": sides,
        "anchor": anchor,
        "joined": joined,
    }
    app.jinja_env.globals |= {
        "account_page": account_page,
        "match_parts": parts,
        "kind_about": about,
        "MAX_WHY": MAX_WHY,
        "number_states": STATES,
    }
