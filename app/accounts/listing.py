"""The list of accounts: the addresses that contain what was typed, whole or in parts for htmx."""

import time
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import fragments, params
from app.accounts.links import LIST, PLACE, ListLinks
from app.accounts.sought import MOST, sought, whole
from app.params import BadParameterError
from app.services import services
from app.viewer import scope
from store.accounts import Listed, Wanted
from store.said import say

blueprint = Blueprint("accounts", __name__)

SORTS: Final = ("address", "-last_mail")
FILTERS: Final = ("without_number", "bounced", "changed")
_LATELY: Final = 30 * 86_400_000  # ms
_MOST_SEEN: Final = 10**9
_MOST_BY_ITSELF: Final = 1_000  # rows that come without being asked for; more only by a click


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    """The list; asked by htmx it is a part of the page: the rows after a `cursor`, or else the results."""
    arguments = params.once(request.args.lists(), LIST + PLACE)
    links = ListLinks({name: value for name, value in arguments.items() if value.strip()})
    asked = wanted(arguments)
    seen = params.whole("seen", arguments.get("seen", "0"), 0, _MOST_SEEN) if asked.cursor else 0
    listed = services().accounts.find(asked, scope())
    context = _list(links, asked, listed, seen)
    if fragments.wanted():
        return fragments.block("accounts.html", "rows" if asked.cursor else "results", **context)
    return render_template("accounts.html", **context)


def wanted(arguments: Mapping[str, str], limit: int = params.DEFAULT_LIMIT) -> Wanted:
    """What a list is asked for: q, sort, filter and cursor. Raises `BadParameterError`."""
    sort = arguments.get("sort", "address").strip()
    if sort not in SORTS:
        names = params.listed(SORTS)
        raise BadParameterError("sort", say("sort: use %(names)s, or leave it out.", names=names))
    narrowed = arguments.get("filter", "").strip()
    if narrowed and narrowed not in FILTERS:
        raise BadParameterError("filter", say("filter: use %(names)s, or leave it out.", names=params.listed(FILTERS)))
    lately = time.time_ns() // 1_000_000 - _LATELY
    return Wanted(
        sought(arguments.get("q", "")[: MOST + 1]),
        sort,
        without_number=narrowed == "without_number",
        bounced_since=lately if narrowed == "bounced" else None,
        changed_since=lately if narrowed == "changed" else None,
        limit=limit,
        cursor=arguments.get("cursor"),
    )


def _list(links: ListLinks, asked: Wanted, listed: Listed, seen: int) -> dict[str, Any]:
    """What the list shows; `seen` is how many are said to stand before it."""
    until = seen + len(listed.accounts)
    return {
        "links": links,
        "values": links.arguments,
        "wanted": asked,
        "listed": listed,
        "until": until,
        "first": seen + 1,
        "following": links.following(listed.next, until) if listed.next else None,
        "by_itself": until < _MOST_BY_ITSELF,
        "addable": None if listed.accounts or "filter" in links.arguments else whole(links.arguments.get("q", "")),
    }
