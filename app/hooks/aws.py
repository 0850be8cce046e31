"""What the portal asks of Amazon SNS: its certificates, and that it sends to this portal from now on. Nothing else is asked of anybody."""

import threading
import time
from typing import Final

import requests

from app.hooks.sns import of_aws

_PATIENCE: Final = 5.0  # seconds
_LONGEST: Final = 1 << 16  # bytes of an answer; a certificate has some 2,000
_CHUNK: Final = 4096  # bytes
_FRESH: Final = 24 * 3600.0  # seconds that a certificate is kept
_MOST: Final = 50  # certificates: one a region and year


class AwsError(Exception):
    """Amazon SNS is away or answers something else; the text says what."""


class Aws:
    """Amazon SNS over https: no redirects, not for long, and no more of an answer than it may have."""

    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._lock = threading.Lock()

    def certificate(self, address: str) -> bytes:
        """The certificate at an address of Amazon SNS, as PEM. Raises `AwsError`."""
        with self._lock:
            at, known = self._kept.get(address, (float("-inf"), b""))
        if time.monotonic() - at < _FRESH:
            return known
        found = self._get(address)
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[address] = time.monotonic(), found
        return found

    def confirm(self, address: str) -> None:
        """Confirm a subscription by its address. Raises `AwsError`."""
        self._get(address)

    def _get(self, address: str) -> bytes:
        if not of_aws(address):
            raise AwsError("the address is none of Amazon SNS")
        try:
            with self._session.get(address, timeout=_PATIENCE, allow_redirects=False, stream=True) as answer:
                if answer.status_code != requests.codes.ok:
                    raise AwsError(f"Amazon SNS answers {answer.status_code}")
                body = b""
                for chunk in answer.iter_content(_CHUNK):
                    body += chunk
                    if len(body) > _LONGEST:
                        raise AwsError("Amazon SNS answers more than a certificate")
                return body
        except requests.RequestException as error:
            raise AwsError(f"Amazon SNS does not answer: {type(error).__name__}") from error
