"""Makes queries as people type them, out of what stands in the events, so that most of them find something."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from store.errors import BadQueryError
from store.event import Event
from store.fields import FIELDS, Field, Kind
from store.query import Parsed, parse
from store.words import mentions, words

T = TypeVar("T")

OPERATORS: Final = (" and ", " AND ", " or ", " OR ", " not ", " && ", " || ", " ", " ", " -", " +", " and not ", " or not ")
FORMS: Final = ("%Y-%m-%d", "%Y-%m-%d", "%Y-%m", "%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M+01:00")
RANGED: Final = ("smtp_code", "delay", "delay", "status", "recipient", "sender", "message_id", "id", "queue_id", "remote_ip")
NEGATIONS: Final = ("not ", "NOT ", "-", "!")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LETTERS: Final = "aeinrst01.-"
CHANGES: Final = ("*", "?", "~", "~1", '"', "(", ")", " or ", "not ", ":", " TO ", "[", "]", "@", ".", ",", ";", "\\", "<", ">", " - ")


class Typist:
    """Types queries about some events; `worked` are queries that are known, of which some are typed again with slips."""

    def __init__(self, seed: int, events: Sequence[Event], worked: Sequence[str] = ()) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - for variety, not for secrets
        self._worked = worked
        self._values: dict[str, list[str]] = {}
        for field in FIELDS:
            found = {text for event in events for text in _texts(event, field)}
            self._values[field.name] = sorted(text for text in found if len(text) <= 200)
        self._named = {field.name: [field.name, field.name, field.name.upper(), *field.aliases] for field in FIELDS}
        self._mentioned = sorted({one for event in events for text in (event.subject, event.diagnostic) if text for one in mentions(text)})
        self._fields = [field for field in FIELDS if field.kind is not Kind.STORED and self._values[field.name]]
        self._times = sorted(event.timestamp for event in events)
        self._numbers = {
            name: sorted({value for event in events if (value := getattr(event, name)) is not None}) for name in ("smtp_code", "delay")
        }
        self._kinds: tuple[Callable[[], str], ...] = (
            self._word, self._word, self._whole, self._address, self._address_list, self._domain, self._message_id, self._phrase,
            self._phrase, self._proximity, self._wildcard, self._wildcard, self._field_wildcard, self._fuzzy, self._field_value,
            self._field_value, self._field_value, self._field_group, self._part_of_address, self._code, self._network, self._range,
            self._range, self._time, self._time, self._exists, self._flag,
        )  # fmt: skip

    def readable(self, zone: str = "Europe/Amsterdam") -> tuple[str, Parsed]:
        """A query that can be read, with its reading."""
        while True:
            query = self.query()
            try:
                return query, parse(query, zone)
            except BadQueryError:
                continue

    def query(self) -> str:
        """A query, which may be a broken one."""
        if self._worked and self._dice.random() < 0.2:
            return self._slip(self._pick(self._worked))
        query = self._group(self._dice.choice((0, 0, 1, 1, 2, 3)))
        return self._slip(query) if self._dice.random() < 0.1 else query

    def _group(self, depth: int) -> str:
        """Terms put together with operators and parentheses."""
        if depth == 0:
            return self._negated(self._pick(self._kinds)())
        parts = [self._group(depth - 1) for _ in range(self._dice.choice((1, 2, 2, 3)))]
        text = parts[0]
        for part in parts[1:]:
            text += self._pick(OPERATORS) + part
        return self._negated(f"({text})") if self._dice.random() < 0.4 else text

    def _negated(self, text: str) -> str:
        return self._pick(NEGATIONS) + text if self._dice.random() < 0.12 else text

    def _slip(self, query: str) -> str:
        """A query with something put in, taken out or doubled."""
        for _ in range(self._dice.randint(0, 2)):
            at = self._dice.randint(0, len(query))
            match self._dice.randint(0, 3):
                case 0:
                    query = query[:at] + self._pick(CHANGES) + query[at:]
                case 1:
                    query = query[:at] + query[at + 1 :]
                case 2:
                    query = query[:at] + query[at : at + 3] + query[at:]
                case _:
                    query = f"{query} {self._pick(self._kinds)()}"
        return query

    def _word(self) -> str:
        return self._cased(self._pick(words(self._text()) or ["invoice"]))

    def _whole(self) -> str:
        field = self._field(Kind.EXACT, Kind.IP, Kind.INTEGER)
        return self._quoted(self._cased(self._pick(self._values[field.name])))

    def _address(self) -> str:
        address = self._one_address()
        around = self._pick(("{}", "{}", "{}", "<{}>", "mailto:{}", "'{}'", "{},", '"{}"', "Jan <{}>", "to:{}", "from:{}", "recipient:{}"))
        return around.format(address)

    def _one_address(self) -> str:
        known = [*self._values[self._field(Kind.ADDRESS).name], *self._mentioned]
        address = self._cased(self._pick([one for one in known if "@" in one and " " not in one] or ["jan@x.nl"]))
        return self._misspelt(address) if self._dice.random() < 0.1 else address

    def _address_list(self) -> str:
        return self._pick((", ", "; ", ",")).join(self._one_address() for _ in range(self._dice.randint(2, 4)))

    def _domain(self) -> str:
        domain = self._one_address().rpartition("@")[2]
        return self._pick(("@{}", "*@{}", "{}", "to:{}", "from:@{}", "recipient_domain:{}", "sender:*@{}")).format(domain)

    def _message_id(self) -> str:
        known = self._pick(self._values["message_id"])
        return self._pick(("{}", "<{}>", "message_id:{}", "msgid:<{}>", "message_id:<{}>")).format(known)

    def _phrase(self) -> str:
        """A few words as they stand in a text, or the text between two blanks."""
        text = self._text()
        pieces = text.split() if self._dice.random() < 0.5 else words(text)
        if not pieces:
            return self._word()
        start = self._dice.randrange(len(pieces))
        some = " ".join(pieces[start : start + self._dice.randint(1, 4)]).replace('"', "").replace("\\", "")
        return f'{self._pick(("", "", "subject:", "diagnostic:"))}"{self._cased(some)}"'

    def _proximity(self) -> str:
        found = words(self._text())
        some = self._dice.sample(found, min(len(found), self._dice.randint(1, 3))) or ["order"]
        return f'{self._pick(("", "subject:", "diagnostic:"))}"{" ".join(some)}"~{self._dice.randint(0, 8)}'

    def _wildcard(self) -> str:
        word = self._pick([self._pick(words(self._text()) or ["invoice"]), self._one_address(), self._pick(self._values["mx"])])
        return self._wild(self._cased(word))

    def _field_wildcard(self) -> str:
        field = self._field(Kind.EXACT, Kind.ADDRESS, Kind.TEXT, Kind.IP)
        value = self._pick(self._values[field.name])
        return f"{self._name(field)}:{self._wild(_escaped(value.split()[0] if value.split() else 'ab'))}"

    def _wild(self, word: str) -> str:
        at = self._dice.randint(0, len(word))
        return self._pick(
            (f"{word[: at + 2]}*", f"{word[: at + 2]}*", f"*{word[at // 2 :]}", f"{word[:at]}?{word[at + 1 :]}", f"{word[:at]}*{word[at:]}")
        )

    def _fuzzy(self) -> str:
        field = self._field(Kind.EXACT, Kind.TEXT, Kind.ADDRESS)
        word = self._misspelt(self._pick(words(self._pick(self._values[field.name])) or ["invoice"]))
        return f"{self._pick(('', '', self._name(field) + ':'))}{word}{self._pick(('~', '~1', '~2'))}"

    def _field_value(self) -> str:
        field = self._pick(self._fields)
        value = self._pick(self._values[field.name])
        if field.kind is Kind.TEXT:
            value = self._pick(words(value) or ["invoice"])
        return f"{self._name(field)}:{self._pick(('', '', ' '))}{self._quoted(self._cased(value))}"

    def _field_group(self) -> str:
        field = self._field(Kind.EXACT, Kind.ADDRESS, Kind.INTEGER)
        some = [self._quoted(self._pick(self._values[field.name])) for _ in range(self._dice.randint(1, 3))]
        return f"{self._name(field)}:({self._pick((' or ', ' OR ', ' and ', ' or not ')).join(some)})"

    def _part_of_address(self) -> str:
        local, _, domain = self._one_address().partition("@")
        return f"{self._pick(('recipient', 'to', 'sender', 'from', 'original_recipient'))}:{self._quoted(self._pick((local, domain)))}"

    def _code(self) -> str:
        status = self._pick(self._values["status"])
        klass, code = self._pick("245"), self._pick(self._values["smtp_code"])
        return self._pick(
            (
                f"status:{klass}",
                f"status:{status[:3]}",
                f"status:{status[:3]}.*",
                f"smtp_code:{klass}xx",
                f"smtp_code:{klass}*",
                f"code:{code}",
            )
        )

    def _network(self) -> str:
        address = self._pick(self._values["remote_ip"])
        bits = self._dice.choice((0, 16, 24, 27, 31, 32) if "." in address else (0, 32, 64, 96, 128))
        return f"{self._pick(('remote_ip', 'ip'))}:{address}/{bits}"

    def _range(self) -> str:
        name = self._pick([name for name in RANGED if self._values[name]])
        known = [f"{value!r}" for value in self._numbers[name]] if name in self._numbers else self._values[name]
        low, high = self._quoted(self._pick(known)), self._quoted(self._pick(known))
        return self._ends(name, low, high)

    def _time(self) -> str:
        first, second = (self._moment() for _ in range(2))
        return self._pick(
            (f"timestamp:{first}", f"date:{first}", self._ends("timestamp", first, second), self._ends("time", first, second))
        )

    def _moment(self) -> str:
        moment = EPOCH + timedelta(milliseconds=self._pick(self._times))
        return moment.strftime(
            self._pick(("%Y-%m-%d", "%Y-%m-%d", "%Y-%m", "%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M+01:00"))
        )

    def _ends(self, name: str, low: str, high: str) -> str:
        return self._pick(
            (f"{name}:>{low}", f"{name}:>={low}", f"{name}:<{high}", f"{name}:<={high}", f"{name}:[{low} TO {high}]",
             f"{name}:[{low} to {high}" + "}", f"{name}:" + "{" + f"{low} TO {high}]", f"{name}:[* TO {high}]", f"{name}:[{low} TO *]")
        )  # fmt: skip

    def _exists(self) -> str:
        name = self._pick(self._fields).name
        return self._pick((f"_exists_:{name}", f"{name}:*", f"not _exists_:{name}", "*:*", "*"))

    def _flag(self) -> str:
        return f"{self._pick(('expired', 'recipient_certain'))}:{self._pick(('true', 'false', 'TRUE'))}"

    def _text(self) -> str:
        return self._pick(self._values[self._pick(("subject", "diagnostic"))])

    def _field(self, *kinds: Kind) -> Field:
        return self._pick([field for field in self._fields if field.kind in kinds])

    def _name(self, field: Field) -> str:
        return self._pick(self._named[field.name])

    def _cased(self, text: str) -> str:
        return self._pick((text, text, text.lower(), text.upper(), text.capitalize()))

    def _misspelt(self, word: str) -> str:
        at = self._dice.randint(0, max(0, len(word) - 1))
        before, after, letter = word[:at], word[at:], self._pick(LETTERS)
        return before + self._pick((after, letter + after, after[1:], after[:2][::-1] + after[2:]))

    def _quoted(self, value: str) -> str:
        """A value that has to be quoted in quotes, another now and then."""
        plain = not any(character in value for character in ' ()[]{}"^~*?:\\/<>!+-&|,;')
        return value if plain and value and self._dice.random() < 0.8 else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def _pick(self, some: Sequence[T]) -> T:
        return self._dice.choice(some)


def _texts(event: Event, field: Field) -> list[str]:
    """The values of a field as text."""
    value = getattr(event, field.name)
    if isinstance(value, tuple):
        return list(value)
    return [] if value is None else [str(value).lower() if isinstance(value, bool) else str(value)]


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in '()[]{}"^~*?:\\/<>!+-&|' else c for c in text)
