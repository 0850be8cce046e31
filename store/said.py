"""Sentences that keep what they were made of: English for whoever prints them, and a pattern with values for a translator."""

from collections.abc import Mapping


class Said(str):
    """An English sentence, with the pattern and the values that it was made of.

    The pattern is as gettext has them, `%(name)s`; an int among the values is a number to be written as the language does.
    """

    pattern: str
    values: Mapping[str, object]

    __slots__ = ("pattern", "values")


def say(pattern: str, **values: object) -> Said:
    """The sentence of a pattern and its values; English writes thousands with a comma."""
    shown = {name: f"{value:,}" if type(value) is int else value for name, value in values.items()}
    sentence = Said(pattern % shown if values else pattern)
    sentence.pattern, sentence.values = pattern, values
    return sentence
