"""An address as a part of a path: it may hold slashes, and begin with one (RFC 5321 lets a local part do so)."""

from flask import Flask
from werkzeug.routing import BaseConverter


class AddressConverter(BaseConverter):
    """Whatever stands there; the store says whether it is an address."""

    regex = ".+?"
    part_isolating = False
    weight = 200  # as werkzeug's own for paths: what is named more exactly comes first


def init_app(app: Flask) -> None:
    """Make `<address:...>` known to the routes, and leave slashes alone: `//a@x.nl` is not `/a@x.nl`, which may be somebody else's."""
    app.url_map.converters["address"] = AddressConverter
    app.url_map.merge_slashes = False
