"""What goes over the wire: pages and JSON are compressed; exports stream as they are, and static files see to themselves."""

from typing import Final

from flask import Flask
from flask_compress import Compress

_SETTINGS: Final = {
    "COMPRESS_MIMETYPES": ["text/html", "application/json"],
    "COMPRESS_ALGORITHM": ["br", "gzip"],
    "COMPRESS_BR_LEVEL": 6,
    "COMPRESS_STREAMS": False,
}


def init_app(app: Flask) -> None:
    """Compress the answers of this application that are worth it."""
    app.config.update(_SETTINGS)
    Compress(app)
