"""The mapping is written by hand; here it is held equal to the field table."""

import json
from pathlib import Path

import pytest

from store.elastic.names import order, words
from store.elastic.versions import mapping
from store.fields import BY_NAME, FIELDS, Field, Kind

MAPPING = mapping()
PROPERTIES = MAPPING["properties"]
KEYWORD = {"type": "keyword", "normalizer": "lowercase"}
TEXT = {"type": "text", "norms": False}
HIDDEN = KEYWORD | {"doc_values": False}
BY_KIND = {
    Kind.TIME: {"type": "date", "format": "epoch_millis"},
    Kind.EXACT: KEYWORD,
    Kind.ADDRESS: KEYWORD | {"fields": {"words": TEXT}},
    Kind.TEXT: TEXT,
    Kind.INTEGER: {"type": "long"},
    Kind.NUMBER: {"type": "double"},
    Kind.FLAG: {"type": "boolean"},
    Kind.IP: {"type": "ip", "fields": {"text": HIDDEN}},
    Kind.STORED: {"type": "keyword", "index": False, "doc_values": False},
}
ADDED = (
    {f"{field.name}_order": KEYWORD for field in FIELDS if field.kind is Kind.TEXT}
    | {f"{name}_reversed": HIDDEN for name in (*(f.name for f in FIELDS if f.kind is Kind.ADDRESS), "message_id")}
    | {"mentions": HIDDEN, "as_read": {"type": "object", "enabled": False}}
)


def test_the_mapping_takes_nothing_it_does_not_name() -> None:
    """A field that slips in would be indexed by a guess, and asked for by nobody."""
    assert MAPPING["dynamic"] == "strict"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_is_mapped_by_its_kind(field: Field) -> None:
    """One kind, one way to be compared and searched."""
    assert PROPERTIES[field.name] == BY_KIND[field.kind]


def test_beside_the_fields_stand_the_columns_that_are_added_and_no_others() -> None:
    """What a document holds beside the event's own fields."""
    assert {name: PROPERTIES[name] for name in PROPERTIES.keys() - BY_NAME.keys()} == ADDED


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.sortable])
def test_a_field_is_sorted_and_cut_into_words_where_the_mapping_says(field: str) -> None:
    """What the compiler names stands in the mapping."""
    assert order(field) in PROPERTIES
    if BY_NAME[field].kind in {Kind.TEXT, Kind.ADDRESS}:
        name, _, inner = words(field).partition(".")
        assert (PROPERTIES[name]["fields"][inner] if inner else PROPERTIES[name])["type"] == "text"


def test_the_file_is_json_that_people_can_read() -> None:
    """One property a line, as it is compared in reviews."""
    text = (Path(__file__).parent.parent / "mappings" / "events.json").read_text()
    assert json.loads(text) == MAPPING
    assert all(text.count(f'\n    "{name}": ') == 1 for name in PROPERTIES)
