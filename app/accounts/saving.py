"""The form of an account: what was typed into it, why it cannot be saved, and saving it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.accounts.numbers import NONE, Doubts, doubts
from app.language import gettext, said
from app.services import services
from app.viewer import actor, scope
from store.accounts import MAX_WHY, Account
from store.errors import AbsentError, ConflictError
from store.phones import BadNumberError, Number, read

_MAX_TYPED: Final = 2_000  # characters of a number


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it is shown: the account as it is (None: there is none yet), what was typed, and what stands against it.

    `wrong` is a sentence about the number; `number` was read and needs to be confirmed for `doubts`; `meanwhile`: somebody else changed
    the account since the form was opened, and `account` is what they made of it; `gone`: they deleted it.
    """

    address: str
    account: Account | None
    phone: str = ""
    why: str = ""
    identity: str = ""
    remove: bool = False
    confirmed: str = ""
    wrong: str | None = None
    number: Number | None = None
    doubts: Doubts = NONE
    meanwhile: bool = False
    gone: bool = False

    @property
    def version(self) -> str:
        """What the form was made from; empty where there was no account."""
        return "" if self.account is None else str(self.account.version)


class RefusedFormError(Exception):
    """What was typed is not saved; `form` says why, `status` how HTTP calls it."""

    def __init__(self, form: Form, status: int) -> None:
        super().__init__(form.wrong or "")
        self.form = form
        self.status = status


def typed(address: str, account: Account | None, fields: Mapping[str, str]) -> Form:
    """The form with what somebody typed, cut to what can be kept."""
    return Form(
        address,
        account,
        phone=fields.get("phone", "").strip()[:_MAX_TYPED],
        why=fields.get("why", "").strip()[:MAX_WHY],
        identity=fields.get("identity", "").strip()[:MAX_WHY],
        remove=bool(fields.get("remove")),
        confirmed=fields.get("confirmed", ""),
    )


def save(form: Form, version: int | None) -> Account:
    """Keep the number of a form that was made from `version` (None: there was no account). Raises `RefusedFormError`."""
    number = None if form.remove else _number(form)
    if number is not None and (form.account is None or form.account.phone != number.e164):
        against = doubts(services().accounts, number, form.address, scope())
        if against.any and form.confirmed != number.e164:
            raise RefusedFormError(replace(form, number=number, doubts=against), 422)
    try:
        return services().accounts.put(
            form.address,
            scope(),
            phone=number.e164 if number else None,
            by=actor(),
            why=form.why,
            identity=form.identity,
            version=version,
        )
    except ConflictError as error:
        raise RefusedFormError(replace(form, account=error.current, meanwhile=True), 409) from error
    except AbsentError as error:
        raise RefusedFormError(replace(form, account=None, gone=True), 409) from error


def _number(form: Form) -> Number:
    if not form.phone and form.account is not None and form.account.phone:
        raise RefusedFormError(replace(form, wrong=gettext("Type the new number, or choose to remove the one there is.")), 422)
    try:
        return read(form.phone)
    except BadNumberError as error:
        raise RefusedFormError(replace(form, wrong=said(error.message)), 422) from error
