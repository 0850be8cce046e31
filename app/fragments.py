"""Parts of a page as answers of their own: htmx asks for what changes, and gets that block of the page's template."""

from flask import request
from jinja2_fragments.flask import render_block


def wanted() -> bool:
    """Whether this request is htmx's and wants a part; where it restores a page of the history it wants the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def block(template: str, name: str, **context: object) -> str:
    """One block of a page by itself; it sees the context only, not what the page imports or sets outside it."""
    return render_block(template, name, partial=True, **context)
