"""The names before a colon: which are fields, which only look like one, and which field was meant."""

import re
from difflib import SequenceMatcher
from ipaddress import IPv6Address
from typing import Final

from store.fields import FIELDS, Field, Kind, named
from store.query.characters import QUOTES, is_path
from store.query.faults import refuse
from store.said import Said, say

EXISTS: Final = "_exists_"
_NAME: Final = re.compile(r"([^\W\d][\w.-]*+):")
# How alike (0 to 1) a typed name must be to a field's for the corrected query to be worth a click.
_ALIKE: Final = 0.6
# The same for a name with a space behind its colon, as `Re: meeting` has, and the most letters that may be lacking or too many.
_NEARLY: Final = 0.8
_LACKING: Final = 2
# Names shorter than this are like too many words; the shorter words are compared with the fields' own names only (`Tim:` is no time).
_SHORT: Final = 4
# What people call a field by a name that is not like its own.
_CALLED: Final = dict.fromkeys(("email", "e_mail", "mail", "address", "rcpt", "to_address"), "recipient") | dict.fromkeys(
    ("from_address", "mail_from", "return_path"), "sender"
)
# Named where no field is like the one typed.
_MAIN: Final = "type, recipient, sender, subject, status, timestamp"
# As much of a name as is looked at and shown: twice the longest there is.
_LONGEST: Final = 2 * max(len(field.name) for field in FIELDS)


def name_of(run: str) -> str | None:
    """What stands before the first colon of a run, if it could be the name of a field."""
    match = _NAME.match(run)
    return match[1] if match else None


def field_named(name: str) -> Field | None:
    """The field people mean by a name in any letter case; `Message-ID` is `message_id`."""
    return named(name.replace("-", "_"))


def looks_like_field(run: str, name: str, follower: str) -> bool:
    """Whether `name:` at the start of a run is meant as a field, known or not.

    `follower` is the character behind the run. `Re: meeting`, `http://x`, `mailto:jan@x.nl`, IPv6 and paths with a drive letter are text.
    """
    value = run[len(name) + 1 :]
    if value.startswith("//") or name.lower() == "mailto" or is_path(run) or is_ipv6(run):
        return False
    if name.lower() == EXISTS or field_named(name) is not None:
        return True
    if value.startswith(":") or ("." in name and not is_alike(name)):  # std::string, mx1.example.com:25
        return False
    if value == "" and follower.isspace():
        return _is_nearly(name)
    return value != "" or follower == "(" or (follower != "" and follower in QUOTES)


def is_ipv6(text: str) -> bool:
    """Whether a text is an IPv6 address, perhaps with a network's prefix length."""
    try:
        IPv6Address(text.partition("/")[0])
    except ValueError:
        return False
    return True


def check_field(text: str, start: int, name: str) -> Field | None:
    """The field with this name at `start` of the query, None for `_exists_`; raises for one that is not there or not searched."""
    if name.lower() == EXISTS:
        return None
    return searchable(text, start, start + len(name), name)


def searchable(text: str, start: int, end: int, name: str) -> Field:
    """The field meant by `name`, which stands from `start` up to `end` in the query; raises where there is none to search in."""
    field = field_named(name)
    if field is None:
        shown = name if len(name) <= _LONGEST else name[:_LONGEST] + "\u2026"
        near = nearest(shown)
        fix = text[:start] + near + text[end:] if is_alike(shown) else None
        refuse("unknown_field", _unknown(shown, near if fix else None), start, end, fix)
    if field.kind is Kind.STORED:
        refuse("field_not_searched", say("The field %(field)s is kept for reading and cannot be searched.", field=field.name), start, end)
    return field


def _unknown(name: str, near: str | None) -> Said:
    """There is no such field; which is meant, or else which there are."""
    if near:
        return say(
            "There is no field %(name)s; the nearest is %(near)s. To search for the text itself, put it in quotes.", name=name, near=near
        )
    return say(
        "There is no field %(name)s; some that there are: %(some)s. To search for the text itself, put it in quotes.", name=name, some=_MAIN
    )


def is_alike(name: str) -> bool:
    """Whether a name is so much like that of a field that the field was probably meant."""
    return _plain(name) in _CALLED or _likeness(name, nearest(name)) >= _ALIKE


def nearest(name: str) -> str:
    """The name (or alias) of a searchable field that is most like this one, or the field that is often called so."""
    names = [known for field in FIELDS if field.kind is not Kind.STORED for known in (field.name, *field.aliases)]
    return _CALLED.get(_plain(name)) or max(names, key=lambda known: _likeness(name, known))


def _is_nearly(name: str) -> bool:
    """Whether a name is that of a field but for a letter or two: `stauts`, `recipent`."""
    known = nearest(name)
    own = len(name) > _SHORT or any(field.name == known for field in FIELDS)
    return own and len(known) >= _SHORT and abs(len(known) - len(name)) <= _LACKING and _likeness(name, known) >= _NEARLY


def _likeness(name: str, known: str) -> float:
    """How alike two names are, from 0 to 1."""
    return SequenceMatcher(None, _plain(name), known).ratio()


def _plain(name: str) -> str:
    """A name as the fields' own are written."""
    return name.lower().replace("-", "_")
