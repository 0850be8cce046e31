"""The one way to the cluster: requests as bytes, answers decoded straight into typed records, every client error translated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from elastic_transport import Serializer, TransportError
from elasticsearch import ApiError, Elasticsearch

from store.elastic.failures import problem, unreachable

T = TypeVar("T")

_SECONDS: Final = 60.0  # for an answer: above what a search is given (`store/elastic/search.py`) and a bulk request needs
_RETRIES: Final = 3  # other nodes that are tried where one is away
_AWAY: Final = (429, 502, 503, 504)  # answers of a node that is overloaded or leaving
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


_TYPES: Final = (
    "application/json", "application/x-ndjson", "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson",
)  # fmt: skip


class Cluster:
    """A client of one cluster; safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        secured: dict[str, Any] = {"ca_certs": str(address.ca)} if address.ca else {}
        if address.api_key:
            secured["api_key"] = address.api_key
        client = Elasticsearch(
            list(address.urls), serializers=dict.fromkeys(_TYPES, _Verbatim()), request_timeout=_SECONDS, connections_per_node=32, **secured
        )
        self._client = client
        self._patient = client.options(max_retries=_RETRIES, retry_on_status=_AWAY, retry_on_timeout=False)
        self._once = client.options(max_retries=0, retry_on_status=())

    def ask(  # noqa: PLR0913 - one request, its parts by name
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        answer: type[T] | None = None,
        params: Mapping[str, str | int] | None = None,
        once: bool = False,
        mark: str | None = None,
        timeout: float = _SECONDS,
    ) -> T:
        """The answer to a request, decoded as `answer` (anything, where none is named).

        `body` is encoded as JSON; bytes are lines of JSON already, and so is a sequence of bytes. A request that may not be sent
        twice without a look at what became of it goes `once`; others are tried on other nodes too. `mark` names the task on the cluster,
        `timeout` how many seconds an answer may take.
        Raises `RefusedError` or `UnreachableError` (both are `StoreUnavailableError`).
        """
        client = self._once if once else self._patient
        if timeout != _SECONDS:
            client = client.options(request_timeout=timeout)
        lines = isinstance(body, bytes)
        headers = (_NDJSON if lines else _JSON) | ({"x-opaque-id": mark} if mark else {})
        target = f"{path}?{urlencode(params)}" if params else path
        try:
            given = body if lines or body is None else _ENCODER.encode(body)
            found = client.perform_request(method, target, headers=headers, body=given)
        except ApiError as error:
            raise problem(self.address.shown, error.meta.status, error.body) from error
        except TransportError as error:
            raise unreachable(self.address.shown, error) from error
        return _decoded(found.body, answer)

    def many(
        self, asked: Iterable[tuple[Mapping[str, object], Mapping[str, object]]], answer: type[T], *, mark: str | None = None
    ) -> Sequence[T]:
        """The answers to several searches, which the cluster works on side by side; raises for the first that failed as a whole."""
        body = b"".join(_ENCODER.encode(part) + b"\n" for pair in asked for part in pair)
        found = self.ask("POST", "/_msearch", body, answer=_Answers, mark=mark)
        return [self._one(each, answer) for each in found.responses]

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _one(self, each: msgspec.Raw, answer: type[T]) -> T:
        status = msgspec.json.decode(each, type=_Status)
        if bytes(status.error):
            raise problem(self.address.shown, status.status, bytes(each))
        return msgspec.json.decode(each, type=answer)


class _Answers(msgspec.Struct):
    """What a request for several searches answers."""

    responses: list[msgspec.Raw]


class _Status(msgspec.Struct):
    """Whether one of several searches could be done."""

    status: int = 200
    error: msgspec.Raw = msgspec.Raw()


def _decoded(body: object, answer: type[T] | None) -> T:
    kind: Any = Any if answer is None else answer
    found: T = msgspec.json.decode(body if isinstance(body, bytes) and body else b"{}", type=kind)
    return found
