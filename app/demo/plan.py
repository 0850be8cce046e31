"""Which messages are sent on a day and what becomes of each: the same for the same seed and day, whenever it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from app.demo.sample import Answer, Customer, Provider, Story, sample
from store.event import milliseconds

MINUTE = 60_000
# No message has a step later than this after its start: two days in the queue, then given up.
LIFE = timedelta(days=2, hours=1)
# Minutes after its start at which a deferred message is tried again.
_RETRIES = (6, 17, 45, 130)
_EPOCH = date(1970, 1, 1)
# How often, of 1: mail is greylisted where that is done, delivered mail is opened, opened mail clicked in, unopened mail called spam.
_GREYLISTED, _OPENED, _CLICKED, _COMPLAINED = 0.4, 0.3, 0.25, 0.002


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to a message: `what` is an answer's name, delivery, expired, complaint, open or click.

    `at` is when, in ms since 1970.
    """

    what: str
    at: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one recipient, and its whole life in order of time; `key` is unique and makes its ids."""

    key: str
    start: int
    customer: Customer
    provider: Provider
    sender: str
    recipient: str
    subject: str
    size: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A recipient; `answer` is what their mailbox always answers, if anything."""

    address: str
    provider: Provider
    answer: str | None


def messages(seed: str, day: date) -> list[Message]:
    """All messages that start on this day (in the sending server's zone), in order of time."""
    rng = Random(f"{seed}/{day}")  # noqa: S311  # sample data is to be the same every time, not to be secret
    sending = sample().sending
    count = round(sending.messages * sending.weekdays[day.weekday()] * rng.uniform(0.95, 1.05))
    made = [_message(f"{seed}/{day}/{number}", _moment(rng, day), seed, rng) for number in range(count)]
    made += [_told(f"{seed}/{day}/story-{number}", day, story) for number, story in enumerate(sample().story) if _on(story, day)]
    return sorted(made, key=lambda message: (message.start, message.key))


def one(seed: str, at: int) -> Message:
    """A single message that starts at `at` (ms since 1970)."""
    rng = Random(f"{seed}/at/{at}")  # noqa: S311  # as above
    return _message(f"{seed}/at/{at}", at, seed, rng)


@cache
def people(seed: str) -> tuple[Person, ...]:
    """Everybody who gets mail, each at one provider, some with a mailbox that does not take any."""
    rng = Random(f"{seed}/people")  # noqa: S311  # as above
    known: dict[str, Person] = {}
    source = sample().people
    while len(known) < source.count:
        provider = rng.choices(sample().provider, [provider.weight for provider in sample().provider])[0]
        address = f"{rng.choice(source.first)}.{rng.choice(source.last)}@{provider.domain}"
        known.setdefault(address, Person(address, provider, _drawn(rng, provider, "person")))
    return tuple(known.values())


def _on(story: Story, day: date) -> bool:
    return (day - _EPOCH).days % story.every == story.phase


def _moment(rng: Random, day: date) -> int:
    """A moment of this day, by the weight of the hours; on the night the clocks change an hour may come twice or not at all."""
    sending = sample().sending
    hour = rng.choices(range(24), sending.hours)[0]
    local = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60), rng.randrange(1000) * 1000), ZoneInfo(sending.zone))
    return milliseconds(local)


def _message(key: str, start: int, seed: str, rng: Random) -> Message:
    customers = sample().customer
    customer = rng.choices(customers, [customer.weight for customer in customers])[0]
    everybody = people(seed)
    person = everybody[int(len(everybody) * rng.random() ** 1.6)]  # some get much more mail than others
    return Message(
        key=key,
        start=start,
        customer=customer,
        provider=person.provider,
        sender=f"{rng.choice(customer.senders)}@{customer.domain}",
        recipient=person.address,
        subject=rng.choice(customer.subjects),
        size=rng.randrange(2_400, 90_000),
        steps=tuple(_steps(start, customer, person, rng)),
    )


def _told(key: str, day: date, story: Story) -> Message:
    local = datetime.combine(day, time.fromisoformat(story.at), ZoneInfo(sample().sending.zone))
    start = milliseconds(local)
    customer = next(customer for customer in sample().customer if customer.domain == story.customer)
    domain = story.recipient.partition("@")[2]
    # A mistyped domain has no server of its own; what is said of it comes from the sending side.
    provider = next((provider for provider in sample().provider if provider.domain == domain), Provider(domain, "none", "none", 0, []))
    steps = tuple(Step(what, start + minutes * MINUTE + 800) for what, minutes in story.steps)
    return Message(key, start, customer, provider, f"{story.sender}@{story.customer}", story.recipient, story.subject, 18_342, steps)


def _steps(start: int, customer: Customer, person: Person, rng: Random) -> Iterator[Step]:
    """What becomes of a message: trouble of that day first, then the person's mailbox, then chance."""
    first = start + rng.randrange(300, 4_000)
    trouble = _trouble(start, customer, person.provider)
    answer = trouble or person.answer or _drawn(rng, person.provider, "weight")
    if answer is None and person.provider.greylists and rng.random() < _GREYLISTED:
        answer = "greylisted"
    if answer is None:
        yield from _delivered(first, customer, rng)
    elif sample().answer[answer].kind == "bounce":
        yield Step(answer, first)
    elif trouble or answer == person.answer:
        yield from (Step(answer, first + minutes * MINUTE) for minutes in (0, *_RETRIES[2:], 600, 1500))
        yield Step("expired", first + 2880 * MINUTE)
    else:
        tries = rng.randrange(1, len(_RETRIES))
        yield from (Step(answer, first + minutes * MINUTE) for minutes in (0, *_RETRIES[: tries - 1]))
        yield from _delivered(first + _RETRIES[tries - 1] * MINUTE, customer, rng)


def _delivered(at: int, customer: Customer, rng: Random) -> Iterator[Step]:
    """A delivery; where SES sends it is also seen to be opened, clicked in and, seldom, called spam."""
    yield Step("delivery", at)
    if customer.route == "postfix":
        return
    opened = at + rng.randrange(1, 480) * MINUTE + rng.randrange(MINUTE)
    if rng.random() < _OPENED:
        yield Step("open", opened)
        if rng.random() < _CLICKED:
            yield Step("click", opened + rng.randrange(4_000, 60_000))
    elif rng.random() < _COMPLAINED:
        yield Step("complaint", opened)


def _trouble(start: int, customer: Customer, provider: Provider) -> str | None:
    local = datetime.fromtimestamp(start / 1000, ZoneInfo(sample().sending.zone))
    day = (local.date() - _EPOCH).days % 30
    for trouble in sample().trouble:
        at_that_time = day in trouble.days and trouble.hours[0] <= local.hour < trouble.hours[1]
        if at_that_time and trouble.provider == provider.domain and trouble.route in (None, customer.route):
            return trouble.answer
    return None


def _drawn(rng: Random, provider: Provider, share: str) -> str | None:
    """One of the provider's answers, each with its own share of 1,000; mostly none."""
    drawn = rng.random() * 1000
    for name in provider.answers:
        drawn -= getattr(sample().answer[name], share)
        if drawn < 0:
            return name
    return None


def worded(answer: Answer, message: Message) -> str:
    """The answer's text, about this message."""
    sending = sample().sending
    return answer.text.format(
        recipient=message.recipient,
        sender_domain=message.customer.domain,
        mx=message.provider.mx,
        ip=message.provider.ip,
        ip_sender=sending.ip,
    )
