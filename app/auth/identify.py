"""Finds out who makes a request: a program with a token, or a browser with a session."""

import time
from collections import OrderedDict
from threading import Lock
from typing import Final

from flask import request

from app.auth import cookie
from app.viewer import Viewer
from store.customers import Directory
from store.customers.secrets import digest
from store.errors import AccountsUnavailableError

_BEARER: Final = "Bearer "
_API: Final = ("/api/",)
HOOKS: Final = "/hooks/"
_GRACE: Final = 15 * 60.0  # seconds
_REMEMBERED: Final = 10_000


class Known:
    """Whom the directory knows. While Redis is away, those whom this process has seen in the last quarter of an hour: events work then."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._seen: OrderedDict[str, tuple[float, Viewer]] = OrderedDict()
        self._lock = Lock()

    def __call__(self) -> Viewer | None:
        """Who makes the request at hand; a token counts in the API only, and is not made up for by a session.

        Providers can be told an address and nothing else: where they send, the token is the last part of it.
        """
        if request.path.startswith(HOOKS):
            return self._with_token(request.path.rpartition("/")[2])
        header = request.headers.get("Authorization")
        if header is not None and request.path.startswith(_API):
            return self._with_token(header.removeprefix(_BEARER).strip()) if header.startswith(_BEARER) else None
        secret = cookie.secret()
        return None if secret is None else self._with_session(secret)

    def _with_token(self, secret: str) -> Viewer | None:
        key = digest(secret)
        try:
            found = self._directory.by_token(secret)
        except AccountsUnavailableError as error:
            return self._remembered(key, error)
        return self._noted(key, None if found is None else Viewer.program(*found))

    def _with_session(self, secret: str) -> Viewer | None:
        key = digest(secret)
        try:
            found = self._directory.by_session(secret)
        except AccountsUnavailableError as error:
            return self._remembered(key, error)
        return self._noted(key, None if found is None or not found.session.whole else Viewer.person(found))

    def _noted(self, key: str, viewer: Viewer | None) -> Viewer | None:
        with self._lock:
            self._seen.pop(key, None)
            if viewer is not None:
                self._seen[key] = time.monotonic(), viewer
                while len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
        return viewer

    def _remembered(self, key: str, away: AccountsUnavailableError) -> Viewer:
        """Whom this process knew; raises what is wrong where it knew nobody."""
        with self._lock:
            at, viewer = self._seen.get(key, (float("-inf"), None))
        if viewer is None or time.monotonic() - at > _GRACE:
            raise away
        return viewer
