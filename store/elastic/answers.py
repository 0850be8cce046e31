"""The parts of Elasticsearch's answers that are read, typed: what is not named here is skipped while decoding."""

from typing import Any

import msgspec


class Failure(msgspec.Struct):
    """A part of a search that did not answer."""

    index: str | None = None


class Shards(msgspec.Struct):
    """How many parts were asked, and how many did not answer."""

    total: int = 0
    failed: int = 0
    failures: list[Failure] = []


class Hit(msgspec.Struct):
    """One event found: its source as it is kept, and where it stands in the order."""

    id: str = msgspec.field(name="_id", default="")
    index: str = msgspec.field(name="_index", default="")
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())
    sort: msgspec.Raw = msgspec.Raw()
    seq_no: int = msgspec.field(name="_seq_no", default=-1)
    primary_term: int = msgspec.field(name="_primary_term", default=-1)


class Total(msgspec.Struct):
    """How many match."""

    value: int = 0


class Hits(msgspec.Struct):
    """The events found, and how many match in all where that was asked."""

    hits: list[Hit] = []
    total: Total | None = None


class Found(msgspec.Struct):
    """The answer to a search; of one among several also whether it could be done at all."""

    hits: Hits = msgspec.field(default_factory=Hits)
    timed_out: bool = False
    shards: Shards = msgspec.field(name="_shards", default_factory=Shards)
    pit_id: str | None = None
    aggregations: dict[str, Any] = {}
    status: int = 200
    error: msgspec.Raw = msgspec.Raw()

    @property
    def partial(self) -> bool:
        """Whether some part did not answer."""
        return self.timed_out or self.shards.failed > 0


class Answers(msgspec.Struct):
    """What a request for several searches answers."""

    responses: list[Found]


class Opened(msgspec.Struct):
    """A point in time that was opened."""

    id: str


class Item(msgspec.Struct):
    """What became of one line of a bulk request."""

    status: int
    error: msgspec.Raw = msgspec.Raw()


class Bulk(msgspec.Struct):
    """The answer to a bulk request."""

    items: list[dict[str, Item]]
    errors: bool = False


class Got(msgspec.Struct):
    """One of several documents asked for by id; with an `error` where that could not be seen."""

    id: str = msgspec.field(name="_id")
    found: bool = False
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())
    seq_no: int = msgspec.field(name="_seq_no", default=-1)
    primary_term: int = msgspec.field(name="_primary_term", default=-1)
    error: msgspec.Raw = msgspec.Raw()


class Several(msgspec.Struct):
    """The documents asked for by id."""

    docs: list[Got]
