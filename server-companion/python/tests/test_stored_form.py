"""The record as the store has it: what the next load gives, with its true size, by engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from engines import ENGINES, use_engine
from rig import events, get
from sessionscope.core.viewers import Viewer
from sessionscope.django.companion import companion_of

pytestmark = pytest.mark.django_db

#: What `/int-keys/` stores, as JSON keeps it.
AS_JSON = {"cart": {"12": {"qty": 1}}, "pair": [1, 2], "7": "seven"}


def first(made: list[dict[str, Any]], operation: str) -> dict[str, Any]:
    return next(event for event in made if event["operation"] == operation)


def size_in_store(engine: str, key: str, folder: Path) -> int:
    """As the store itself says it."""
    if engine in ("db", "cached_db"):
        return len(Session.objects.get(session_key=key).session_data)
    if engine == "file":
        return (folder / f"sessionid{key}").stat().st_size
    if engine == "cache":
        memory: Any = cache
        return len(memory._cache[cache.make_key(f"django.contrib.sessions.cache{key}")])
    return len(key)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("page", ["/set/", "/nested/", "/int-keys/", "/rows/"])
def test_the_next_load_gives_what_was_stored(client: Client, tmp_path: Path, engine: str, page: str) -> None:
    with use_engine(engine, tmp_path):
        save = first(get(client, page), "save")
        key = client.cookies["sessionid"].value
        load = first(get(client, "/get/"), "load")
        assert load["digest"] == save["digest"]
        assert load["state"] == save["stored"]
        if "bytes" in save:
            assert save["bytes"] == size_in_store(engine, key, tmp_path)
        # All but those whose cache keeps objects, where more than a bounded copy would have to be made to know.
        assert "bytes" in save or (engine, page) == ("cache", "/rows/")
        assert load.get("bytes", save.get("bytes")) == save.get("bytes")


@pytest.mark.parametrize("engine", ["db", "cache", "file", "signed_cookies"])
def test_a_load_has_the_size_of_the_record_whatever_is_in_memory(client: Client, tmp_path: Path, engine: str) -> None:
    with use_engine(engine, tmp_path):
        save = first(get(client, "/int-keys/"), "save")
        loads = [event for event in get(client, "/loaded-again/") if event["operation"] == "load"]
    assert [load["bytes"] for load in loads] == [save["bytes"]]


@pytest.mark.parametrize("engine", ["db", "file", "signed_cookies"])
def test_what_json_changes_is_distinguished(client: Client, tmp_path: Path, engine: str) -> None:
    with use_engine(engine, tmp_path):
        save = first(get(client, "/int-keys/"), "save")
    assert save["stored"] == AS_JSON
    state = {entry[0]: entry[1] for entry in save["state"]["entries"]}
    assert save["state"]["$"] == "map"
    assert state["cart"] == {"$": "map", "entries": [[12, {"qty": 1}]], "size": 1}
    assert state["pair"] == {"$": "array", "class": "tuple", "items": [1, 2], "size": 2}
    assert state[7] == "seven"


def test_a_cache_keeps_the_very_types(client: Client, tmp_path: Path) -> None:
    with use_engine("cache", tmp_path):
        save = first(get(client, "/int-keys/"), "save")
    assert save["stored"] == save["state"]
    assert save["stored"]["$"] == "map"


def test_a_cached_record_changes_its_types_when_the_cache_loses_it(client: Client, tmp_path: Path) -> None:
    with use_engine("cached_db", tmp_path):
        save = first(get(client, "/int-keys/"), "save")
        assert save["stored"] == save["state"]
        cache.clear()
        load = first(get(client, "/get/"), "load")
        assert (load["layer"], load["state"]) == ("store", AS_JSON)


@pytest.mark.parametrize(
    ("backend", "engine"), [("dummy.DummyCache", "cached_db"), ("locmem.LocMemCache", "project.engine")]
)
def test_other_caches_and_engines(client: Client, settings: Any, backend: str, engine: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    settings.SESSION_ENGINE = engine if "." in engine else f"django.contrib.sessions.backends.{engine}"
    assert first(get(client, "/int-keys/"), "save")["stored"] == AS_JSON


def test_a_cache_of_which_nothing_is_known(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.CACHES = {"default": {"BACKEND": "project.failing_cache.FailingCache"}}
    with use_engine("cache", tmp_path):
        save = first(get(client, "/set/"), "save")
    assert "stored" not in save
    assert "bytes" not in save
    assert save["state"] == {"username": "john_doe", "is_logged_in": True}


def test_a_serializer_of_the_apps_own_is_not_run(client: Client, settings: Any) -> None:
    settings.SESSION_SERIALIZER = "project.other_serializer.ReversedSerializer"
    save = first(get(client, "/set/"), "save")
    assert "stored" not in save
    assert save["bytes"] == len(Session.objects.get().session_data)


@pytest.mark.parametrize("page", ["/cycle/", "/created/"])
def test_a_new_key_has_a_record_too(client: Client, page: str) -> None:
    get(client, "/set/")
    made = get(client, page)
    written = first(made, "create" if page == "/created/" else "cycle-key")
    assert written["stored"] == written["state"] == {"username": "john_doe", "is_logged_in": True}
    assert written["bytes"] > 0


def test_the_stored_form_can_be_asked_for(client: Client) -> None:
    get(client, "/rows/")
    save = [event for event in events() if event.get("operation") == "save"][-1]
    log = companion_of().log
    assert log.value(save["seq"], "stored", ["rows", 500, "sku"], False, Viewer(all=True)) == 500


def test_a_sealed_cookie_lasts_its_usual_age_whatever_the_session_says(client: Client, tmp_path: Path) -> None:
    with use_engine("signed_cookies", tmp_path):
        made = get(client, "/expiry/?value=60")
    expiry = next(event for event in made if event["operation"] == "save")["expiry"]
    now = time.time() * 1000
    assert expiry["sessionAt"] == pytest.approx(now + 60_000, abs=20_000)
    assert expiry["storeAt"] == pytest.approx(now + settings.SESSION_COOKIE_AGE * 1000, abs=20_000)
    assert expiry["storeFrom"] == "SESSION_COOKIE_AGE"
