"""What an exchange says of its request, its response and its server."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rig import events, get

pytestmark = pytest.mark.django_db


def started() -> dict[str, Any]:
    return [event for event in events() if event["type"] == "exchange-started"][-1]


def finished() -> dict[str, Any]:
    return [event for event in events() if event["type"] == "exchange-finished"][-1]


def test_what_the_browser_says_of_a_request(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe", "Sec-Purpose": "prefetch"}
    client.get("/get/", headers={**headers, "Host": "shop.localhost:8000", "User-Agent": "Firefox"})
    event = started()
    assert (event["host"], event["site"], event["dest"]) == ("shop.localhost:8000", "cross-site", "iframe")
    assert event["purpose"] == "prefetch"
    first = event["client"]
    client.get("/get/", headers={"Sec-Fetch-Site": "nonsense", "Host": "evil.test", "User-Agent": "Chromium"})
    assert not {"site", "dest", "purpose", "host"} & set(started())
    assert started()["client"] != first
    client.get("/get/", headers={"User-Agent": "Firefox"})
    assert started()["client"] == first
    assert "Firefox" not in repr(events())


@pytest.mark.parametrize("is_last", [True, False])
def test_of_two_cookies_of_one_name_the_last_is_taken(client: Client, is_last: bool) -> None:
    get(client, "/set/")
    key, other = client.cookies["sessionid"].value, "z" * 32
    values = [other, key] if is_last else [key, other]
    client.cookies.clear()
    client.get("/get/", HTTP_COOKIE="; ".join(f"sessionid={value}" for value in values))
    sent = started()["cookie"]
    assert (sent["sent"], sent["taken"]) == (2, "last")
    assert (finished()["verdict"]["record"]["outcome"] == "unchanged") is is_last


def test_what_the_response_says(client: Client) -> None:
    client.get("/moved/")
    assert finished()["location"] == "/cart/"
    assert finished()["cacheControl"] == "max-age=60"
    assert finished()["vary"] == "Cookie"
    assert "headAtMs" not in finished()
    get(client, "/streaming/")
    assert 0 < finished()["headAtMs"] <= finished()["durationMs"]


def test_a_server_is_named(client: Client, settings: Any) -> None:
    client.get("/get/", SERVER_PORT="8123")
    epoch = events()[0]
    assert epoch["server"] == {"name": "tests", "port": 8123}
    assert {"stored", "layer", "client"} <= set(epoch["capabilities"])
    (described,) = epoch["middlewares"]
    assert (described["commit"], len(described["secret"])) == ("automatic", 12)


def test_two_secrets_are_distinguished_and_not_reported(client: Client, settings: Any) -> None:
    from sessionscope.django.companion import companion_of

    before = companion_of().sessions.describe()["secret"]
    assert companion_of().sessions.describe()["secret"] == before
    settings.SECRET_KEY = "another secret of the tests"
    assert companion_of().sessions.describe()["secret"] != before


@pytest.mark.parametrize(
    ("engine", "backend", "where"),
    [
        ("db", "locmem.LocMemCache", "process"),
        ("cached_db", "locmem.LocMemCache", "process"),
        ("cache", "locmem.LocMemCache", "process"),
        ("cache", "filebased.FileBasedCache", "outside"),
        ("cache", "dummy.DummyCache", None),
        ("file", "locmem.LocMemCache", "outside"),
        ("signed_cookies", "locmem.LocMemCache", "cookie"),
    ],
)
def test_where_records_lie(
    settings: Any, monkeypatch: Any, tmp_path: Any, engine: str, backend: str, where: str | None
) -> None:
    """`db`: tests run on a SQLite database in memory, unless they are given another."""
    from sessionscope.django.companion import companion_of

    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": str(tmp_path)}}
    if where == "process" and engine != "cache":
        monkeypatch.setitem(settings.DATABASES["default"], "NAME", ":memory:")
    assert companion_of().sessions.describe().get("recordsIn") == where
