"""What somebody may do, by role: the one table of it."""

from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """One kind of doing."""

    READ = "read"  # events, accounts, figures
    EDIT = "edit"  # numbers of accounts
    MANAGE = "manage"  # the customer's users, tokens and audit trail
    INGEST = "ingest"  # send events in
    OPERATE = "operate"  # every customer, and the portal itself


class Role(StrEnum):
    """What a user or a token is to a customer; an operator is of none."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"
    INGEST = "ingest"
    OPERATOR = "operator"

    @property
    def rights(self) -> frozenset[Right]:
        """All that this role may do."""
        return _RIGHTS[self]

    def may(self, right: Right) -> bool:
        """Whether this role may do that."""
        return right in _RIGHTS[self]


_RIGHTS: Final = {
    Role.READER: frozenset({Right.READ}),
    Role.EDITOR: frozenset({Right.READ, Right.EDIT}),
    Role.ADMIN: frozenset({Right.READ, Right.EDIT, Right.MANAGE}),
    Role.INGEST: frozenset({Right.INGEST}),
    Role.OPERATOR: frozenset(Right),
}
OF_USERS: Final = (Role.READER, Role.EDITOR, Role.ADMIN, Role.OPERATOR)  # a person does not send events in
