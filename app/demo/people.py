"""Who there is in the demo: its customers, and somebody who may see them all."""

from app.demo.sample import sample
from store.customers import Directory, Role
from store.customers.links import WEEK

OPERATOR = "operator@securemail.example"


def way_in(directory: Directory) -> str:
    """The path that signs a reader in as the operator, who is made with the customers where they are not there yet. Good for a week."""
    there = {name for each in directory.customers() for name in each.domains}
    for each in sample().customer:
        if each.domain not in there:
            directory.add_customer(each.domain.removesuffix(".example").replace("-", " ").title(), (each.domain,))
    user = directory.users.named(OPERATOR) or directory.users.add(OPERATOR, Role.OPERATOR, None)
    return f"welcome/{directory.links.make('enter', user.id, life=WEEK)}"
