"""The texts that the modules in static/js/ say, in the reader's language; the layout hands them over as JSON."""

from flask import Flask

from app.language import gettext


def texts() -> dict[str, str]:
    """Name -> text; what stands in braces is filled in by the module that says it."""
    return {
        "no_answer": gettext("The server did not answer. Nothing was changed."),
        "again": gettext("Try again"),
        "suggestions": gettext("Suggestions"),
        "suggested": gettext("Suggestions: {number}"),
        "forget": gettext("Forget these searches"),
        "no_chart": gettext("The counts and the chart did not come. The list is not affected."),
        "one_event": gettext("%(number)s event", number="{number}"),
        "events": gettext("%(number)s events", number="{number}"),
        "selected": gettext("selected"),
        "zoom": gettext("Release or press Enter to zoom in"),
        "copied": gettext("Copied"),
        "not_copied": gettext("This browser does not let the page copy. Select the text instead."),
        "only": gettext("Only this"),
        "without": gettext("Without this"),
        "new": gettext("{number} new"),
        "came": gettext("New events: {number}"),
        "searching": gettext("Searching…"),
        "stop": gettext("Stop"),
        "stopped": gettext("Stopped. The list is as it was."),
    }


def init_app(app: Flask) -> None:
    """Give the templates the texts."""
    app.jinja_env.globals["script_texts"] = texts
