"""The numbers that will fail: that do not exist, take no text messages, are doubtful or never proven, or that several addresses have."""

from dataclasses import dataclass, field
from typing import Final

from flask import Blueprint, render_template, request

from app import params
from app.language import gettext, ngettext, said
from app.services import services
from app.viewer import scope
from store.accounts import Account, State, Wanted
from store.phones import known

blueprint = Blueprint("accounts_doubtful", __name__)

# How far one page looks; it says where it stopped, and its link goes on from there.
_PAGE: Final = 1_000
_MOST_READ: Final = 20_000
_MOST_NUMBERS: Final = 2_000
_MOST_FOUND: Final = 200


@dataclass(slots=True)
class Look:
    """What was found: accounts with what speaks against their number; `read` of them were looked at, `following` is where to go on."""

    found: list[tuple[Account, list[str]]] = field(default_factory=list)
    read: int = 0
    numbers: int = 0
    following: str | None = None

    @property
    def enough(self) -> bool:
        """Whether the page is full, or has looked long enough."""
        return self.read >= _MOST_READ or self.numbers >= _MOST_NUMBERS or len(self.found) >= _MOST_FOUND


@blueprint.get("/accounts/doubtful")
def page() -> str:
    """The list, from a cursor on; with `unproven` those whose number was never proven as well."""
    arguments = params.once(request.args.lists(), ("cursor", "unproven"))
    unproven = params.whole("unproven", arguments.get("unproven", "0"), 0, 1) == 1
    look = looked(arguments.get("cursor"), unproven=unproven)
    return render_template("accounts_doubtful.html", doubts=look, unproven=unproven, begun="cursor" not in arguments)


def looked(cursor: str | None, *, unproven: bool) -> Look:
    """Look through the accounts in order of address, from a cursor on, until there is enough for a page."""
    look = Look(following=cursor)
    while True:
        listed = services().accounts.find(Wanted(limit=_PAGE, cursor=look.following), scope())
        for account in listed.accounts:
            look.numbers += account.phone is not None
            if reasons := against(account, unproven=unproven):
                look.found.append((account, reasons))
        look.read += len(listed.accounts)
        look.following = listed.next
        if look.following is None or look.enough:
            return look


def against(account: Account, *, unproven: bool) -> list[str]:
    """What speaks against the number of an account, in words."""
    if account.phone is None:
        return []
    found = []
    number = known(account.phone)
    if number is None:
        found.append(gettext("This number does not exist (any more)"))
    elif number.sms_doubt is not None:
        found.append(said(number.sms_doubt))
    if account.state is State.SUSPECT or (unproven and account.state is State.NEW):
        found.append(gettext("Never proven") if account.state is State.NEW else gettext("Doubtful"))
    holders, _ = services().accounts.with_number(account.phone, scope(), 1)
    if holders > 1:
        found.append(ngettext("%(number)s other address has it", "%(number)s other addresses have it", holders - 1))
    return found
