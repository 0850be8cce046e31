"""A node of the cluster that is not trusted again before it has answered something small."""

from typing import Any, Final

from elastic_transport import ConnectionTimeout, HttpHeaders, NodeConfig, Urllib3HttpNode
from elastic_transport._node._base import NodeApiResponse
from elastic_transport.client_utils import DEFAULT

_SECONDS: Final = 2.0  # for the small answer


class WaryNode(Urllib3HttpNode):
    """Its connections, and whether it has been silent.

    A node that hangs takes connections and answers nothing, so each request that tries it again would wait to the end of its time. After a
    first one has, the next ones ask whether the node answers at all, and go to another where it does not.
    """

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._silent = False

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: Any = DEFAULT,  # noqa: ANN401 - the client's own signature
    ) -> NodeApiResponse:
        """Ask the node."""
        if self._silent:
            self._wake(headers)
        try:
            return super().perform_request(method, target, body, headers, request_timeout)
        except ConnectionTimeout:
            self._silent = True
            raise

    def _wake(self, headers: HttpHeaders | None) -> None:
        """See whether it answers again; anything will do. Raises `ConnectionTimeout` soon where not, so that another one is asked."""
        super().perform_request("GET", "/", None, headers, _SECONDS)
        self._silent = False
