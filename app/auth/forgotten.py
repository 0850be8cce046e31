"""Forgotten your password? A link by mail, with the same answer whether somebody has the address or not."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import mailing
from app.auth.rights import for_strangers
from app.errors import RefusedError
from app.noting import note_person
from app.services import services
from store.customers import What
from store.customers.links import HOUR
from store.said import say

blueprint = Blueprint("forgotten", __name__)


@blueprint.get("/sign-in/forgotten")
@for_strangers
def form() -> ResponseReturnValue:
    """The form."""
    _configured()
    return render_template("forgotten.html", sent=False)


@blueprint.post("/sign-in/forgotten")
@for_strangers
def send() -> ResponseReturnValue:
    """Send the link where there is such a user; the page says the same where there is none."""
    _configured()
    directory = services().directory
    user = directory.users.named(request.form.get("address", "").strip()[:320])
    if user is not None and not user.disabled:
        secret = directory.links.make("password", user.id, life=HOUR)
        mailing.send_link_later(user, url_for("welcome.form", secret=secret, _external=True), purpose="password")
        note_person(user, What.USER_CHANGED, "link for a new password by mail")
    return render_template("forgotten.html", sent=True)


def _configured() -> None:
    if not mailing.configured():
        raise RefusedError(404, "not_found", say("This portal sends no mail. An administrator of your organisation makes a link for you."))
