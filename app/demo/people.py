"""Who there is in the demo: one customer with all domains of the sample mail, somebody who administers it, and an operator."""

from functools import cache
from typing import Final

from app.demo.sample import sample
from store.customers import Customer, Directory, Role
from store.customers.links import WEEK
from store.events import Scope

NAME: Final = "Demo"
_ADMIN: Final = "admin@gemeente-waterveld.example"
_OPERATOR: Final = "operator@securemail.example"


@cache
def domains() -> tuple[str, ...]:
    """The domains of the senders of all sample mail."""
    return tuple(each.domain for each in sample().customer)


def customer_scope() -> Scope:
    """The events and accounts of the demo's customer, whether it is there yet or not."""
    return Customer("demo", NAME, domains()).scope


def ways_in(directory: Directory) -> tuple[str, str]:
    """The paths that sign a reader in as administrator of the customer and as operator, good for a week. Makes who is not there yet."""
    if directory.customer("demo") is None:
        directory.add_customer(NAME, domains(), again=True)  # mail may have come first
    admin = directory.users.named(_ADMIN) or directory.users.add(_ADMIN, Role.ADMIN, "demo")
    operator = directory.users.named(_OPERATOR) or directory.users.add(_OPERATOR, Role.OPERATOR, None)
    return (
        f"welcome/{directory.links.make('enter', admin.id, life=WEEK)}",
        f"welcome/{directory.links.make('enter', operator.id, life=WEEK)}",
    )
