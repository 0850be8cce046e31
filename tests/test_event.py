"""The event as others read it."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from store.event import Event, public, public_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.just(',"timestamp":1')
EVENTS = st.builds(
    Event,
    id=TEXTS,
    timestamp=st.integers(-62_135_596_800_000, 253_402_300_799_999),
    type=TEXTS,
    source=TEXTS,
    subject=st.none() | TEXTS,
    recipient_certain=st.none() | st.booleans(),
    delay=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    raw=st.none() | TEXTS,
)


@given(event=EVENTS)
def test_the_quick_way_to_json_says_what_the_plain_one_says(event: Event) -> None:
    """Whatever stands in its texts."""
    assert json.loads(public_json(event)) == json.loads(msgspec.json.encode(public(event)))
