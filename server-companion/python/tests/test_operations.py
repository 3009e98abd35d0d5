"""What each call on `request.session` becomes in the log, and how Django's decision is recorded."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.conf import settings
from django.test import AsyncClient, Client

from conformance.django_subject import DjangoHost
from engines import ENGINES, use_engine
from rig import events, faults, get, last_finished, operations, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_faults() -> Any:
    yield
    assert faults() == []


def verdict() -> tuple[str, str, str, str]:
    record, cookie = last_finished()["verdict"]["record"], last_finished()["verdict"]["cookie"]
    return record["outcome"], record["reason"], cookie["outcome"], cookie["reason"]


def named(made: list[dict[str, Any]]) -> list[str]:
    return [words(event) for event in made]


def first(made: list[dict[str, Any]], operation: str) -> dict[str, Any]:
    return next(event for event in made if event["operation"] == operation)


def test_two_keys_set(client: Client) -> None:
    made = get(client, "/set/")
    assert named(made) == [
        "create (session) framework",
        "set ([]=) username app",
        "set ([]=) is_logged_in app",
        "save framework",
    ]
    frame = made[1]["source"]["frames"][0]
    line = frame.pop("line")
    frame.pop("column", None)
    assert frame == {"file": "project/views.py", "function": "set_session", "kind": "app"}
    with open(settings.BASE_DIR / "project" / "views.py") as source:
        assert source.readlines()[line - 1].strip() == 'request.session["username"] = "john_doe"'
    save = made[3]
    assert save["state"] == {"username": "john_doe", "is_logged_in": True}
    assert (save["from"], save["to"]) == (None, save["session"])
    assert save["reason"] == "modified"
    assert verdict() == ("saved", "modified", "set", "modified")
    finished = last_finished()
    assert (finished["sessionBefore"], finished["sessionAfter"]) == (None, save["session"])
    attributes = finished["verdict"]["cookie"]["attributes"]
    assert attributes["httpOnly"] is True
    assert attributes["sameSite"] == "lax"
    assert attributes["maxAge"] == settings.SESSION_COOKIE_AGE


def test_the_record_bytes_are_those_of_the_store(client: Client) -> None:
    from django.contrib.sessions.models import Session

    save = first(get(client, "/set/"), "save")
    assert save["bytes"] == len(Session.objects.get().session_data)
    load = first(get(client, "/get/"), "load")
    assert (load["bytes"], load["digest"]) == (save["bytes"], save["digest"])


def test_reading_changes_nothing(client: Client) -> None:
    get(client, "/set/")
    made = get(client, "/get/")
    assert named(made) == ["load framework", "get username app", "get is_logged_in app"]
    assert made[0]["outcome"] == "found"
    assert [event["after"] for event in made[1:]] == ["john_doe", True]
    assert verdict() == ("unchanged", "not-modified", "none", "not-modified")


def test_untouched(client: Client) -> None:
    assert get(client, "/untouched/") == []
    assert verdict() == ("none", "untouched", "none", "empty")
    get(client, "/set/")
    assert get(client, "/untouched/") == []
    assert verdict()[:2] == ("unchanged", "untouched")


def test_every_method(client: Client) -> None:
    assert named(get(client, "/methods/")) == [
        "create (session) framework",
        "set (setdefault) a app",
        "get (setdefault) a app",
        "set (update) b app",
        "set (update) c app",
        "delete (pop) b app",
        "delete (pop) none app",
        "get (in) a app",
        "get (in) c app",
        "get (keys) app",
        "get (items) app",
        "delete (del) c app",
        "set (set_test_cookie) testcookie app",
        "get (test_cookie_worked) testcookie app",
        "delete (delete_test_cookie) testcookie app",
        "get ([]) missing app",
        "save framework",
    ]


def test_a_nested_change_that_nobody_marked(client: Client) -> None:
    get(client, "/nested/")
    made = get(client, "/nested/")
    inferred = made[-1]
    assert words(inferred) == "set (nested change) cart.items.0.qty app"
    assert (inferred["before"], inferred["after"], inferred["inferred"]) == (1, 2, True)
    read = next(event for event in made if event["seq"] == inferred["via"])
    assert words(read) == "get ([]) cart app"
    assert inferred["source"] == read["source"]
    assert verdict()[:2] == ("not-saved", "nested-change")
    assert "modified = True" in last_finished()["verdict"]["record"]["fix"]


def test_a_nested_change_that_was_marked(client: Client) -> None:
    get(client, "/nested/")
    made = get(client, "/nested-marked/")
    assert named(made)[2:] == [
        "touch (modified = True) app",
        "set (nested change) cart.items.0.qty app",
        "save framework",
    ]
    assert made[-1]["state"]["cart"]["items"][0]["qty"] == 2
    assert verdict()[:2] == ("saved", "modified")


def test_flush_clear_and_rotation(client: Client) -> None:
    name = get(client, "/set/")[-1]["session"]
    cycle = first(get(client, "/cycle/"), "cycle-key")
    assert cycle["from"] == name
    assert cycle["to"] != name
    assert cycle["state"] == {"username": "john_doe", "is_logged_in": True}
    assert last_finished()["sessionAfter"] == cycle["to"]
    assert named(get(client, "/clear/")) == ["clear app", "save framework"]
    get(client, "/set/")
    flush = first(get(client, "/flush/"), "flush")
    assert (flush["from"], flush["to"]) == (cycle["to"], None)
    assert verdict() == ("deleted", "flushed", "expired", "empty")
    assert last_finished()["sessionAfter"] is None


def test_expiry(client: Client) -> None:
    made = get(client, "/expiry/?value=60")
    expiry = first(made, "set-expiry")
    assert expiry["path"] == ["_session_expiry"]
    assert expiry["expiry"]["sessionAt"] == pytest.approx(expiry["at"] + 60_000, abs=2_000)
    save = first(made, "save")
    assert save["expiry"]["storeFrom"] == "set_expiry"
    clocks = last_finished()["expiry"]
    assert clocks["cookieAt"] == pytest.approx(clocks["storeAt"], abs=2_000)
    gone = first(get(client, "/expiry/?value=none"), "set-expiry")
    assert gone["before"] == 60
    assert "after" not in gone
    get(client, "/expiry/?value=0")
    assert last_finished()["expiry"]["cookieAt"] is None


def test_a_change_after_cycle_key_is_lost_with_a_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "conformance.django_subject")

    def fail(session: Any) -> None:
        session.cycle_key()
        session["late"] = True
        raise LookupError("planted")

    host = DjangoHost()
    host.visit(lambda session: session.update({"name": "john"}))
    assert host.visit(fail).status == 500
    assert verdict()[:2] == ("not-saved", "server-error")


def test_a_server_error_saves_nothing(client: Client) -> None:
    get(client, "/error/", status=503)
    assert verdict() == ("not-saved", "server-error", "not-set", "server-error")
    assert last_finished()["verdict"]["cookie"]["due"] is True


@pytest.mark.parametrize(
    ("draft", "outcome"), [("x", ("saved", "app-saved")), ("y", ("not-saved", "server-error"))], ids=["same", "changed"]
)
@pytest.mark.parametrize("saves", ["save", "cycle_key"])
def test_what_changed_after_the_apps_own_save_is_lost_with_a_server_error(
    client: Client, saves: str, draft: str, outcome: tuple[str, str]
) -> None:
    made = get(client, f"/saved-error/?by={saves}&draft={draft}", status=503)
    assert verdict()[:2] == outcome
    # The record lies in the store under the key that it was saved by.
    kept = next(event for event in made if event["operation"] in ("save", "cycle-key"))
    assert last_finished()["sessionAfter"] == kept["to"]


def test_nothing_is_lost_with_a_server_error_where_nothing_had_changed(client: Client) -> None:
    get(client, "/set/")
    get(client, "/get/")
    get(client, "/saved-error/?touch=1", status=503)
    assert verdict()[:2] == ("unchanged", "server-error")


def test_what_was_saved_and_then_flushed_is_deleted_whatever_the_status(client: Client) -> None:
    get(client, "/saved-error/?by=save&flush=1", status=503)
    assert verdict()[:2] == ("deleted", "flushed")


def test_a_value_that_json_cannot_hold(client: Client) -> None:
    made = get(client, "/unfit/", status=500)
    assert first(made, "save")["error"]["name"] == "TypeError"
    assert verdict()[:2] == ("failed", "not-serializable")
    assert "user (object)" in last_finished()["verdict"]["record"]["text"]


def test_a_session_that_was_deleted_meanwhile(client: Client) -> None:
    get(client, "/set/")
    made = get(client, "/interrupted/", status=400)
    assert first(made, "save")["error"]["name"] == "UpdateError"
    assert verdict() == ("failed", "interrupted", "none", "failed")
    missing = first(get(client, "/get/"), "load")
    assert missing["outcome"] == "missing"
    assert verdict() == ("missing", "missing", "expired", "empty")


def test_save_every_request(client: Client, settings: Any) -> None:
    get(client, "/set/")
    settings.SESSION_SAVE_EVERY_REQUEST = True
    made = get(client, "/untouched/")
    assert made[-1]["reason"] == "save-every-request"
    assert verdict() == ("saved", "save-every-request", "set", "save-every-request")
    assert last_finished()["verdict"]["record"]["setting"] == "SESSION_SAVE_EVERY_REQUEST = True"


def test_contrib_code_is_the_framework_under_its_own_name(client: Client) -> None:
    made = get(client, "/login/")
    user = next(event for event in made if event.get("path") == ["_auth_user_id"] and event["operation"] == "set")
    assert (user["actor"], user["reason"]) == ("framework", "django.contrib.auth.login")
    # Which line of the app asked for it is recorded anyway.
    assert user["source"]["frames"][0]["function"] == "log_in"
    recorded = next(event for event in get(client, "/message/") if event["operation"] == "set")
    assert (recorded["actor"], recorded["reason"]) == ("framework", "django.contrib.messages.storage.session")
    assert recorded["source"]["frames"][0]["kind"] == "library"


def test_behind_a_proxy_that_speaks_https_the_header_names_the_socket(client: Client, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    response = client.get("/set/", headers={"X-Forwarded-Proto": "https"})
    assert 'at="http://127.0.0.1:80"' in response.headers["Sessionscope"]
    assert [event["protocol"] for event in events() if event["type"] == "exchange-started"] == ["https"]


def test_the_engines_own_calls_are_not_reported_twice(client: Client) -> None:
    """`setdefault` sets by `[]=`, the test cookie's calls by `get` and `del`: one operation each."""
    for made in (get(client, "/methods/"), get(client, "/methods/")):
        assert not [event for event in made if event["call"] == "[]="]
        assert len([event for event in made if event.get("path") == ["testcookie"]]) == 3


def test_an_event_that_can_not_be_sent_is_reported_as_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionscope.django import exchange

    def fail(_facts: Any) -> Any:
        raise RuntimeError("planted")

    client.get("/set/")
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "judge", fail)
        recorded = events()
        assert [event["seq"] for event in recorded] == list(range(1, len(recorded) + 1))
        assert (recorded[-1]["type"], recorded[-1]["where"]) == ("fault-noted", "event")
        assert "planted" not in recorded[-1]["message"]
    assert events()[-1]["type"] == "exchange-finished"


def test_a_template_is_a_source(client: Client) -> None:
    get(client, "/set/")
    made = get(client, "/template/")
    places = [
        (frame["file"], frame["line"])
        for event in made
        if event["operation"] == "get"
        for frame in event["source"]["frames"][:1]
    ]
    assert places == [("project/templates/session.html", 1), ("project/templates/session.html", 2)]
    assert {event["actor"] for event in made if event["operation"] == "get"} == {"app"}


def test_what_a_stream_stores_comes_after_the_decision(client: Client) -> None:
    made = get(client, "/streaming/")
    assert named(made)[-2:] == ["save framework", "set ([]=) late app"]
    assert made[-1]["seq"] < last_finished()["seq"]
    assert first(get(client, "/template/"), "load")["state"] == {"streamed": 1}


def test_a_bare_store_elsewhere_is_seen_by_its_save(client: Client) -> None:
    made = get(client, "/elsewhere/")
    assert named(made) == ["save (Session.save) app"]
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store["task"] = 1
    store.save()
    event = operations()[-1]
    assert (event["actor"], event["exchange"], event["stored"]) == ("background", None, {"task": 1})


@pytest.mark.parametrize(("engine", "said"), [("db", "shown as background"), ("cache", "no signal of it")])
def test_what_can_not_be_seen_is_said(client: Client, settings: Any, engine: str, said: str) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    get(client, "/set/")
    assert said in events()[0]["middlewares"][0]["settings"]["not seen"]


def test_secrets_are_held_back_wherever_they_lie(client: Client) -> None:
    get(client, "/secret/")
    assert "canary-value-of-a-secret" not in repr(events())
    assert '"by": "name"' in repr(events()).replace("'", '"')


def test_a_record_that_was_tampered_with(client: Client) -> None:
    from django.contrib.sessions.models import Session

    get(client, "/set/")
    Session.objects.update(session_data="eyJhIjoxfQ:1abcde:wrong-signature")
    load = first(get(client, "/get/"), "load")
    assert (load["outcome"], load["reason"]) == ("unreadable", "invalid-signature")
    Session.objects.update(session_data="")
    assert first(get(client, "/get/"), "load")["outcome"] == "found"


def test_an_expired_file_is_seen(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.file"
    settings.SESSION_FILE_PATH = str(tmp_path)
    from django.contrib.sessions.backends.file import SessionStore

    if "_storage_path" in vars(SessionStore):
        del SessionStore._storage_path
    get(client, "/set/")
    settings.SESSION_COOKIE_AGE = -10
    made = get(client, "/get/")
    assert named(made)[:2] == ["load framework", "expire (load) framework"]
    assert made[0]["outcome"] == "expired"


def test_signed_cookies_name_a_new_session_with_every_save(client: Client, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    one = first(get(client, "/set/"), "save")
    made = get(client, "/nested/")
    two = first(made, "save")
    assert made[0]["outcome"] == "found"
    assert two["from"] == one["to"]
    assert two["to"] != one["to"]
    started = [event for event in events() if event["type"] == "exchange-started"][-1]
    assert started["cookie"]["signature"] == "valid"
    client.cookies["sessionid"] = "forged:cookie:value"
    get(client, "/get/")
    started = [event for event in events() if event["type"] == "exchange-started"][-1]
    assert started["cookie"] == {"name": "sessionid", "sent": 1, "signature": "invalid"}


if django.VERSION >= (5, 1):
    # The twins came with 5.1: before it there is nothing to see, and nothing to skip.
    @pytest.mark.django_db(transaction=True)
    async def test_the_twins_are_seen() -> None:
        client = AsyncClient()
        before = len(events())
        response = await client.get("/async/")
        assert response.content == b"True"
        made = [event for event in events()[before:] if event["type"] == "operation-recorded"]
        assert named(made) == [
            "create (session) framework",
            "set (aset) a app",
            "set (update) b app",
            "get (aget) a app",
            "delete (apop) b app",
            "get (aget) a app",
            "set (aset) c app",
            "set-expiry (aset_expiry) _session_expiry app",
            "cycle-key (acycle_key) app",
            "get (in) a app",
            "save framework",
        ]
        assert made[1]["source"]["frames"][0]["function"] == "asynchronous"


def test_an_engine_of_the_apps_own(client: Client, settings: Any) -> None:
    settings.SESSION_ENGINE = "project.engine"
    save = first(get(client, "/set/"), "save")
    assert first(get(client, "/get/"), "load")["state"] == save["state"]
    from django.contrib.sessions.models import Session

    from project.engine import SessionStore

    # The record was signed under the engine's own name: the bare engine reads it.
    assert SessionStore(Session.objects.get().session_key)["username"] == "john_doe"


def test_an_error_in_the_store_passes_through_once(client: Client, settings: Any) -> None:
    settings.SESSION_ENGINE = "project.broken_engine"
    client.raise_request_exception = True
    with pytest.raises(OSError, match="the store is down") as caught:
        client.get("/get/")
    from project.broken_engine import ERROR

    assert caught.value is ERROR
    load = first(operations(), "load")
    assert (load["outcome"], load["reason"]) == ("error", "error")
    assert load["error"] == {"name": "OSError", "message": "the store is down"}


def _fail_after(act: Any) -> Any:
    def fail(session: Any) -> None:
        act(session)
        raise LookupError("planted")

    return fail


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("begin", [lambda s: s.save(), lambda s: s.update({"name": "john"})], ids=["empty", "full"])
def test_what_was_cleared_without_being_loaded_is_compared_only_where_the_record_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, engine: str, begin: Any
) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "conformance.django_subject")
    with use_engine(engine, tmp_path / "sessions"):
        host = DjangoHost()
        host.visit(begin)
        is_empty = verdict()[0] == "saved" and operations()[-1]["keys"] == 0
        assert host.visit(_fail_after(lambda session: session.clear())).status == 500
        known = "unchanged" if is_empty else "not-saved"
        assert verdict()[:2] == (known if engine == "signed_cookies" else "not-compared", "server-error")


def test_a_session_that_was_only_marked_as_changed_loses_nothing_with_a_server_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "conformance.django_subject")
    host = DjangoHost()
    host.visit(lambda session: session.update({"name": "john"}))
    host.visit(_fail_after(lambda session: setattr(session, "modified", True)))
    assert verdict()[:2] == ("unchanged", "server-error")


def test_a_record_that_the_app_deleted_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "conformance.django_subject")
    host = DjangoHost()
    host.visit(lambda session: session.update({"name": "john"}))

    def act(session: Any) -> None:
        session["name"] = "john"
        session.delete()

    host.visit(_fail_after(act))
    assert verdict()[:2] == ("not-saved", "server-error")


class _Cancelled(BaseException):
    """As asyncio's own, which passes every handler of Django's."""


@pytest.mark.parametrize(
    ("name", "saves", "outcome"),
    [
        ("john", False, "unchanged"),
        ("jane", False, "not-saved"),
        ("john", True, "saved"),
        ("jane", True, "not-saved"),
    ],
)
def test_a_request_that_is_cancelled_loses_what_changed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, name: str, saves: bool, outcome: str
) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "conformance.django_subject")
    host = DjangoHost()
    host.visit(lambda session: session.update({"name": "john"}))

    def act(session: Any) -> None:
        if saves:
            session.save()
        session["name"] = name
        raise _Cancelled

    with pytest.raises(_Cancelled):
        host.visit(act)
    assert verdict()[0] == outcome
