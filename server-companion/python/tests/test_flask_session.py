"""Flask-Session on real stores, and Flask-Login: what is read and written where, and looks that change nothing."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask_session")

from flask_app import PAGES, make_app
from recorded import Recorded
from services import REDIS, needs_redis
from sessionscope.core.viewers import Viewer
from sessionscope.flask.companion import companion_of
from sessionscope.observe.options import Options
from test_flask import bare, get

STORES = ["redis", "sqlalchemy", "cachelib", "filesystem"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(companion_of(Options()))


@contextmanager
def config_of(store: str, folder: Path, prefix: str = "") -> Iterator[dict[str, Any]]:
    """What an app needs to keep sessions in a store of its own, which is emptied at the end."""
    prefix = prefix or f"sessionscope-test-{uuid.uuid4().hex}:"
    config: dict[str, Any] = {"SESSION_KEY_PREFIX": prefix}
    if store == "redis":
        needs_redis()
        import redis

        client = redis.Redis.from_url(REDIS)
        yield {**config, "SESSION_REDIS": client}
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)
        client.close()
        return
    if store == "sqlalchemy":
        config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'sessions.sqlite3'}"
    elif store == "cachelib":
        from cachelib.file import FileSystemCache

        config["SESSION_CACHELIB"] = FileSystemCache(str(folder / "cache"))
    else:
        config["SESSION_FILE_DIR"] = str(folder / "files")
    yield config


@pytest.fixture(params=STORES)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    with config_of(request.param, tmp_path) as config:
        yield make_app(request.param, **config).test_client()


def look(recorded: Recorded, client: Any) -> dict[str, Any]:
    """What the endpoint says of the store's record."""
    (library,) = recorded.companion.libraries
    cookie = client.get_cookie("session", domain="127.0.0.1")
    return dict(library.read_store(cookie.value, Viewer(all=True)))


def test_a_record_from_its_first_save_to_its_end(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    assert recorded.words()[-1] == "save (save_session) framework"
    saved = recorded.last("save")
    assert saved["from"] is None
    assert saved["to"] == recorded.finished[-1]["sessionAfter"]
    assert saved["stored"] | {"_permanent": True} == {"_permanent": True, "name": "john", "cart": {"items": ["A-1"]}}
    assert abs(saved["expiry"]["storeAt"] - time.time() * 1000 - 31 * 86_400_000) < 60_000
    assert recorded.verdict == ("saved", "modified", "set", "modified")
    seen = look(recorded, client)
    assert seen["outcome"] == "found"
    assert seen["state"]["name"] == "john"
    assert abs(seen["expiresAt"] - saved["expiry"]["storeAt"]) < 60_000
    get(client, "/read")
    loaded = recorded.last("load")
    assert (loaded["outcome"], loaded["layer"]) == ("found", "store")
    assert loaded["session"] == saved["to"]
    # Flask-Session moves the record's end with each response, and the cookie's where the session is permanent.
    assert recorded.verdict == ("saved", "refreshed", "set", "refreshed")
    get(client, "/clear")
    assert recorded.verdict == ("deleted", "cleared", "expired", "cleared")
    assert recorded.last("flush")["from"] == saved["to"]
    assert recorded.faults == []


def test_a_nested_change_is_saved_by_the_refresh_alone(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    get(client, "/nest")
    assert recorded.verdict[:2] == ("saved", "refreshed")
    assert "only because" in recorded.finished[-1]["verdict"]["record"]["text"]
    client.application.config["SESSION_REFRESH_EACH_REQUEST"] = False
    get(client, "/nest")
    assert recorded.verdict == ("not-saved", "nested-change", "none", "not-modified")


def test_a_new_key(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    before = recorded.finished[-1]["sessionAfter"]
    get(client, "/regenerate")
    cycled = recorded.last("cycle-key")
    assert (cycled["call"], cycled["actor"], cycled["from"]) == ("regenerate", "app", before)
    assert cycled["source"]["frames"][0]["function"] == "regenerate"
    assert recorded.finished[-1]["sessionAfter"] == cycled["to"] != before
    assert recorded.faults == []


def test_a_record_that_is_gone(client: Any, recorded: Recorded) -> None:
    client.set_cookie("session", "never-in-this-store", domain="127.0.0.1")
    get(client, "/read")
    assert recorded.last("load")["outcome"] == "missing"
    assert recorded.verdict == ("missing", "missing", "none", "refused")
    assert look(recorded, client)["outcome"] == "missing"


def test_a_look_leaves_an_expired_record_where_it_is(tmp_path: Path, recorded: Recorded) -> None:
    """SQLAlchemy's own read deletes it."""
    with config_of("sqlalchemy", tmp_path) as config:
        app = make_app("sqlalchemy", PERMANENT_SESSION_LIFETIME=1, **config)
        client = app.test_client()
        get(client, "/write")
        client.set_cookie("session", client.get_cookie("session", domain="127.0.0.1").value, domain="127.0.0.1")
        time.sleep(1.1)
        for _ in range(2):
            assert look(recorded, client)["outcome"] == "expired"


def test_a_store_that_is_down(recorded: Recorded) -> None:
    import redis

    nowhere = redis.Redis(port=1, socket_connect_timeout=1)
    client = make_app("redis", SESSION_REDIS=nowhere).test_client()
    get(client, "/write")
    assert recorded.verdict == ("failed", "store-error", "not-set", "not-saved")
    client.set_cookie("session", "some-key-of-a-session", domain="127.0.0.1")
    get(client, "/read")
    assert recorded.last("load")["outcome"] == "error"
    assert recorded.verdict[:2] == ("unreadable", "load-error")
    assert not recorded.companion.open


@pytest.mark.parametrize("store", STORES)
def test_the_same_bytes_but_one_header(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask.sessions.SessionInterface.get_expiration_time", lambda *_: None)
    monkeypatch.setattr(
        "flask_session.base.ServerSideSessionInterface._generate_sid", lambda *_: "a-fixed-key-0123456789"
    )
    replies: list[list[Any]] = []
    for is_observed in (True, False):
        folder = tmp_path / str(is_observed)
        folder.mkdir()
        with config_of(store, folder) as config:
            client = make_app(store, is_observed, **config).test_client()
            found = []
            for page in (*PAGES, "/regenerate"):
                reply = get(client, page)
                found.append((page, reply.status_code, reply.data, bare(reply.headers)))
            replies.append(found)
    assert replies[0] == replies[1]


def test_flask_login(recorded: Recorded) -> None:
    """What it does with the session is named by its module; it drops keys by itself where another browser comes."""
    from flask_login import LoginManager, UserMixin, login_required, login_user, logout_user

    app = make_app()
    manager = LoginManager(app)
    manager.session_protection = "strong"

    class User(UserMixin):  # type: ignore[misc]
        id = "7"

    manager.user_loader(lambda _key: User())
    app.add_url_rule("/login", view_func=lambda: str(login_user(User())), endpoint="login")
    app.add_url_rule("/me", view_func=login_required(lambda: "me"), endpoint="me")
    app.add_url_rule("/logout", view_func=lambda: str(logout_user()), endpoint="logout")
    client = app.test_client()
    assert get(client, "/login").data == b"True"
    by_login = [event for event in recorded.operations if event.get("path") == ["_user_id"]]
    assert by_login[0]["reason"].startswith("flask_login.")
    assert get(client, "/me").status_code == 200
    other = get(client, "/me", headers={"User-Agent": "another browser"})
    assert other.status_code == 401
    dropped = [event for event in recorded.operations if event["operation"] == "delete"]
    assert dropped
    assert all(event["reason"].startswith("flask_login.") for event in dropped)
    assert recorded.faults == []
