"""The form of an account: what was typed into it, why it cannot be saved, and saving it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.accounts.numbers import NONE, Doubts, doubts
from app.language import gettext, said
from app.services import services
from app.viewer import actor, scope
from store.accounts import MAX_WHY, Account, State
from store.errors import AbsentError, ConflictError
from store.phones import BadNumberError, Number, read

STATES: Final = (State.NEW, State.PROVEN, State.SUSPECT)  # that a number can be in
_MAX_TYPED: Final = 2_000  # characters of a number


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it is shown: the account as it is (None: there is none yet), what was typed, and what stands against it.

    `state` is what was chosen for the number that there is: a new one is always new. `wrong` is a sentence about the number; `number` was
    read and needs to be confirmed for `doubts`; `meanwhile`: somebody else changed the account since the form was opened, and `account` is
    what they made of it; `gone`: they deleted it.
    """

    address: str
    account: Account | None
    phone: str = ""
    why: str = ""
    identity: str = ""
    state: State = State.NONE
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

    @property
    def chosen(self) -> State:
        """The state that the form shows as chosen."""
        return self.state if self.state is not State.NONE or self.account is None else self.account.state


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
        state=_state(fields.get("state", "")),
        remove=bool(fields.get("remove")),
        confirmed=fields.get("confirmed", ""),
    )


def save(form: Form, version: int | None) -> Account:
    """Keep the number of a form that was made from `version` (None: there was no account). Raises `RefusedFormError`."""
    phone, state = _kept(form)
    try:
        return services().accounts.put(
            form.address,
            scope(),
            phone=phone,
            state=state,
            by=actor(),
            why=form.why,
            identity=form.identity,
            version=version,
        )
    except ConflictError as error:
        raise RefusedFormError(replace(form, account=error.current, meanwhile=True), 409) from error
    except AbsentError as error:
        raise RefusedFormError(replace(form, account=None, gone=True), 409) from error


def _kept(form: Form) -> tuple[str | None, State | None]:
    """The number and the state to keep. Raises `RefusedFormError` for a number that is none, or is not confirmed."""
    if form.remove:
        return None, None
    had = form.account.phone if form.account is not None else None
    if had is not None and not form.phone and form.state not in {State.NONE, form.account.state if form.account else None}:
        return had, form.state  # the field is for another number: empty it leaves the one there is
    number = _number(form)
    if number.e164 == had:
        return had, form.state if form.state is not State.NONE else None
    against = doubts(services().accounts, number, form.address, scope())
    if against.any and form.confirmed != number.e164:
        raise RefusedFormError(replace(form, number=number, doubts=against), 422)
    return number.e164, None


def _state(text: str) -> State:
    """What was chosen; `none` where nothing was, or what no form offers."""
    return State(text) if text in STATES else State.NONE


def _number(form: Form) -> Number:
    if not form.phone and form.account is not None and form.account.phone:
        raise RefusedFormError(replace(form, wrong=gettext("Type the new number, or choose to remove the one there is.")), 422)
    try:
        return read(form.phone)
    except BadNumberError as error:
        raise RefusedFormError(replace(form, wrong=said(error.message)), 422) from error
