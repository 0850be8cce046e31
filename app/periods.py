"""The time range of a search in words, and the ranges that are one click away."""

from collections.abc import Mapping

from app.language import gettext


def presets() -> list[tuple[str, str | None]]:
    """The ranges to choose from, each in words and as the value of `range`; None is all time."""
    return [(words, span) for span, words in _spans().items()] + [(gettext("All time"), None)]


def ends(arguments: Mapping[str, str]) -> dict[str, str]:
    """What the date fields stand for where they are empty."""
    span = arguments.get("range")
    start = gettext("%(span)s ago", span=_spans().get(span, span)) if span else gettext("the first")
    return {"from": start, "to": gettext("now")}


def words(arguments: Mapping[str, str]) -> str:
    """The time range of a search in words."""
    span, start, end = (arguments.get(name) for name in ("range", "from", "to"))
    if span:
        return gettext("in the last %(span)s", span=_spans().get(span, span))
    if start and end:
        return gettext("from %(start)s to %(end)s", start=start, end=end)
    if start:
        return gettext("from %(start)s", start=start)
    return gettext("to %(end)s", end=end) if end else gettext("over all time")


def _spans() -> dict[str, str]:
    """The ranges up to now that have words of their own."""
    return {
        "24h": gettext("24 hours"),
        "7d": gettext("7 days"),
        "30d": gettext("30 days"),
        "1y": gettext("1 year"),
    }
