"""`GET /api/v1/openapi.json`: the API as an OpenAPI 3.1 document, for programs that make clients and tests from it."""

from functools import cache

import msgspec
from flask import Blueprint, Response, request

from app import params
from app.openapi.paths import paths
from app.openapi.shapes import shapes
from app.version import VERSION

blueprint = Blueprint("openapi", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document; the same for everybody."""
    params.once(request.args.lists(), ())
    return Response(_document(), mimetype="application/json")


@cache
def _document() -> bytes:
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Management Portal",
                "version": VERSION,
                "description": "An unknown parameter, or one that is given twice, is an error. Blank ones count as left out.",
            },
            "paths": paths(),
            "security": [{"token": []}],
            "components": {
                "schemas": shapes(),
                "securitySchemes": {key: {"type": "http", "scheme": "bearer"} for key in ("token", "metrics")},
            },
        }
    )
