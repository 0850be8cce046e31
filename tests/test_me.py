"""The page about oneself: the password, and the browsers in which one has signed in."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from inside import PASSWORD, browser, portal_of

from app.auth.browsers import in_words
from store.customers import Directory, Role, User
from store.embedded import EmbeddedStore

FRESH = "seven kettles on a frozen harbour"
PAGE = "/configuration/me"


def signed_in(site: Flask, address: str = "eva@shop.example", password: str = PASSWORD, agent: str = "a browser") -> FlaskClient:
    """A browser in which somebody has filled in the form."""
    client = browser(site)
    client.post("/sign-in", data={"address": address, "password": password}, headers={"User-Agent": agent})
    return client


def test_it_says_who_one_is_to_the_portal(site: Flask, eva: User) -> None:
    """Address, role and organisation; nobody sees it without signing in, and no program."""
    page = signed_in(site).get(PAGE).text
    for text in (eva.address, "Reader", "Shop"):
        assert text in page
    assert browser(site).get(PAGE).status_code == 303


def test_a_portal_without_persons_has_no_such_page(mail_store: EmbeddedStore) -> None:
    """403, with the reason."""
    assert portal_of(mail_store).test_client().get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("wrong", FRESH, FRESH), "not your password"),
        (("", FRESH, FRESH), "not your password"),
        ((PASSWORD, FRESH, FRESH + "!"), "not the same"),
        ((PASSWORD, "short", "short"), "at least 12"),
        ((PASSWORD, "shop shop shop shop", "shop shop shop shop"), "easy to guess"),
    ],
)
def test_a_password_is_not_changed_without_reason(site: Flask, eva: User, typed: tuple[str, str, str], said: str) -> None:
    """The old one is asked for, and the new one judged; 422 with what is wrong at its field, and nothing has changed."""
    assert eva.id
    client = signed_in(site)
    answer = client.post(f"{PAGE}/password", data=dict(zip(("old", "password", "again"), typed, strict=True)))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert signed_in(site).get(PAGE).status_code == 200


def test_a_new_password_signs_out_everywhere_else(site: Flask, eva: User) -> None:
    """This browser stays in; the old password is worth nothing."""
    assert eva.id
    here, elsewhere = signed_in(site), signed_in(site)
    answer = here.post(f"{PAGE}/password", data={"old": PASSWORD, "password": FRESH, "again": FRESH})
    assert answer.location == f"{PAGE}?done=password"
    assert "is changed" in here.get(answer.location).text
    assert elsewhere.get(PAGE).status_code == 303
    assert signed_in(site).get(PAGE).status_code == 303
    assert signed_in(site, password=FRESH).get(PAGE).status_code == 200


def test_each_browser_is_listed_in_words_and_can_be_signed_out(site: Flask, directory: Directory, eva: User) -> None:
    """The one at hand is named as such; of others' sessions nothing is seen, and nothing can be ended."""
    here = signed_in(site, agent="Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")
    phone = signed_in(site, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1")
    page = here.get(PAGE).text
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert page.count("this one") == 1
    other = directory.users.set_password(directory.users.add("jan@shop.example", Role.READER, "shop").id, PASSWORD)
    stranger = signed_in(site, other.address)
    for session in directory.sessions.of(eva.id):
        assert session.id not in stranger.get(PAGE).text
        stranger.post(f"{PAGE}/sessions/{session.id}/end")
    assert phone.get(PAGE).status_code == 200
    of_phone = next(each for each in directory.sessions.of(eva.id) if "iPhone" in each.agent)
    assert here.post(f"{PAGE}/sessions/{of_phone.id}/end").location == f"{PAGE}?done=ended"
    assert phone.get(PAGE).status_code == 303
    assert here.get(PAGE).status_code == 200


def test_signing_out_everywhere_includes_here(site: Flask, eva: User) -> None:
    """Nobody stays in, and the cookie is taken."""
    assert eva.id
    here, elsewhere = signed_in(site), signed_in(site)
    answer = here.post(f"{PAGE}/sessions/end")
    assert answer.location == "/sign-in"
    assert "portal_session=;" in answer.headers["Set-Cookie"]
    assert elsewhere.get(PAGE).status_code == 303


def test_what_a_browser_says_of_itself_is_shown_as_a_word_of_ours(site: Flask, eva: User) -> None:
    """Nothing of a hostile header stands in the page."""
    assert eva.id
    page = signed_in(site, agent="<script>alert(1)</script>").get(PAGE).text
    assert "alert(1)" not in page
    assert in_words("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0") == "Edge on Windows"
    assert in_words("curl/8") == "A browser that does not say which"


def test_a_page_that_says_what_was_done_says_no_more_than_that(site: Flask, eva: User) -> None:
    """A word from elsewhere is not shown."""
    assert eva.id
    assert "nonsense" not in signed_in(site).get(f"{PAGE}?done=nonsense").text
