"""Whatever a customer asks, in whatever way: the answer is the one that a portal gives which holds nothing of any other customer.

`SCOPE_EXAMPLES=10000 pytest tests/test_other_customers.py` asks so many times; a few hundred are asked otherwise.
"""

import os
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from samples import MAIL
from typed_queries import Typist

from app import create_app
from app.settings import Settings
from indexer.recipients import sightings
from store.accounts import Accounts
from store.customers import Directory, Role
from store.embedded import EmbeddedStore
from store.event import Event, event_id
from store.fields import FIELDS

EXAMPLES: Final = int(os.environ.get("SCOPE_EXAMPLES", "300"))
OURS: Final = "shop.example"
THEIRS: Final = "rival.example"
# Theirs: the same mail from another sender, so that every word, address and time is there twice, and some of it with words of their own.
OUR_MAIL: Final = tuple(event for event in MAIL if event.sender_domain == OURS)
THEIR_MAIL: Final = tuple(
    msgspec.structs.replace(
        event,
        id=event_id("theirs", event.id),
        sender=f"boss@{THEIRS}",
        sender_domain=THEIRS,
        recipient=event.recipient if number % 2 else f"secret{number}@theirs.example",
        subject=f"{event.subject or ''} merger{number}",
    )
    for number, event in enumerate(OUR_MAIL)
)
TYPIST: Final = Typist(0, (*OUR_MAIL, *THEIR_MAIL))
NUMBERS: Final = {"ours": "+31611111111", "theirs": "+31622222222"}
CHANGING: Final = re.compile(r'"took_ms":\s*\d+|"request_id":\s*"\w+"|<code>[0-9a-f]{16}</code>|UTC\+\d\d?:\d\d')
EVENT_PAGES: Final = ("/events/{}", "/api/v1/events/{}", "/events?open={}", "/events?only=sender&of={}")
NOW: Final = 1_795_000_000_000  # for both: what is done at different moments is not what this is about
SORTS: Final = st.sampled_from([sign + field.name for field in FIELDS if field.sortable for sign in ("", "-")] + ["nonsense", "-"])


@dataclass(frozen=True)
class Both:
    """A portal with the mail of two customers, and one with ours alone; asked with tokens and sessions of ours."""

    mixed: FlaskClient
    alone: FlaskClient
    tokens: dict[str, dict[str, str]]  # portal -> role -> token
    ids: tuple[str, ...]
    cursors: tuple[str, ...]

    def asked(self, path: str, role: str, method: str = "GET", **more: Any) -> tuple[Any, Any]:  # noqa: ANN401 - what werkzeug takes
        """Status and text of both answers, without what differs from one moment to the next."""
        return tuple(
            self._answer(client, path, self.tokens[name][role], method, more)
            for name, client in (("mixed", self.mixed), ("alone", self.alone))
        )  # type: ignore[return-value]

    @staticmethod
    def _answer(client: FlaskClient, path: str, token: str, method: str, more: dict[str, Any]) -> tuple[int, str]:
        if path.startswith("/api/"):
            more = more | {"headers": {"Authorization": f"Bearer {token}"}}
        else:
            client.set_cookie("portal_session", token)
        with client.open(path, method=method, **more) as answer:
            return answer.status_code, CHANGING.sub("", answer.text)


def portal(folder: Path, mail: tuple[Event, ...], stack: ExitStack) -> tuple[FlaskClient, dict[str, str], Directory]:
    """A portal over this mail, with both customers, and what lets ours in."""
    folder.mkdir()
    store = stack.enter_context(closing(EmbeddedStore(folder / "events")))
    store.write(mail)
    accounts = stack.enter_context(closing(Accounts(folder / "redis", now=lambda: NOW)))
    directory = stack.enter_context(closing(Directory(folder / "redis", now=lambda: NOW)))
    for customer, domain in (("ours", OURS), ("theirs", THEIRS)):
        scope = directory.add_customer(customer, (domain,)).scope
        own = [event for event in mail if scope.holds(event)]
        accounts.seen(list(sightings(own)), scope)
        if own:
            accounts.put("anna@mail.example", scope, phone=NUMBERS[customer], by=customer, version=None)
    lets_in = {role: directory.tokens.add(role, Role(role), "ours", by="a test")[0] for role in ("reader", "admin")}
    user = directory.users.add("eva@shop.example", Role.READER, "ours")
    lets_in["session"] = directory.sessions.begin(user.id, "a test")
    return create_app(Settings(), store, accounts, directory=directory).test_client(), lets_in, directory


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both portals, with ids and cursors of theirs as somebody may have got hold of them."""
    folder = tmp_path_factory.mktemp("customers")
    with ExitStack() as stack:
        mixed, to_mixed, directory = portal(folder / "mixed", OUR_MAIL + THEIR_MAIL, stack)
        alone, to_alone, _ = portal(folder / "alone", OUR_MAIL, stack)
        theirs = {"Authorization": f"Bearer {directory.tokens.add('theirs', Role.READER, 'theirs', by='a test')[0]}"}
        cursors = []
        for sort in ("timestamp", "-timestamp", "recipient", "-subject", "type"):
            page = mixed.get(f"/api/v1/events?limit=3&sort={sort}", headers=theirs).get_json()
            assert page["total"] == len(THEIR_MAIL)
            cursors.append(page["next"])
        cursors.append(mixed.get("/api/v1/accounts?limit=2", headers=theirs).get_json()["next"])
        ids = tuple(event.id for event in (*OUR_MAIL, *THEIR_MAIL))
        yield Both(mixed, alone, {"mixed": to_mixed, "alone": to_alone}, ids, tuple(cursors))


def changed(text: str, at: int) -> str:
    """A text with one character that is another."""
    at %= max(1, len(text))
    return text[:at] + chr(33 + (ord(text[at]) + at) % 90) + text[at + 1 :] if text else text


@st.composite
def paths(draw: st.DrawFn, both: Both) -> str:
    """An address of a page or of the API, with a query about either's mail."""
    TYPIST._dice = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 - so that hypothesis can ask for the same again
    query = draw(st.sampled_from([TYPIST.query(), TYPIST.query(), "", "merger1", THEIRS, f"sender_domain:{THEIRS} or not x", "secret*"]))
    address = draw(st.sampled_from(sorted({event.recipient or "" for event in (*OUR_MAIL, *THEIR_MAIL)} | {"anna@mail.example"})))
    event = quote(draw(st.sampled_from(both.ids)), safe="")
    cursor = draw(st.sampled_from(both.cursors))
    if draw(st.booleans()):
        cursor = changed(cursor, draw(st.integers(0, 200)))
    parameters = draw(
        st.fixed_dictionaries(
            {"q": st.just(query)},
            optional={
                "sort": SORTS,
                "cursor": st.just(cursor),
                "from": st.sampled_from(["2024-01-01", "2024-11-05T10:00", "never"]),
                "type": st.sampled_from(["bounce", "delivery"]),
                "limit": st.sampled_from([1, 3, 1000]),
                "columns": st.sampled_from(["sender,subject", "id,remote_ip"]),
            },
        )
    )
    kind = draw(st.sampled_from(["page", "part", "list", "export", "histogram", "top", "suggest", "chart", "event", "accounts", "account"]))
    asked = urlencode(parameters)
    search = urlencode({name: value for name, value in parameters.items() if name in {"q", "from", "type"}})
    field = draw(st.sampled_from([field.name for field in FIELDS]))
    return {
        "page": f"/events?{asked}",
        "part": f"/events/check?{urlencode({'q': query})}",
        "list": f"/api/v1/events?{asked}",
        "export": f"/api/v1/events.{draw(st.sampled_from(['csv', 'ndjson']))}?{search}",
        "histogram": f"/api/v1/events/histogram?{search}",
        "top": f"/api/v1/events/top?field={field}&{search}",
        "suggest": f"/events/suggest?{urlencode({'q': query, 'at': len(query)})}",
        "chart": f"/events/chart?{search}",
        "event": draw(st.sampled_from(EVENT_PAGES)).format(event),
        "accounts": draw(st.sampled_from(["/accounts?", "/api/v1/accounts?"])) + urlencode({"q": query[:20]}),
        "account": draw(st.sampled_from(["/accounts/", "/api/v1/accounts/"])) + quote(address),
    }[kind]


@examples(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_an_answer_holds_nothing_of_another_customer(both: Both, data: st.DataObject) -> None:
    """No event, count, suggestion or account: it is the answer of a portal that has none of it."""
    path = data.draw(paths(both))
    role = data.draw(st.sampled_from(["reader", "admin"])) if path.startswith("/api/") else "session"
    mixed, alone = both.asked(path, role)
    assert mixed == alone
    assert mixed[0] < 500


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("address", ["secret0@theirs.example", "nobody@at.example"])
def test_another_customers_address_is_not_there_for_any_verb(both: Both, address: str, method: str) -> None:
    """What is theirs and what is nobody's are answered alike, and theirs stays as it is."""
    path = f"/api/v1/accounts/{address}{'/restore' if method == 'POST' else ''}"
    mixed, alone = both.asked(path, "admin", method, json={"phone": "+31633333333", "version": 7})
    assert mixed == alone
    assert mixed[0] in {404, 409}
