"""What is refused when customers, users and tokens are changed."""

from store.errors import StoreError
from store.said import Said


class CannotError(StoreError):
    """A change that cannot be made as asked; the text says why and what to do. `field` names what was wrong, where one thing was."""

    def __init__(self, message: Said, field: str = "") -> None:
        super().__init__(message)
        self.message: Said = message
        self.field = field
