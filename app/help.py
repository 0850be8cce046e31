"""The Help page: the query language by examples, the fields and the reasons, from the same tables that the code works with."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.language import code
from app.links import Links
from store.fields import FIELDS, Kind
from store.query.examples import EXAMPLES
from store.reasons import REASONS, explain

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def help_page() -> ResponseReturnValue:
    """How to search, and what the words on the pages mean."""
    fields = [field for field in FIELDS if field.kind is not Kind.STORED]
    reasons = [(name, explain(name, code())) for name in REASONS]
    return render_template("help.html", examples=EXAMPLES, fields=fields, reasons=reasons, links=Links({}))
