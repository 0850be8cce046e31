"""The settings, typed and checked at start; nothing else reads the environment."""

import re
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from app import hosts, proxies
from app.mail_settings import mail
from app.provider_settings import provider
from app.safety_settings import SECOND_STEPS, safety

_INDEX: Final = re.compile(r"[a-z][a-z0-9-]{0,60}[a-z0-9]")
_MOST_SHARDS: Final = 64


class SettingsError(Exception):
    """One or more settings are wrong; the text has a line for each, with the cure."""


@dataclass(frozen=True)  # no slots: the defaults are read off the class
class Settings:
    """Where data is kept and how the portal behaves; each field is `PORTAL_` and its name in capitals.

    Those that let people in are left out where the settings are shown.
    """

    data: Path = Path("data")  # folder for everything the embedded stores keep
    elasticsearch_url: str | None = field(default=None, repr=False)  # one or more nodes, parted by commas; unset: the embedded engine
    elasticsearch_api_key: str | None = field(default=None, repr=False)  # in place of user:password@ in the address
    elasticsearch_ca: Path | None = None  # certificate of the authority that signed the nodes' own, where the system does not know it
    elasticsearch_index: str = "portal-events"  # what the names of the indices begin with: two portals on one cluster differ in it
    elasticsearch_shards: int = 1  # parts of each new month's index; docs/deploy.md says when to take more
    redis_url: str | None = field(default=None, repr=False)  # unset: the embedded Redis
    secret_key: str | None = field(default=None, repr=False)  # seals and signs; unset: a file in the data folder
    secret_keys_before: tuple[str, ...] = field(default=(), repr=False)  # earlier keys: what they sealed can still be opened
    second_step: str = SECOND_STEPS[0]  # who has to have an authenticator app: nobody, administrators and operators, or everybody
    rate_limit: str | None = "12000/minute"  # requests of one token in the API; None: as many as there come
    oidc_issuer: str | None = None  # a provider of OpenID Connect through which users may sign in too
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    oidc_client_secret_file: Path | None = None  # in place of the secret itself
    oidc_name: str | None = None  # what the button calls it
    smtp_url: str | None = field(default=None, repr=False)  # the server that takes the portal's mail; unset: links are shown, not sent
    smtp_from: str | None = None  # whom that mail is from
    timezone: str = "Europe/Amsterdam"  # whose days and hours the pages show
    log_timezone: str = "UTC"  # of log lines that do not say theirs (RFC 3164)
    hosts: tuple[str, ...] = ()  # names the portal answers to; none: those of this machine, and what --host says
    metrics_token: str | None = field(default=None, repr=False)  # who has it may read /metrics; unset: nobody
    log: str | None = None  # how: "json" or "text"; unset: text on a terminal, else JSON
    trusted_proxies: proxies.Proxies = proxies.NONE  # whose X-Forwarded-* is believed

    @classmethod
    def from_env(cls, environ: Mapping[str, str], found: Collection[str] = ()) -> "Settings":
        """Read `PORTAL_*`; raises `SettingsError` with every problem at once, those already `found` first."""
        problems = list(found)
        zones: dict[str, Any] = {name: environ.get(f"PORTAL_{name.upper()}") or getattr(cls, name) for name in ("timezone", "log_timezone")}
        for name, zone in zones.items():
            try:
                zoneinfo.ZoneInfo(zone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                problems.append(f"PORTAL_{name.upper()}: {zone!r} is not a time zone. Use a name such as Europe/Amsterdam or UTC.")
        data = Path(environ.get("PORTAL_DATA") or "data")
        if data.exists() and not data.is_dir():
            problems.append(f"PORTAL_DATA: {data} is a file. Name a folder.")
        cluster = _cluster(environ, problems)
        answered = hosts.read(environ.get("PORTAL_HOSTS") or "", problems)
        trusted = proxies.read(environ.get("PORTAL_TRUSTED_PROXIES") or "", problems)
        log = environ.get("PORTAL_LOG") or None
        if log not in {None, "json", "text"}:
            problems.append(f"PORTAL_LOG: {log!r} is no kind of log. Use json or text.")
        parts = safety(environ, cls.rate_limit or "", problems) | provider(environ, problems) | mail(environ, problems)
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(
            data=data,
            **cluster,
            **parts,
            redis_url=environ.get("PORTAL_REDIS_URL") or None,
            **zones,
            hosts=answered,
            log=log,
            trusted_proxies=trusted,
        )


def _cluster(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """The settings of Elasticsearch; what is wrong with them is added to `problems`."""
    url = environ.get("PORTAL_ELASTICSEARCH_URL") or None
    for each in (url or "").split(",") if url else ():
        problem = _problem_of_node(each.strip())
        if problem:
            problems.append(f"PORTAL_ELASTICSEARCH_URL: {problem} Write http(s)://[user:password@]host:port, several with commas between.")
    ca = environ.get("PORTAL_ELASTICSEARCH_CA") or None
    if ca and not Path(ca).is_file():
        problems.append(
            f"PORTAL_ELASTICSEARCH_CA: there is no file {ca}. Name the certificate file of the authority that signed the nodes'."
        )
    if ca and "http://" in (url or ""):
        problems.append(
            "PORTAL_ELASTICSEARCH_URL: an address begins with http://, and PORTAL_ELASTICSEARCH_CA is for https://. "
            "Write https://, or unset the other where the way to the nodes is safe."
        )
    index = environ.get("PORTAL_ELASTICSEARCH_INDEX") or Settings.elasticsearch_index
    if not _INDEX.fullmatch(index):
        problems.append(
            f"PORTAL_ELASTICSEARCH_INDEX: {index!r} cannot begin a name. Use lower-case letters, digits and dashes, a letter first."
        )
    shards = environ.get("PORTAL_ELASTICSEARCH_SHARDS") or str(Settings.elasticsearch_shards)
    if not (shards.isdecimal() and 1 <= int(shards) <= _MOST_SHARDS):
        problems.append(f"PORTAL_ELASTICSEARCH_SHARDS: {shards!r} is not a number from 1 to {_MOST_SHARDS}.")
        shards = "1"
    return {
        "elasticsearch_url": url,
        "elasticsearch_api_key": environ.get("PORTAL_ELASTICSEARCH_API_KEY") or None,
        "elasticsearch_ca": Path(ca) if ca else None,
        "elasticsearch_index": index,
        "elasticsearch_shards": int(shards),
    }


def _problem_of_node(url: str) -> str | None:
    """What is wrong with the address of a node, without repeating a password in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "one of the addresses cannot be read."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "one of the addresses is not one of http:// or https://."
    if port is None:
        return f"{parts.hostname} has no port (Elasticsearch's own is 9200)."
    return "an address has a path." if parts.path.strip("/") else None
