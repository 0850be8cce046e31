"""What the sample mail is made of, read from `sample.toml` into types."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

SOURCE = Path(__file__).with_name("sample.toml")
Route = Literal["postfix", "ses", "sns"]


class Sending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sending server, and how much it sends: `messages` on a busy day, times a factor a weekday, spread over hours by weight."""

    host: str
    ip: str
    zone: str
    messages: int
    weekdays: list[float]
    hours: list[int]


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who sends, and by which route."""

    domain: str
    route: Route
    weight: int
    senders: list[str]
    subjects: list[str]


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who receives, and the answers that are in its words."""

    domain: str
    mx: str
    ip: str
    weight: int
    answers: list[str]
    greylists: bool = False


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a server says instead of yes; `person`: how many of 1,000 people get it always, `weight`: how many of 1,000 messages."""

    reason: str
    kind: Literal["bounce", "deferral", "reject"]
    status: str
    command: str
    text: str
    code: int | None = None
    person: int = 0
    weight: int = 0


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message that comes back every few days; `steps`: what happens, and how many minutes after it was sent."""

    every: int
    phase: int
    at: str
    customer: str
    sender: str
    recipient: str
    subject: str
    steps: list[tuple[str, int]]


class Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days (of thirty) and hours in which one provider gives everybody one answer."""

    days: list[int]
    hours: tuple[int, int]
    provider: str
    answer: str
    route: Route | None = None


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which the recipients are put together."""

    count: int
    first: list[str]
    last: list[str]


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it."""

    sending: Sending
    customer: list[Customer]
    provider: list[Provider]
    answer: dict[str, Answer]
    story: list[Story]
    trouble: list[Trouble]
    people: People


@cache
def sample() -> Sample:
    """The sample, read once."""
    return msgspec.convert(tomllib.loads(SOURCE.read_text(encoding="utf-8")), Sample)
