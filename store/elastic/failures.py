"""Turns what the client and the cluster say into the store's own errors: what is wrong and what to do, never in the engine's words."""

from pathlib import Path
from typing import Final

import msgspec
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError

from store.elastic.names import GUARD
from store.errors import StoreUnavailableError
from store.said import Said, say

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_SERVER: Final = 500
# Elasticsearch's names of what is wrong with a document, and not with the cluster.
_OF_THE_DOCUMENT: Final = frozenset(
    ("document_parsing_exception", "mapper_parsing_exception", "strict_dynamic_mapping_exception", "illegal_argument_exception")
)
_BAD: Final = 400
_NOT_IT: Final = "What answers at {} is not Elasticsearch 9, or stands before it. Correct PORTAL_ELASTICSEARCH_URL."


class UnreachableError(StoreUnavailableError):
    """No node could be asked, or (`silent`) one did not answer in time; what was sent may have been done."""

    def __init__(self, message: str, *, silent: bool = False) -> None:
        super().__init__(message)
        self.silent = silent


class RefusedError(StoreUnavailableError):
    """The cluster answered that it will not or cannot; `kind` is its own name of the reason, `detail` its words, for the log."""

    def __init__(self, message: str, status: int, kind: str, detail: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.detail = detail

    @property
    def passing(self) -> bool:
        """Whether the same request may well be taken a little later."""
        return self.status in {_TOO_MANY, 502, 503, 504} or self.blocked

    @property
    def blocked(self) -> bool:
        """Whether an index takes no events because it is being replaced, or has been, by another version."""
        return _writing_is_blocked(self.kind, self.detail) or GUARD in self.detail

    @property
    def of_the_document(self) -> bool:
        """Whether it is this document that cannot be taken as it is, so that others can."""
        return self.kind in _OF_THE_DOCUMENT and not self.blocked

    @property
    def missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == _NOT_FOUND


class ClusterWordsError(Exception):
    """What the cluster itself said: the cause of a `RefusedError`, which goes to the log and to nobody else."""


class _Cause(msgspec.Struct):
    type: str = ""
    reason: str | None = ""
    root_cause: list["_Cause"] = []
    caused_by: "_Cause | None" = None


class _Body(msgspec.Struct):
    error: _Cause | str | None = None


def problem(cluster: str, status: int, body: object) -> RefusedError:
    """The error for an answer that is none: `body` is what the cluster sent with this HTTP status."""
    if status < _BAD:
        return RefusedError(_NOT_IT.format(cluster), status, "", "")
    cause = _cause(body)
    kind, detail = cause.type, cause.reason or ""
    for inner in (*cause.root_cause, cause.caused_by):
        if inner is not None and inner.reason:
            kind, detail = inner.type, f"{detail}; {inner.reason}" if detail != inner.reason else detail
            break
    error = RefusedError(_sentence(cluster, status, kind, detail), status, kind, detail)
    error.__cause__ = ClusterWordsError(f"status {status}, {kind}: {detail}")
    return error


def unreachable(cluster: str, error: TransportError) -> UnreachableError:
    """The error for no answer at all."""
    if isinstance(error, TlsError):
        return UnreachableError(f"Elasticsearch at {cluster} {_insecure(error.message)}")
    if isinstance(error, ConnectionTimeout):
        return UnreachableError(
            say("Elasticsearch at %(cluster)s did not answer in time. It may be overloaded: try again in a moment.", cluster=cluster),
            silent=True,
        )
    if isinstance(error, SerializationError):
        return foreign(cluster)
    if "http://" in cluster and "without response" in error.message:  # what a port with TLS does with what is none
        return UnreachableError(
            say(
                "Elasticsearch at %(cluster)s hung up without an answer. Try again in a moment; if it has TLS, "
                "write https:// in PORTAL_ELASTICSEARCH_URL.",
                cluster=cluster,
            )
        )
    return UnreachableError(
        say("Elasticsearch at %(cluster)s cannot be reached. Start it, or correct PORTAL_ELASTICSEARCH_URL.", cluster=cluster)
    )


def foreign(cluster: str) -> UnreachableError:
    """The error for an answer that is not Elasticsearch's."""
    return UnreachableError(_NOT_IT.format(cluster))


def uncertified(ca: Path) -> StoreUnavailableError:
    """The error for a certificate file that is none."""
    return StoreUnavailableError(
        f"PORTAL_ELASTICSEARCH_CA: {ca} holds no certificate that can be read. Name the file of the authority that signed the nodes' own."
    )


def full(detail: str) -> bool:
    """Whether these words of the cluster say that its disk is full."""
    return "flood-stage" in detail or "disk usage exceeded" in detail or "read_only_allow_delete" in detail


def _insecure(reason: str) -> str:
    """What is wrong with TLS and what to do: the first of these that fits OpenSSL's words."""
    cases = (
        (
            "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason,
            "does not speak TLS on this port. Write http:// in PORTAL_ELASTICSEARCH_URL, or have it speak TLS.",
        ),
        ("mismatch" in reason, "has a certificate for another name or address. Use one that it is for in PORTAL_ELASTICSEARCH_URL."),
        (
            "expired" in reason,
            "has a certificate that is no longer valid. Renew it there, and the file in PORTAL_ELASTICSEARCH_CA if need be.",
        ),
        (
            True,
            (
                "has a certificate that is not trusted here, so the connection would not be secure. "
                "Name the file of the authority that signed it in PORTAL_ELASTICSEARCH_CA."
            ),
        ),
    )
    return next(sentence for fits, sentence in cases if fits)


def _sentence(cluster: str, status: int, kind: str, detail: str) -> Said:
    """What is wrong and what to do. A block on writing has the status of a missing right, so it is looked for first."""
    return _of_writing(cluster, status, kind, detail) or _of_access(cluster, status, detail) or _of_the_rest(cluster, status)


def _of_writing(cluster: str, status: int, kind: str, detail: str) -> Said | None:
    """Why nothing can be written, where that is it."""
    if full(detail):
        return say(
            "Elasticsearch at %(cluster)s has a full disk, so it takes no more events. Free some space there and go on.", cluster=cluster
        )
    if _writing_is_blocked(kind, detail) or GUARD in detail:
        return say(
            "Elasticsearch at %(cluster)s takes no events at the moment: they are being moved to a new index. "
            "If this lasts for more than a minute, a reindex was interrupted: `portal reindex --resume` finishes it.",
            cluster=cluster,
        )
    if "shards open" in detail:
        return say(
            "Elasticsearch at %(cluster)s may hold no more indices. `portal expire` removes old months; "
            "or add a node, or raise cluster.max_shards_per_node.",
            cluster=cluster,
        )
    if status == _TOO_LARGE:
        return say(
            "Elasticsearch at %(cluster)s takes no request as large as one of these events. Raise http.max_content_length there.",
            cluster=cluster,
        )
    return None


def _of_access(cluster: str, status: int, detail: str) -> Said | None:
    """Why the portal is not let in, where that is it."""
    if status == _UNAUTHORIZED and "missing authentication" in detail:
        return say(
            "Elasticsearch at %(cluster)s does not let the portal in. "
            "Put user:password@ into PORTAL_ELASTICSEARCH_URL, or a key into PORTAL_ELASTICSEARCH_API_KEY.",
            cluster=cluster,
        )
    if status == _UNAUTHORIZED:
        return say(
            "Elasticsearch at %(cluster)s does not know this user with this password, or this key. "
            "Correct them in PORTAL_ELASTICSEARCH_URL or PORTAL_ELASTICSEARCH_API_KEY.",
            cluster=cluster,
        )
    if status == _FORBIDDEN:
        return say(
            "Elasticsearch at %(cluster)s does not allow this user what the portal needs. Give it the rights that docs/deploy.md lists.",
            cluster=cluster,
        )
    return None


def _of_the_rest(cluster: str, status: int) -> Said:
    """What else a cluster refuses: for lack of room or of nodes, or what the portal should not have asked."""
    if status == _TOO_MANY:
        return say(
            "Elasticsearch at %(cluster)s has too much to do, or too little memory for this. "
            "Try again in a moment, or ask for a shorter time.",
            cluster=cluster,
        )
    if status >= _SERVER:
        return say(
            "Elasticsearch at %(cluster)s could not answer: part of the cluster is away. Try again in a moment; `portal check` tells more.",
            cluster=cluster,
        )
    return say(
        "Elasticsearch at %(cluster)s did not take a request of the portal (status %(status)s). "
        "The log of the portal has its reason; `portal check` tells more.",
        cluster=cluster,
        status=str(status),
    )


def _writing_is_blocked(kind: str, detail: str) -> bool:
    return kind == "cluster_block_exception" and "index write" in detail


def _cause(body: object) -> _Cause:
    try:
        error = msgspec.json.decode(body, type=_Body).error if isinstance(body, bytes) else None
    except msgspec.DecodeError:
        error = None  # a proxy's page, say
    return error if isinstance(error, _Cause) else _Cause(reason=error if isinstance(error, str) else "")
