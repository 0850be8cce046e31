"""The one way to the cluster: requests as bytes, answers decoded straight into typed records, every client error translated."""

import random
import ssl
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import msgspec
from elastic_transport import Serializer, TransportError
from elasticsearch import ApiError, Elasticsearch

from store.elastic.answers import Answers, Found
from store.elastic.failures import RefusedError, UnreachableError, foreign, problem, uncertified, unreachable
from store.elastic.nodes import WaryNode

T = TypeVar("T")

_SECONDS: Final = 60.0  # for an answer that may take long: a bulk request, a merge of segments
_TRIES: Final = 4  # where a node is away, overloaded or leaving, others are tried
_PAUSE: Final = 0.1  # seconds before the second try, twice as long before each that follows
_SILENT: Final = 30.0  # seconds at most in which a node that did not answer is left alone
_ENCODER: Final = msgspec.json.Encoder()
_JSON: Final = {"accept": "application/json", "content-type": "application/json"}
_NDJSON: Final = {"accept": "application/json", "content-type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the cluster is and how to be let in.

    `urls` of one or more nodes, which may hold `user:password@`; `api_key` in place of those; `ca` is the file with the certificate that
    signed the nodes' own, where the system does not know it.
    """

    urls: tuple[str, ...] = field(repr=False)  # as a text it shows nothing that lets people in
    api_key: str | None = field(default=None, repr=False)
    ca: Path | None = None

    @property
    def shown(self) -> str:
        """The nodes, without what lets people in."""
        return ", ".join(f"{parts.scheme}://{parts.hostname}:{parts.port}" for parts in map(urlsplit, self.urls))


class _Verbatim(Serializer):
    """Hands bodies through as they are: what is sent is encoded already, and what comes is decoded by who asked."""

    def loads(self, data: bytes) -> bytes:
        """The answer's bytes."""
        return data

    def dumps(self, data: bytes) -> bytes:
        """The request's bytes."""
        return data


_TIMES: Final = 32  # clients with a time-out of their own that are kept
_TYPES: Final = (
    "application/json", "application/x-ndjson", "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson",
)  # fmt: skip


class Cluster:
    """A client of one cluster; safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        secured: dict[str, Any] = {"ca_certs": _checked(address.ca)} if address.ca else {}
        if address.api_key:
            secured["api_key"] = address.api_key
        self._client = Elasticsearch(
            list(address.urls),
            serializers=dict.fromkeys(_TYPES, _Verbatim()),
            connections_per_node=32,
            node_class=WaryNode,
            max_dead_node_backoff=_SILENT,
            max_retries=0,  # `ask` tries again, within a time in all; the nodes are those that are named, none are looked for
            **secured,
        )
        # Making a client with another time-out takes longer than all else a request needs here; the first tries have a few times only.
        self._within = lru_cache(_TIMES)(lambda seconds: self._client.options(request_timeout=seconds))

    def ask(  # noqa: PLR0913 - one request, its parts by name
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        answer: type[T] | None = None,
        params: Mapping[str, str | int] | None = None,
        once: bool = False,
        seconds: float = _SECONDS,
    ) -> T:
        """The answer to a request, decoded as `answer` (anything, where none is named).

        `body` is encoded as JSON; bytes are lines of JSON already, and so is a sequence of bytes. A request that may not be sent
        twice without a look at what became of it goes `once`; others are tried on other nodes too.
        `seconds`: for the answer of one node; with all tries it takes half as long again at most.
        Raises `RefusedError` or `UnreachableError` (both are `StoreUnavailableError`).
        """
        lines = isinstance(body, bytes)
        headers = _NDJSON if lines else _JSON
        target = f"{path}?{urlencode(params)}" if params else path
        given = body if isinstance(body, bytes) or body is None else _ENCODER.encode(body)

        def sent(limit: float) -> T:
            return self._decoded(self._sent(method, target, headers, given, limit), answer)

        return sent(seconds) if once else self._again(sent, seconds)

    def many(
        self,
        asked: Iterable[tuple[Mapping[str, object], Mapping[str, object]]],
        *,
        seconds: float = _SECONDS,
        params: Mapping[str, int] | None = None,
    ) -> Sequence[Found]:
        """The answers to several searches, which the cluster works on side by side; raises for the first that failed as a whole."""
        body = b"".join(_ENCODER.encode(part) + b"\n" for pair in asked for part in pair)

        def sent(limit: float) -> Sequence[Found]:
            answers = self.ask("POST", "/_msearch", body, answer=Answers, params=params, once=True, seconds=limit).responses
            for each in answers:
                if bytes(each.error):
                    raise problem(self.address.shown, each.status, b'{"error":%b}' % bytes(each.error))
            return answers

        return self._again(sent, seconds)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _again(self, sent: Callable[[float], T], seconds: float) -> T:
        """What `sent` gives, which is handed its time; tried again, as a rule on another node, where the trouble may be that of one."""
        deadline = time.monotonic() + 1.5 * seconds
        for pause in [_PAUSE * 2**number for number in range(_TRIES - 1)]:
            try:
                return sent(min(seconds, deadline - time.monotonic()))
            except (RefusedError, UnreachableError) as error:
                alone = error.silent and len(self.address.urls) == 1 if isinstance(error, UnreachableError) else not error.passing
                if alone or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that those who wait do not come back together
        return sent(max(_PAUSE, min(seconds, deadline - time.monotonic())))

    def _sent(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, seconds: float) -> object:
        """The body of the answer; every error of the client becomes one of ours here."""
        try:
            return self._within(seconds).perform_request(method, target, headers=headers, body=body).body
        except ApiError as error:
            raise problem(self.address.shown, error.meta.status, error.body) from error
        except TransportError as error:
            raise unreachable(self.address.shown, error) from error

    def _decoded(self, body: object, answer: type[T] | None) -> T:
        try:
            found: T = _decoder(cast("Hashable", answer)).decode(body if isinstance(body, bytes) and body else b"{}")
        except msgspec.DecodeError as error:
            raise foreign(self.address.shown) from error
        return found


@lru_cache
def _decoder(answer: Hashable) -> "msgspec.json.Decoder[Any]":
    """What reads answers of this type (None: anything); to make one anew for each answer takes longer than many an answer."""
    return msgspec.json.Decoder(Any if answer is None else answer)


def _checked(ca: Path) -> str:
    """The file, which holds a certificate; else the client would say so with the first request only, and take it for distrust."""
    try:
        ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise uncertified(ca) from error
    return str(ca)
