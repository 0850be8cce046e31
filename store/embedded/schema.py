"""The engine's schema, made from the columns that every engine shares."""

from typing import Final

import tantivy

from store.columns import COLUMNS, MENTIONS, Role

FORMAT: Final = 2  # of the folder: bump when a change here needs the events written anew
STORED: Final = "event"  # the event itself, as JSON
# Found by equality: what people ask for, and the equal values a page begins and ends in. For ranges the fast column is enough.
INDEXED_NUMBERS: Final = {"smtp_code", "delay"}


def _schema() -> tantivy.Schema:
    """Whole values raw and fast (sorted, counted), words cut beforehand and kept in place, the event stored once."""
    builder = tantivy.SchemaBuilder()
    for column in COLUMNS:
        match column.role:
            case Role.WHOLE | Role.ORDER:
                builder.add_text_field(column.name, fast=True, tokenizer_name="raw", index_option="basic")
            case Role.WORDS:
                builder.add_text_field(column.name, tokenizer_name="whitespace", index_option="position")
            case Role.REVERSED:
                builder.add_text_field(column.name, tokenizer_name="raw", index_option="basic")
            case Role.INTEGER:
                builder.add_integer_field(column.name, fast=True, indexed=column.name in INDEXED_NUMBERS)
            case Role.FLOAT:
                builder.add_float_field(column.name, fast=True, indexed=column.name in INDEXED_NUMBERS)
    builder.add_text_field(MENTIONS, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field(STORED, stored=True)
    return builder.build()


SCHEMA: Final = _schema()
# An empty index in memory: the only way to the engine's query syntax, which is used for ranges over text and nothing else.
SYNTAX: Final = tantivy.Index(SCHEMA)
