"""A record that can't be read, and one that is gone: what is known of it, by engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import AsyncClient, Client, override_settings

from engines import use_engine
from project import failing_cache
from rig import events, get, last_finished, operations

pytestmark = pytest.mark.django_db

LOCMEM = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
FAILING = {"default": {"BACKEND": "project.failing_cache.FailingCache"}}
DUMMY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def record() -> dict[str, Any]:
    decision: dict[str, Any] = last_finished()["verdict"]["record"]
    return decision


def decided() -> tuple[str, str]:
    return record()["outcome"], record()["reason"]


def load_in(made: list[dict[str, Any]]) -> dict[str, Any]:
    return next(event for event in made if event["operation"] == "load")


@pytest.mark.parametrize("engine", ["db", "cached_db", "file"])
def test_another_secret(client: Client, tmp_path: Path, engine: str) -> None:
    with use_engine(engine, tmp_path):
        get(client, "/set/")
        key = client.cookies["sessionid"].value
        cache.clear()
        with override_settings(SECRET_KEY="another secret"):
            load = load_in(get(client, "/get/"))
            assert (load["outcome"], load["reason"]) == ("unreadable", "invalid-signature")
            assert "state" not in load
            assert decided() == ("unreadable", "unreadable")
            assert "another SECRET_KEY" in record()["text"]
            cache.clear()
            get(client, "/set/")
            assert client.cookies["sessionid"].value == key
            assert decided() == ("saved", "overwrote-unreadable")
            assert load_in(get(client, "/get/"))["outcome"] == "found"


def test_another_secret_where_the_cookie_is_the_record(client: Client, tmp_path: Path) -> None:
    with use_engine("signed_cookies", tmp_path):
        get(client, "/set/")
        with override_settings(SECRET_KEY="another secret"):
            load = load_in(get(client, "/get/"))
        assert (load["outcome"], load["layer"]) == ("invalid-signature", "cookie")
        assert decided() == ("saved", "overwrote-unreadable")


def test_a_record_that_the_serializer_can_not_decode(client: Client, settings: Any) -> None:
    settings.SESSION_SERIALIZER = "project.other_serializer.ReversedSerializer"
    get(client, "/set/")
    settings.SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
    assert load_in(get(client, "/get/"))["reason"] == "malformed"
    assert "SESSION_SERIALIZER can't decode it" in record()["text"]


def test_a_cache_whose_error_django_hides(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.CACHES = FAILING
    with use_engine("cache", tmp_path):
        get(client, "/set/")
        key = client.cookies["sessionid"].value
        failing_cache.is_down = True
        try:
            load = load_in(get(client, "/get/"))
            assert (load["outcome"], load["reason"]) == ("error", "error")
            assert load["error"] == {"name": "ConnectionError", "message": "the cache is down"}
            assert decided() == ("unreadable", "unreadable")
            assert "ConnectionError: the cache is down" in record()["text"]
            # Django takes the session for empty, and has the browser drop its cookie.
            assert client.cookies["sessionid"].value == ""
            client.cookies["sessionid"] = key
            get(client, "/set/")
            assert decided() == ("saved", "unreadable-left-behind")
        finally:
            failing_cache.is_down = False


@pytest.mark.django_db(transaction=True)
async def test_a_cache_that_is_down_in_an_async_view(settings: Any, tmp_path: Path) -> None:
    settings.CACHES = FAILING
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    client = AsyncClient()
    await client.get("/async-first/")
    failing_cache.is_down = True
    try:
        await client.get("/async-caught/")
    finally:
        failing_cache.is_down = False
    load = [event for event in operations() if event["operation"] == "load"][-1]
    assert (load["outcome"], load["error"]["name"]) == ("error", "ConnectionError")


def test_the_cache_of_a_session_is_the_apps_own(client: Client, settings: Any, tmp_path: Path) -> None:
    """What is watched while a record is loaded is no part of the session afterwards."""
    with use_engine("cache", tmp_path) as engine:
        response = client.get("/set/")
        session = response.wsgi_request.session
        assert isinstance(session, engine)
        assert session._cache is vars(session)["_cache"]
        session._cache = "another"
        assert vars(session)["_cache"] == "another"
        del session._cache
        assert not hasattr(session, "_cache")


def test_a_file_that_can_not_be_read(client: Client, tmp_path: Path) -> None:
    with use_engine("file", tmp_path):
        get(client, "/set/")
        file = tmp_path / f"sessionid{client.cookies['sessionid'].value}"
        file.unlink()
        file.mkdir()
        load = load_in(get(client, "/get/"))
        assert (load["outcome"], load["reason"]) == ("error", "error")
        assert load["error"] == {
            "name": "IsADirectoryError",
            "message": "the session's file can't be read: Is a directory",
        }
        assert decided() == ("unreadable", "unreadable")
        file.rmdir()
        client.cookies["sessionid"] = file.name.removeprefix("sessionid")
        assert load_in(get(client, "/get/"))["outcome"] == "missing"


@pytest.mark.django_db(transaction=True)
async def test_a_synchronous_access_in_an_async_view() -> None:
    client = AsyncClient()
    await client.get("/async-first/")
    await client.get("/async-caught/")
    load = [event for event in operations() if event["operation"] == "load"][-1]
    assert (load["outcome"], load["error"]["name"]) == ("error", "SynchronousOnlyOperation")
    assert decided() == ("unreadable", "unreadable")
    assert "aget" in record()["fix"]


def test_dummy_cache(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.CACHES = DUMMY
    with use_engine("cache", tmp_path):
        get(client, "/login/", status=400)
        assert decided() == ("failed", "dummy-cache")
        client.cookies["sessionid"] = "a" * 32
        get(client, "/get/")
        assert decided() == ("missing", "dummy-cache")


def test_a_record_that_the_cache_lost_while_the_request_ran(client: Client, tmp_path: Path) -> None:
    with use_engine("cache", tmp_path):
        get(client, "/cleared-cache/", status=400)
        assert decided() == ("failed", "interrupted")
        assert re.search("had written the record itself.*the cache dropped it", record()["text"])


def test_a_row_that_was_deleted_long_ago(client: Client) -> None:
    get(client, "/set/")
    Session.objects.all().delete()
    get(client, "/clear/", status=400)
    assert decided() == ("failed", "interrupted")
    assert "Nothing in this request had loaded it before" in record()["text"]


def test_a_row_that_is_deleted_while_the_request_runs(client: Client) -> None:
    get(client, "/set/")
    get(client, "/interrupted/", status=400)
    assert "was there when this request loaded it" in record()["text"]


def test_a_password_that_was_changed(client: Client) -> None:
    get(client, "/login/")
    user = User.objects.get()
    user.set_password("another")
    user.save()
    made = get(client, "/user/")
    flush = next(event for event in made if event["operation"] == "flush")
    assert (flush["actor"], flush["reason"]) == ("framework", "django.contrib.auth.get_user")
    assert decided() == ("deleted", "session-hash-differs")
    assert "update_session_auth_hash() was not called" in record()["text"]


def test_a_logout(client: Client) -> None:
    get(client, "/login/")
    get(client, "/logout/")
    assert decided() == ("deleted", "logged-out")


def test_the_end_that_an_engine_of_the_apps_own_works_out(client: Client, settings: Any) -> None:
    settings.SESSION_ENGINE = "project.short_engine"
    made = get(client, "/set/")
    save = next(event for event in made if event["operation"] == "save")
    row = Session.objects.get()
    assert save["expiry"]["storeAt"] == pytest.approx(row.expire_date.timestamp() * 1000, abs=1)
    assert save["expiry"]["storeFrom"] == "get_session_cookie_age()"
    assert last_finished()["expiry"]["storeAt"] == save["expiry"]["storeAt"]


def test_an_end_that_is_not_known(client: Client, settings: Any, tmp_path: Path) -> None:
    """The `file` engine works it out when it loads: an age of the app's own is not asked for on our account."""
    settings.SESSION_ENGINE = "project.short_file_engine"
    settings.SESSION_FILE_PATH = str(tmp_path)
    save = next(event for event in get(client, "/set/") if event["operation"] == "save")
    assert "storeAt" not in save["expiry"]


def test_a_read_says_nothing_of_the_stores_end(client: Client) -> None:
    get(client, "/set/")
    get(client, "/get/")
    assert "storeAt" not in last_finished()["expiry"]


def test_an_expiry_that_is_not_saved_yet_is_not_the_stores(client: Client) -> None:
    get(client, "/expiry/?value=60")
    made = [event for event in events() if event.get("operation") == "set-expiry"]
    assert "storeAt" not in made[0]["expiry"]


@pytest.mark.parametrize(("engine", "layers"), [("db", "store"), ("cache", "cache"), ("file", "store")])
def test_where_a_load_was_answered_from(client: Client, tmp_path: Path, engine: str, layers: str) -> None:
    with use_engine(engine, tmp_path):
        get(client, "/set/")
        assert load_in(get(client, "/get/"))["layer"] == layers


def test_a_cached_record_comes_from_the_cache_or_from_the_database(client: Client, tmp_path: Path) -> None:
    with use_engine("cached_db", tmp_path):
        get(client, "/set/")
        assert load_in(get(client, "/get/"))["layer"] == "cache"
        cache.clear()
        assert load_in(get(client, "/get/"))["layer"] == "store"
        assert load_in(get(client, "/get/"))["layer"] == "cache"


def test_a_save_that_found_no_record_wrote_nothing(client: Client) -> None:
    get(client, "/set/")
    save = next(event for event in get(client, "/interrupted/", status=400) if event["operation"] == "save")
    assert save["outcome"] == "gone"
