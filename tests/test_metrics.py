"""Figures for Prometheus: who may have them, what they count, and that they are those of all workers."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from inside import portal_of
from prometheus_client.parser import text_string_to_metric_families
from serving import serving

from app.settings import Settings, SettingsError
from store.embedded import EmbeddedStore

TOKEN = "0123456789abcdef-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched(mail_store: EmbeddedStore) -> FlaskClient:
    """A client of a portal with figures."""
    return portal_of(mail_store, settings=Settings(metrics_token=TOKEN)).test_client()


def figures(text: str) -> dict[tuple[str, ...], float]:
    """The samples of an answer: the name and the values of its labels, and its value."""
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \u00e9"])
def test_only_who_has_the_token_is_answered(watched: FlaskClient, given: str | None) -> None:
    """Anything else is a 401 that says what to send."""
    answer = watched.get("/metrics", headers={} if given is None else {"Authorization": given.encode().decode("latin-1")})
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_without_a_token_nothing_is_there(client: FlaskClient) -> None:
    """Not from loopback either: behind a proxy everybody comes from there."""
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 404
    assert "PORTAL_METRICS_TOKEN" in answer.json["error"]["message"]


def test_requests_are_counted_by_the_pattern_of_their_route(watched: FlaskClient) -> None:
    """So there are few figures and no person in them."""
    before = figures(watched.get("/metrics", headers=BEARER).text)
    for name in ("jan@two.example", "eva@two.example"):
        watched.get(f"/events/{name}").close()
    watched.get("/nothing").close()
    text = watched.get("/metrics", headers=BEARER).text
    after = figures(text)
    key = ("portal_requests_total", "GET", "/events/<path:event_id>", "404")
    assert after[key] == before.get(key, 0) + 2
    assert ("portal_requests_total", "GET", "none", "404") in after
    assert after["portal_request_seconds_count", "/events/<path:event_id>"] >= 2
    assert "two.example" not in text


def test_engines_and_version_are_told(watched: FlaskClient) -> None:
    """1 for an engine that is up."""
    found = figures(watched.get("/metrics", headers=BEARER).text)
    assert found["portal_up", "events"] == 1
    assert any(name[0] == "portal_build_info" and "embedded" in name for name in found)


@pytest.mark.parametrize("token", ["short", "a b c d e f g h i j k l", "\u00e9" * 20])
def test_a_weak_token_is_a_problem_of_the_settings(token: str) -> None:
    """It is not repeated."""
    with pytest.raises(SettingsError, match=r"PORTAL_METRICS_TOKEN: ") as refused:
        Settings.from_env({"PORTAL_METRICS_TOKEN": token})
    assert token not in str(refused.value)
    assert TOKEN not in repr(Settings(metrics_token=TOKEN))


def test_the_figures_are_those_of_all_workers(tmp_path: Path) -> None:
    """Whichever of them is asked; an engine that is away is 0."""
    with serving(tmp_path, {"PORTAL_METRICS_TOKEN": TOKEN}, "--workers", "3") as served:
        for _ in range(12):
            served.get("/healthz")
        served.get("/nothing")
        (tmp_path / "data" / "events").rename(tmp_path / "aside")
        head, _, text = served.get("/metrics", f"Authorization: Bearer {TOKEN}").partition(b"\r\n\r\n")
    assert re.search(rb"Content-Type: text/plain; version=", head)
    found = figures(text.decode())
    assert found["portal_requests_total", "GET", "/healthz", "200"] == 12
    assert found["portal_requests_total", "GET", "none", "404"] == 1
    assert (found["portal_up", "events"], found["portal_up", "accounts"]) == (0, 1)
