"""Sixty hostile texts in every field of an event and every input of the pages, in a real browser: shown as text, and nothing runs."""

import contextlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import msgspec
import pytest
from conftest import REPORT, Visitor, served
from hostile_strings import MARKS, SIZE, STRINGS
from playwright.sync_api import Browser, Dialog

from indexer.bounds import BoundsError, bounded
from store.accounts import MAX_WHY
from store.embedded import EmbeddedStore
from store.event import Event
from store.fields import FIELDS, Kind

pytestmark = pytest.mark.browser

_START: Final = 1_793_520_000_000
_TEXTS: Final = [field.name for field in FIELDS if field.kind in {Kind.EXACT, Kind.ADDRESS, Kind.TEXT, Kind.STORED} and not field.many]
_COLUMNS: Final = ",".join(field.name for field in FIELDS if field.kind is not Kind.STORED)
_LONG_ADDRESS: Final = 8_000  # characters of a text in an address; servers and browsers have their own bounds above that
# What a script of a stranger would leave behind, or have to be.
_FOREIGN: Final = """() => document.querySelectorAll([
    'script:not([src]):not([type="application/json"])', 'iframe', 'object', 'embed', 'base', 'math', 'template script', 'main style',
    'meta[http-equiv]', '[onerror]', '[onload]', 'form[action^="//"]', 'a[href^="javascript"]',
]).length + (Object.prototype.x === undefined ? 0 : 1)"""
_SEND: Final = """async ([path, form]) => (await fetch(path, {method: 'POST', body: new URLSearchParams(form)})).status"""
_PUT: Final = """async ([why, version]) => {
const answer = await fetch('/api/v1/accounts/jan@two.example', {
    method: 'PUT',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({phone: '0612345678', why, identity: why, version}),
});
return [answer.status, (await answer.json()).version ?? version];
}"""


def hostile(number: int) -> Event:
    """An event with this text in every field that takes it, as readers of records leave it; an ordinary value in the others."""
    text = STRINGS[number]
    plain = {"id": f"hostile-{number}", "type": "bounce", "source": "ndjson", "recipient": f"r{number}@two.example"}
    event = Event(timestamp=_START + number, **plain)
    for name in _TEXTS:
        with contextlib.suppress(BoundsError):  # an id or an address is refused where it is none, and is not cut
            event = bounded(msgspec.structs.replace(event, **{name: text}))
    with contextlib.suppress(BoundsError):
        event = bounded(msgspec.structs.replace(event, tags=(text, text[::-1])))
    return event


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal whose every event is hostile."""
    data = tmp_path_factory.mktemp("hostile")
    store = EmbeddedStore(data / "events")
    store.write([hostile(number) for number in range(len(STRINGS))])
    store.close()
    with served(data) as address:
        yield address


class Victim(Visitor):
    """A visitor who notes every dialog that a script opens, and looks for what must not be in a page."""

    def see(self, path: str) -> str:
        """Open a page; its text, once nothing foreign was found in it."""
        page = self.open(path)
        assert page.evaluate(_FOREIGN) == 0, path
        return page.content() if page.locator("body").count() == 0 else page.inner_text("body")

    def note(self, dialog: Dialog) -> None:
        """A dialog is a script that ran."""
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def victim(browser: Browser, attacked: str) -> Iterator[Victim]:
    """Who leaves without a dialog, an error or a report of the content policy."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.add_init_script(REPORT)
    found = Victim(context, attacked)
    found.page.on("dialog", found.note)
    yield found
    context.close()
    assert found.complaints == []


def test_hostile_text_is_text_everywhere(victim: Victim) -> None:
    """Of every field: in the list with all columns, on the pages of single events, and in details that are opened."""
    listed = victim.see(f"/events?columns={_COLUMNS}")
    listed += victim.see(f"/events?columns={_COLUMNS}&sort=-timestamp")
    assert [mark for mark in MARKS if mark not in listed] == []
    for number, event in enumerate(map(hostile, range(0, len(STRINGS), 4))):
        if not event.id.endswith("/"):  # no path can carry such an id, and the list leads to it by a search
            assert MARKS[number * 4] in victim.see(f"/events/{quote(event.id, safe='')}")
    victim.see(f"/events?open={quote(hostile(0).id)}")


def test_hostile_text_that_is_typed_stays_in_its_field(victim: Victim) -> None:
    """In the boxes of both sections, whole lists of parameters, and the address itself; refused or searched for, never run."""
    for text in STRINGS:
        value = quote(text[:_LONG_ADDRESS], safe="")
        victim.see(f"/events?q={value}&from={value}&to={value}&sort={value}&open={value}&columns={value}")
    for first in range(0, len(STRINGS), 6):
        victim.see(f"/accounts?q={quote(' '.join(text[:300] for text in STRINGS[first : first + 6]), safe='')}")
    victim.see(f"/events?{'&'.join(quote(text[:200], safe='') + '=1' for text in STRINGS)}")


def test_hostile_accounts_are_shown_as_text(victim: Victim) -> None:
    """In a file that is imported, in the reason of a change with its history; ten megabytes are refused in words."""
    page = victim.open("/accounts/import")
    cells = ['"' + text[:300].replace('"', '""') + '"' for text in STRINGS if "\0" not in text]
    content = "email;phone\r\n" + "".join(f"{cell};{cell}\r\n" for cell in cells)
    name = '"><script>alert(1)</script>.csv'
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    assert page.evaluate(_FOREIGN) == 0
    assert "h00z" in page.inner_text("main")
    version = None
    for text in STRINGS[:-1]:
        status, version = page.evaluate(_PUT, [text[:MAX_WHY], version])
        assert status in {200, 201}, text
    assert page.evaluate(_PUT, [STRINGS[-1], version])[0] == 413
    assert len(STRINGS[-1]) > SIZE
    assert "h00z" in victim.see("/accounts/jan@two.example")


def test_hostile_names_of_people_and_programs_are_shown_as_text(victim: Victim) -> None:
    """In the filters of the audit trail, after signing in, as labels of tokens and names of customers, and in the trail itself."""
    for text in STRINGS:
        value = quote(text[:_LONG_ADDRESS], safe="")
        victim.see(f"/configuration/audit?about={value}&who={value}&from={value}")
        victim.see(f"/sign-in?next={value}")
    page = victim.open("/configuration/tokens")
    for text in STRINGS:
        assert page.evaluate(_SEND, ["/configuration/tokens", {"label": text[:80], "role": "operator"}]) in {200, 422}, text
        form = {"name": text[:80], "domains": f"{text[:40]} h{STRINGS.index(text)}.example"}
        assert page.evaluate(_SEND, ["/configuration/customers", form]) in {200, 422}, text
        assert page.evaluate(_SEND, ["/configuration/users", {"address": text[:320], "role": "operator"}]) in {200, 422}, text
    for path in ("tokens", "customers", "users", "audit"):
        victim.see(f"/configuration/{path}")
    assert "h00z" in victim.see("/configuration/tokens")
