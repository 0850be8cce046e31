"""The settings of a provider of OpenID Connect, read from the environment and checked."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_MOST: Final = 10_000  # characters of a file with a secret
_NAMES: Final = ("PORTAL_OIDC_ISSUER", "PORTAL_OIDC_CLIENT_ID", "PORTAL_OIDC_CLIENT_SECRET or PORTAL_OIDC_CLIENT_SECRET_FILE")


def provider(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """The settings `oidc_*`; what is wrong with them is added to `problems`. Either all that is needed is there, or nothing."""
    issuer = environ.get("PORTAL_OIDC_ISSUER") or None
    client = environ.get("PORTAL_OIDC_CLIENT_ID") or None
    file = environ.get("PORTAL_OIDC_CLIENT_SECRET_FILE") or None
    secret = environ.get("PORTAL_OIDC_CLIENT_SECRET") or (_content(Path(file), problems) if file else None)
    missing = [name for name, value in zip(_NAMES, (issuer, client, secret), strict=True) if value is None]
    if missing and len(missing) < len(_NAMES):
        problems.append(f"{', '.join(missing)}: missing, while others of OpenID Connect are there. Set all three, or none.")
    if issuer is not None and not safe(issuer):
        problems.append("PORTAL_OIDC_ISSUER: write https:// and the name of the provider, as it calls itself, without ? or #.")
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": client,
        "oidc_client_secret": secret,
        "oidc_client_secret_file": Path(file) if file else None,
        "oidc_name": (environ.get("PORTAL_OIDC_NAME") or "").strip()[:40] or None,
    }


def safe(url: str) -> bool:
    """Whether something may be asked at an address: over TLS, or on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and (host == "localhost" or _loopback(host)))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _content(file: Path, problems: list[str]) -> str | None:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(_MOST).strip() or None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        problems.append(f"PORTAL_OIDC_CLIENT_SECRET_FILE: {file} cannot be read: {why}. Mend or remove it.")
        return None
