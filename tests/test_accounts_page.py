"""The Accounts pages without a browser: the list, the form of a row, deleting and undoing, and the page of one account."""

import re
import time
from contextlib import closing
from pathlib import Path

import pytest
from accounts_portal import HTMX, PEOPLE, SCOPE, portal_with
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from inside import portal_of
from markup import Element, named, page
from samples import JAN

from app.accounts.links import account_page, anchor
from app.accounts.sought import parts, sought
from store.accounts import Accounts, Sighting, State
from store.embedded import EmbeddedStore

MOBILE = "+31612345678"
OTHER = "+31687654321"


@pytest.fixture
def client(mail_store: EmbeddedStore, accounts: Accounts) -> FlaskClient:
    """A browser's side of a portal with those accounts."""
    return portal_with(mail_store, accounts).test_client()


def listed(html: str) -> list[str]:
    """The addresses of the rows."""
    return [each.inside[0].text for each in named(html, "td", class_="c-address")]


def has(accounts: Accounts, address: str = JAN, number: str | None = MOBILE) -> int:
    """Give an address a number, on top of whatever there is; the version that this makes."""
    known = accounts.get(address, SCOPE)
    return accounts.put(address, SCOPE, phone=number, by="eva", why="asked", version=known.version if known else None).version


def form_of(html: str) -> Element:
    """The form of an account."""
    (form,) = named(html, "form", class_="edit")
    return form


def test_the_list_is_alphabetical_and_says_how_many(client: FlaskClient) -> None:
    """With a way to each account's page; the navigation leads to it."""
    html = client.get("/accounts").text
    assert listed(html) == list(PEOPLE)
    assert named(html, "p", id="total")[0].text == "6 addresses"
    assert client.get(named(html, "td", class_="c-address")[0].inside[0]["href"]).status_code == 200
    assert any(link["href"] == "/accounts" for link in named(client.get("/events").text, "a"))


def test_typing_a_part_finds_all_that_contain_it_and_marks_it(client: FlaskClient) -> None:
    """From the first character, in any letter case; alone where htmx asks."""
    html = client.get("/accounts?q=SCHOOL", headers=HTMX).text
    assert "<main" not in html
    assert listed(html) == ["anna@school.example", "dirk@school.example"]
    assert {mark.text for mark in named(html, "mark")} == {"school"}
    assert named(client.get("/accounts?q=a").text, "p", id="total")[0].text == "6 addresses"


def test_a_pasted_address_is_found(client: FlaskClient) -> None:
    """With its brackets, its name and its capitals."""
    assert listed(client.get("/accounts", query_string={"q": "<Jan.Jansen@Gemeente.example>"}).text) == [JAN]


def test_the_order_by_last_mail_is_a_link_that_keeps_the_search(client: FlaskClient) -> None:
    """`aria-sort` says which order it is."""
    html = client.get("/accounts?q=example").text
    html = client.get(named(html, "a", id="sort-last")[0]["href"]).text
    assert listed(html)[:2] == ["gpj.exe@evil.example", JAN]
    assert named(html, "th", class_="c-last")[0]["aria-sort"] == "descending"
    assert named(html, "th", class_="c-address")[0]["aria-sort"] == "none"
    assert named(html, "input", id="find")[0]["value"] == "example"


def test_the_list_goes_on_where_it_ended(client: FlaskClient, accounts: Accounts) -> None:
    """Each address once, in order, and the rows alone where htmx asks."""
    more = [f"p{number:03}@many.example" for number in range(120)]
    accounts.seen([Sighting(address, 1_700_000_000_000, bounced=False) for address in more], SCOPE)
    html = client.get("/accounts?q=many").text
    found = listed(html)
    while following := named(html, "a", rel="next"):
        html = client.get(following[0]["href"], headers=HTMX).text
        assert page(html)[0].tag == "tr"
        found += listed(html)
    assert found == more
    assert "120 of 120" in html


def test_filters_narrow_the_list(client: FlaskClient, accounts: Accounts) -> None:
    """Without a number, bounced lately, changed lately; the chosen one is marked."""
    has(accounts)
    assert JAN not in listed(client.get("/accounts?filter=without_number").text)
    html = client.get("/accounts?filter=changed").text
    assert listed(html) == [JAN]
    assert [each.text for each in named(html, "a", aria_current="true")] == ["Changed lately"]
    assert client.get("/accounts?filter=all").status_code == 400
    assert "No address matches" in client.get("/accounts?q=nobody").text


def test_numbers_are_masked_in_lists(client: FlaskClient, accounts: Accounts) -> None:
    """No page but one that was asked to shows a whole number, in any way of writing it."""
    has(accounts)
    for path in ("/accounts", account_page(JAN), account_page(JAN, edit="1")):
        html = client.get(path).text
        assert "+31 6 •••• 678" in html
        assert "12345678" not in re.sub(r"\D", "", html)


def test_editing_a_row_keeps_the_number(client: FlaskClient, accounts: Accounts) -> None:
    """The form comes in place of the row, and the row again in place of the form, with its reason and identity in the history."""
    html = client.get(account_page(JAN, edit="1"), headers=HTMX).text
    assert page(html)[0].tag == "tr"
    (field,) = named(html, "input", name="phone")
    assert (field["type"], field["autocomplete"], field["value"]) == ("tel", "off", "")
    sent = {"phone": "06-12 34 56 78", "why": "asked", "identity": "passport", "version": named(html, "input", name="version")[0]["value"]}
    html = client.post(form_of(html)["action"], data=sent, headers=HTMX).text
    assert page(html)[0]["id"] == anchor(JAN)
    assert "+31 6 •••• 678" in html
    change = accounts.history(JAN, SCOPE)[0]
    assert (change.by, change.what, change.why, change.identity) == ("operator", "number", "asked", "passport")


def test_without_scripts_saving_leads_to_the_page_of_the_account(client: FlaskClient, accounts: Accounts) -> None:
    """Which shows the new state."""
    answer = client.post(account_page(JAN), data={"phone": "+32 475 12 34 56", "version": "0"})
    assert (answer.status_code, answer.headers["Location"]) == (303, account_page(JAN))
    assert "Mobile, Belgium" in client.get(account_page(JAN)).text
    assert accounts.get(JAN, SCOPE).phone == "+32475123456"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("phone", "says"), [("06-1234567", "this one has 9"), ("", "There is no number"), ("3,1E+10", "Excel"), ("<b>", "&lt;")]
)
def test_what_is_no_number_is_said_at_the_field(client: FlaskClient, phone: str, says: str) -> None:
    """Status 422, with what was typed still there, whole page or part."""
    for headers in (HTMX, {}):
        answer = client.post(account_page(JAN), data={"phone": phone, "version": "0", "why": "kept"}, headers=headers)
        assert answer.status_code == 422
        (field,) = named(answer.text, "input", name="phone")
        assert field["aria-invalid"] == "true"
        assert field["value"] == phone
        assert field["aria-describedby"].split()[-1] == named(answer.text, "span", class_="wrong")[0]["id"]
        assert named(answer.text, "input", name="why")[0]["value"] == "kept"
        assert says in answer.text


def test_a_landline_is_kept_only_when_it_is_confirmed(client: FlaskClient, accounts: Accounts) -> None:
    """And confirming one number confirms no other."""
    sent = {"phone": "020-1234567", "version": "0"}
    html = client.post(account_page(JAN), data=sent, headers=HTMX).text
    assert "This is a landline" in html
    (box,) = named(html, "input", name="confirmed")
    assert "checked" not in box.attributes
    assert client.post(account_page(JAN), data=sent | {"phone": "030-1234567", "confirmed": box["value"]}).status_code == 422
    assert client.post(account_page(JAN), data=sent | {"confirmed": box["value"]}).status_code == 303
    assert accounts.get(JAN, SCOPE).phone == "+31201234567"  # type: ignore[union-attr]


def test_a_number_that_another_address_has_is_said(client: FlaskClient, accounts: Accounts) -> None:
    """With the address; it may be kept when that is confirmed."""
    has(accounts, PEOPLE[0])
    sent = {"phone": MOBILE, "version": "0"}
    answer = client.post(account_page(JAN), data=sent, headers=HTMX)
    assert answer.status_code == 422
    assert any(link["href"] == account_page(PEOPLE[0]) for link in named(answer.text, "a"))
    assert client.post(account_page(JAN), data=sent | {"confirmed": MOBILE}, headers=HTMX).status_code == 200


def test_two_people_who_edit_one_account_see_each_other(client: FlaskClient, accounts: Accounts) -> None:
    """The second is told who changed it to what, masked, and chooses: saving again keeps theirs, cancelling the other's."""
    has(accounts)
    answer = client.post(account_page(JAN), data={"phone": OTHER, "version": "0"}, headers=HTMX)
    assert answer.status_code == 409
    assert "eva changed this account meanwhile" in answer.text
    assert "+31 6 •••• 678" in answer.text
    assert accounts.get(JAN, SCOPE).phone == MOBILE  # type: ignore[union-attr]
    version = named(answer.text, "input", name="version")[0]["value"]
    assert client.post(account_page(JAN), data={"phone": OTHER, "version": version}, headers=HTMX).status_code == 200
    assert accounts.get(JAN, SCOPE).phone == OTHER  # type: ignore[union-attr]


def test_saving_what_somebody_deleted_meanwhile_is_a_conflict(client: FlaskClient, accounts: Accounts) -> None:
    """It says so, and leads to where that can be undone."""
    version = has(accounts)
    accounts.delete(JAN, SCOPE, by="eva")
    answer = client.post(account_page(JAN), data={"phone": OTHER, "version": str(version)}, headers=HTMX)
    assert answer.status_code == 409
    assert "deleted this account meanwhile" in answer.text


def test_a_number_is_removed_by_choice_only(client: FlaskClient, accounts: Accounts) -> None:
    """An empty field removes nothing."""
    version = str(has(accounts))
    assert client.post(account_page(JAN), data={"phone": "", "version": version}).status_code == 422
    assert client.post(account_page(JAN), data={"phone": "", "remove": "1", "version": version}).status_code == 303
    assert accounts.get(JAN, SCOPE).phone is None  # type: ignore[union-attr]


def test_the_state_of_a_number_is_set_without_typing_it_again(client: FlaskClient, accounts: Accounts) -> None:
    """The form offers each state and shows the one there is; a new number never takes the old one's state along."""
    version = has(accounts)
    html = client.get(account_page(JAN, edit="1"), headers=HTMX).text
    assert [each["value"] for each in named(html, "option")] == ["new", "proven", "suspect"]
    assert [each["value"] for each in named(html, "option") if "selected" in each.attributes] == ["new"]
    sent = {"phone": "", "state": "proven", "why": "code came back", "version": str(version)}
    assert "Proven" in client.post(account_page(JAN), data=sent, headers=HTMX).text
    found = accounts.get(JAN, SCOPE)
    assert found is not None
    assert (found.phone, found.state, accounts.history(JAN, SCOPE)[0].why) == (MOBILE, State.PROVEN, "code came back")
    sent = {"phone": MOBILE, "state": "suspect", "version": str(found.version)}
    assert client.post(account_page(JAN), data=sent).status_code == 303
    sent = {"phone": OTHER, "state": "proven", "version": str(found.version + 1)}
    assert client.post(account_page(JAN), data=sent).status_code == 303
    assert accounts.get(JAN, SCOPE).state is State.NEW  # type: ignore[union-attr]


@pytest.mark.parametrize("state", ["new", "none", "", "certain", "PROVEN"])
def test_an_empty_form_with_no_other_state_changes_nothing(client: FlaskClient, accounts: Accounts, state: str) -> None:
    """Nor does one with a state that is none: it asks for the number."""
    version = has(accounts)
    answer = client.post(account_page(JAN), data={"phone": "", "state": state, "version": str(version)})
    assert answer.status_code == 422
    assert accounts.get(JAN, SCOPE).version == version  # type: ignore[union-attr]


def test_a_state_is_of_the_number_that_the_form_showed(client: FlaskClient, accounts: Accounts) -> None:
    """Where somebody else gave another number meanwhile, that is said, and the other number is not called proven."""
    version = has(accounts)
    has(accounts, number=OTHER)
    answer = client.post(account_page(JAN), data={"phone": "", "state": "proven", "version": str(version)}, headers=HTMX)
    assert answer.status_code == 409
    assert accounts.get(JAN, SCOPE).state is State.NEW  # type: ignore[union-attr]


def test_deleting_is_undone_in_the_row(client: FlaskClient, accounts: Accounts) -> None:
    """The row says that it is deleted and has the button that takes that back, with the focus on it."""
    version = has(accounts)
    html = client.post(account_page(JAN, "delete"), data={"version": str(version)}, headers=HTMX).text
    (form,) = named(html, "form")
    assert "data-focus" in named(html, "button")[0].attributes
    assert accounts.get(JAN, SCOPE) is None
    assert JAN not in listed(client.get("/accounts").text)
    html = client.post(form["action"], headers=HTMX).text
    assert page(html)[0]["id"] == anchor(JAN)
    assert accounts.get(JAN, SCOPE).phone == MOBILE  # type: ignore[union-attr]


def test_a_deleted_account_can_be_restored_from_its_page(client: FlaskClient, accounts: Accounts) -> None:
    """Without scripts deleting leads there."""
    has(accounts)
    answer = client.post(account_page(JAN, "delete"), data={})
    html = client.get(answer.headers["Location"]).text
    (form,) = named(html, "form", class_="gone")
    assert client.post(form["action"]).status_code == 303
    assert "+31 6 •••• 678" in client.get(account_page(JAN)).text


def test_what_somebody_else_deleted_says_so_in_the_row(client: FlaskClient, accounts: Accounts) -> None:
    """Whatever one wanted to do with it: edit, cancel or delete."""
    version = has(accounts)
    accounts.delete(JAN, SCOPE, by="eva")
    for answer in (
        client.get(account_page(JAN, edit="1"), headers=HTMX),
        client.get(account_page(JAN), headers=HTMX),
        client.post(account_page(JAN, "delete"), data={"version": str(version)}, headers=HTMX),
    ):
        assert answer.status_code == 200
        assert named(answer.text, "button")[0].text == "Undo"


def test_deleting_what_was_changed_meanwhile_leaves_it(client: FlaskClient, accounts: Accounts) -> None:
    """The row comes as it is now, and says who changed it."""
    has(accounts)
    answer = client.post(account_page(JAN, "delete"), data={"version": "0"}, headers=HTMX)
    assert answer.status_code == 409
    assert "eva changed this account meanwhile" in answer.text
    assert accounts.get(JAN, SCOPE) is not None


def test_mail_brings_a_deleted_address_back_without_its_number(client: FlaskClient, accounts: Accounts) -> None:
    """The row and the page say so."""
    has(accounts)
    accounts.delete(JAN, SCOPE, by="eva")
    accounts.seen([Sighting(JAN, time.time_ns() // 1_000_000 + 1, bounced=False)], SCOPE)
    for path in ("/accounts", account_page(JAN)):
        html = client.get(path).text
        assert "without its old number" in html
        assert "678" not in named(html, "main")[0].text.replace("•••• 678 → none", "").replace("none → +31 6 •••• 678", "")


def test_a_state_that_was_changed_is_said_in_words(client: FlaskClient, accounts: Accounts) -> None:
    """Both what it was and what it is."""
    accounts.put(JAN, SCOPE, phone=MOBILE, state=State.PROVEN, by="eva", version=has(accounts))
    assert "Not proven yet → Proven" in client.get(account_page(JAN)).text


def test_showing_the_number_is_kept_in_the_history(client: FlaskClient, accounts: Accounts) -> None:
    """Only by a button, never by a link, and with kind and country."""
    has(accounts)
    html = client.post(account_page(JAN, "number")).text
    assert named(html, "strong", id="whole-number")[0].text == "+31 6 12345678"
    assert accounts.history(JAN, SCOPE)[0].what == "seen"
    assert "Looked at the whole number" in html
    assert client.get(account_page(JAN, "number")).status_code in (404, 405)


def test_the_page_of_an_account_has_its_last_events(client: FlaskClient) -> None:
    """And leads to all of them."""
    html = client.get(account_page(JAN)).text
    assert "Uw afspraak" in html
    (link,) = [each for each in named(html, "a") if "All events for this recipient" in each.text]
    assert "1 event" in client.get(link["href"]).text


@pytest.mark.parametrize("address", ["nobody@x.nl", "x", "a" * 300 + "@x.nl", "%00@x.nl", "../etc"])
def test_what_is_no_account_is_not_there(client: FlaskClient, address: str) -> None:
    """For reading, changing, deleting, restoring and looking."""
    assert client.get(f"/accounts/{address}").status_code == 404
    for act in ("/delete", "/restore", "/number"):
        assert client.post(f"/accounts/{address}{act}").status_code == 404


def test_a_form_for_an_address_without_an_account_makes_one(client: FlaskClient, accounts: Accounts) -> None:
    """So that a number can be noted before the first mail."""
    html = client.get(account_page("new@x.nl", edit="1")).text
    sent = {"phone": MOBILE, "version": named(html, "input", name="version")[0]["value"]}
    assert client.post(form_of(html)["action"], data=sent).status_code == 303
    assert accounts.get("new@x.nl", SCOPE).phone == MOBILE  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "address",
    [
        "o'brien+x@x.nl",
        '"jan de wit"@x.nl',
        "a/b@x.nl",
        "jan@xn--mnchen-3ya.example",
        "%41@x.nl",
        "/a@x.nl",
        "a//b/delete@x.nl",
        "<i>&#@x.nl",
    ],
)
def test_odd_addresses_have_a_page_and_a_row(client: FlaskClient, accounts: Accounts, address: str) -> None:
    """Which are well formed, and lead to each other."""
    accounts.seen([Sighting(address, 1_790_000_000_000, bounced=False)], SCOPE)
    known = [account for account in accounts.export(SCOPE) if account.address not in PEOPLE]
    for account in known:
        link = next(each for each in named(client.get("/accounts").text, "a") if each["href"] == account_page(account.address))
        assert client.get(link["href"]).status_code == 200
        assert page(client.get(account_page(account.address, edit="1"), headers=HTMX).text)


def test_a_form_too_large_is_refused(client: FlaskClient, accounts: Accounts) -> None:
    """Before anything is kept of it; what is only long is cut to what can be kept."""
    assert client.post(account_page(JAN), data={"phone": MOBILE, "version": "0", "why": "x" * 1_200_000}).status_code == 413
    assert accounts.history(JAN, SCOPE) == []
    assert client.post(account_page(JAN), data={"phone": MOBILE, "version": "0", "why": "x" * 5_000}).status_code == 303
    assert accounts.history(JAN, SCOPE)[0].why == "x" * 500


@given(st.text("aB@.é\u0130ß<", max_size=30), st.text("aB@.é\u0130ß", max_size=4))
def test_marking_keeps_the_address(address: str, typed: str) -> None:
    """The pieces of an address are the address, whatever was sought; those that are marked are what was sought."""
    found = parts(address, sought(typed))
    assert "".join(piece for piece, _ in found) == address
    assert {piece for piece, marked in found if marked} <= {sought(typed)}


def test_an_address_that_is_not_found_can_be_added(client: FlaskClient) -> None:
    """Where a whole one was typed."""
    (link,) = [each for each in named(client.get("/accounts?q=New@X.nl").text, "a") if each.text == "Add this address"]
    assert link["href"] == account_page("new@x.nl", edit="1")
    assert "Add this address" not in client.get("/accounts?q=new@x").text


def test_a_change_from_another_site_is_refused(client: FlaskClient, accounts: Accounts) -> None:
    """Whatever it would change."""
    for act in ("", "delete", "restore", "number"):
        answer = client.post(account_page(JAN, act), data={"phone": MOBILE, "version": "0"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert accounts.history(JAN, SCOPE) == []


def test_without_accounts_the_rest_works(mail_store: EmbeddedStore) -> None:
    """The section says that it is away; the events do not care."""
    client = portal_of(mail_store).test_client()
    assert client.get("/accounts").status_code == 503
    assert client.get("/events").status_code == 200


def test_an_operator_without_a_customer_is_led_to_choose_one(mail_store: EmbeddedStore, tmp_path: Path) -> None:
    """An empty list would look as if there were no accounts at all."""
    with closing(Accounts(tmp_path / "redis")) as accounts:
        html = portal_of(mail_store, accounts).test_client().get("/accounts").text
    assert "Choose the one whose accounts you want to see" in html
    assert 'href="/configuration/customers"' in html
