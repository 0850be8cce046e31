"""The settings, typed and checked at start; nothing else reads the environment."""

import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """One or more settings are wrong; the text has a line for each, with the cure."""


@dataclass(frozen=True)  # no slots: the defaults are read off the class
class Settings:
    """Where data is kept and how the portal behaves; each field is `PORTAL_` and its name in capitals."""

    data: Path = Path("data")  # folder for everything the embedded stores keep
    elasticsearch_url: str | None = None  # unset: the embedded engine
    redis_url: str | None = None  # unset: the embedded Redis
    secret_key: str | None = None  # signs cookies; unset: made at start, so sign-ins end with the process
    timezone: str = "Europe/Amsterdam"  # whose days and hours the pages show
    log_timezone: str = "UTC"  # of log lines that do not say theirs (RFC 3164)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], found: Collection[str] = ()) -> "Settings":
        """Read `PORTAL_*`; raises `SettingsError` with every problem at once, those already `found` first."""
        problems = list(found)
        zones = {field: environ.get(f"PORTAL_{field.upper()}") or getattr(cls, field) for field in ("timezone", "log_timezone")}
        for field, zone in zones.items():
            try:
                zoneinfo.ZoneInfo(zone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                problems.append(f"PORTAL_{field.upper()}: {zone!r} is not a time zone. Use a name such as Europe/Amsterdam or UTC.")
        data = Path(environ.get("PORTAL_DATA") or "data")
        if data.exists() and not data.is_dir():
            problems.append(f"PORTAL_DATA: {data} is a file. Name a folder.")
        if environ.get("PORTAL_ELASTICSEARCH_URL"):
            problems.append("PORTAL_ELASTICSEARCH_URL: this version keeps events in its embedded engine only. Unset it.")
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(
            data=data,
            elasticsearch_url=environ.get("PORTAL_ELASTICSEARCH_URL") or None,
            redis_url=environ.get("PORTAL_REDIS_URL") or None,
            secret_key=environ.get("PORTAL_SECRET_KEY") or None,
            **zones,
        )
