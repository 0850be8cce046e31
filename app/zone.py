"""The time zone of a request: that of the reader's customer, else the portal's."""

from flask import has_request_context

from app.services import services
from app.viewer import known


def zone() -> str:
    """Its name. Programs get the portal's: what they read must not change with whose token they show."""
    who = known() if has_request_context() else None
    if who is not None and who.identity is not None and who.customer is not None and who.customer.timezone:
        return who.customer.timezone
    return services().settings.timezone
