"""A real provider of OpenID Connect (Canaille) on 127.0.0.1, as a process of its own: python oidc_provider.py, which prints its address.

The redirect address of its one client is the portal's, which is only known later; any port of this machine is taken for it.
"""

import secrets
import sys
from typing import Final

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT: Final = "portal"
SECRET: Final = "a secret of the client, for tests"
PASSWORD: Final = "violet tractors sing to nobody"
PORTAL: Final = "http://localhost/sign-in/back"
# The name there, the address, and whether the provider says that it is theirs.
PEOPLE: Final = (
    ("eva", "eva@shop.example", True),
    ("evas-other-name", "eva@shop.example", True),
    ("doubtful", "jan@shop.example", False),
    ("stranger", "stranger@elsewhere.example", True),
)


def main() -> None:
    """Serve until it is ended."""
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [b""], threaded=True)
    issuer = f"http://localhost:{server.server_port}"
    app = create_app(
        config={
            "SECRET_KEY": secrets.token_hex(),
            "SERVER_NAME": f"localhost:{server.server_port}",
            "PREFERRED_URL_SCHEME": "http",
            "WTF_CSRF_ENABLED": False,
            "CANAILLE": {
                "JAVASCRIPT": False,
                "HTMX": False,
                "MAX_PASSWORD_LENGTH": 100,
                "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc", "edit_self"], "READ": [], "WRITE": []}},
            },
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048).as_dict(private=True)], "TRUSTED_DOMAINS": ["portal.example"]},
        }
    )
    mapping = app.config["CANAILLE_OIDC"]["USERINFO_MAPPING"]
    mapping["EMAIL_VERIFIED"] = "{% if user.title == 'verified' %}true{% endif %}"
    with app.app_context(), Backend.instance.session():
        for name, address, verified in PEOPLE:
            user = models.User(
                user_name=name,
                family_name=name,
                formatted_name=name,
                emails=[address],
                password=PASSWORD,
                title="verified" if verified else "not",
            )
            Backend.instance.save(user)
        client = models.Client(
            client_id=CLIENT,
            client_secret=SECRET,
            client_name="The portal",
            client_uri="https://portal.example",
            redirect_uris=[PORTAL],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "email"],
            token_endpoint_auth_method="client_secret_basic",
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)
    server.app = app
    sys.stdout.write(f"{issuer}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
