"""What the audit trail has of signing in, and of what people do about their own way in."""

from time import time

import pyotp
from flask import Flask
from inside import EVA, PASSWORD, browser, with_app

from store.customers import Directory, User
from store.customers.links import HOUR
from store.customers.trail import Sought

FRESH = "seven kettles on a frozen harbour"
PAGE = "/configuration/me"


def trail(directory: Directory, customer: str | None = "shop") -> list[tuple[str, str, str]]:
    """Who did what, the oldest first, with the detail."""
    return [(each.who, str(each.what), each.detail) for each in directory.audit.page(customer, Sought()).entries][::-1]


def test_good_and_failed_sign_ins_are_noted_with_the_way(site: Flask, directory: Directory, eva: User) -> None:
    """Of those who have a user; what strangers type is not kept, and no password stands anywhere."""
    client = browser(site)
    client.post("/sign-in", data={"address": PASSWORD, "password": EVA})
    client.post("/sign-in", data={"address": "nobody@shop.example", "password": PASSWORD})
    client.post("/sign-in", data={"address": EVA, "password": "wrong"})
    client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    client.post("/sign-out")
    client.get(f"/welcome/{directory.links.make('enter', eva.id, life=HOUR)}")
    assert trail(directory) == [
        (EVA, "sign_in_failed", "password"),
        (EVA, "signed_in", "password"),
        (EVA, "signed_out", ""),
        (EVA, "signed_in", "link"),
    ]
    assert trail(directory, None) == []
    after = directory.users.get(eva.id)
    assert after
    assert after.last > 0


def test_a_first_step_alone_is_no_sign_in(site: Flask, directory: Directory, eva: User) -> None:
    """A wrong code is noted, and the right one is the sign-in."""
    now = int(time())
    secret = with_app(directory, eva, now * 1000)
    client = browser(site)
    client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    assert trail(directory) == []
    client.post("/sign-in/code", data={"code": "nonsense"})
    client.post("/sign-in/code", data={"code": pyotp.TOTP(secret).at(now + 30)})
    assert trail(directory) == [(EVA, "sign_in_failed", "code"), (EVA, "signed_in", "password and code")]


def test_changes_of_ones_own_way_in_are_noted(site: Flask, directory: Directory, eva: User) -> None:
    """Password, sessions and the app; also a wrong password where it is asked for again."""
    client = browser(site)
    client.post("/sign-in", data={"address": EVA, "password": PASSWORD})
    client.post(f"{PAGE}/password", data={"old": "wrong", "password": FRESH, "again": FRESH})
    client.post(f"{PAGE}/password", data={"old": PASSWORD, "password": FRESH, "again": FRESH})
    client.post(f"{PAGE}/app")
    user = directory.users.get(eva.id)
    assert user
    client.post(f"{PAGE}/app/confirm", data={"code": pyotp.TOTP(directory.second_step.begun(user) or "").now()})
    client.post(f"{PAGE}/recovery")
    client.post(f"{PAGE}/app/off", data={"proof": FRESH})
    client.post(f"{PAGE}/sessions/end")
    assert [each[1:] for each in trail(directory)] == [
        ("signed_in", "password"),
        ("sign_in_failed", "asked again"),
        ("password_set", ""),
        ("second_step_on", ""),
        ("second_step_on", "new recovery codes"),
        ("second_step_off", ""),
        ("session_ended", "all"),
    ]
