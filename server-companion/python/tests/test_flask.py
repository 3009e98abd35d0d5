"""Flask's sessions: what each call becomes, the interface's own decision, and that nothing else changes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import itsdangerous
import pytest

pytest.importorskip("flask")

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface

from flask_app import PAGES, make_app
from recorded import Recorded
from sessionscope.flask import observe
from sessionscope.flask.companion import companion_of, current_companion
from sessionscope.flask.verdict import COOKIE_ROWS, RECORD_ROWS
from sessionscope.observe.companion import MAX_LIBRARIES
from sessionscope.observe.options import Options

DOCS = Path(__file__).resolve().parents[3] / "docs" / "flask.md"
BASE = {"base_url": "http://127.0.0.1:8000"}


def get(client: Any, path: str, **more: Any) -> Any:
    response = client.get(path, **BASE, **more)
    # What is streamed is read to its end.
    assert response.data is not None
    response.close()
    return response


@pytest.fixture
def client() -> Any:
    return make_app().test_client()


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(companion_of(Options()))


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_cookies_of_one_name_the_first_is_taken(recorded: Recorded, is_first: bool) -> None:
    app = make_app()
    kept = get(app.test_client(), "/write").headers["Set-Cookie"].split(";")[0]
    values = [kept, "session=junk"] if is_first else ["session=junk", kept]
    get(app.test_client(use_cookies=False), "/read", headers={"Cookie": "; ".join(values)})
    started = [event for event in recorded.events if event["type"] == "exchange-started"][-1]
    assert (started["cookie"]["sent"], started["cookie"]["taken"]) == (2, "first")
    assert (started["cookie"]["signature"] == "valid") is is_first


def test_each_call_is_recorded_with_its_line(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    assert recorded.words() == [
        "create (session) framework",
        "set ([]=) name app",
        "set ([]=) cart app",
        "save (save_session) framework",
    ]
    frame = recorded.last("set")["source"]["frames"][0]
    assert frame["file"].endswith("flask_app.py")
    assert (frame["function"], frame["kind"]) == ("write", "app")
    get(client, "/read")
    assert recorded.words() == ["load (open_session) framework", "get name app", "get (in) cart app"]
    assert recorded.last("load")["state"] == {"name": "john", "cart": {"items": ["A-1"]}}
    get(client, "/miss")
    assert recorded.last("get")["hit"] is False
    get(client, "/change")
    assert [word for word in recorded.words() if not word.startswith(("load", "save"))] == [
        "set (update) a app",
        "set (update) b app",
        "set (update) c app",
        "get (setdefault) a app",
        "set (setdefault) d app",
        "delete (pop) b app",
        "delete (pop) none app",
        "delete (del) c app",
        "get (items) app",
    ]
    get(client, "/nest-marked")
    assert "touch (modified = True) app" in recorded.words()
    get(client, "/permanent")
    assert "set-expiry (permanent = True) _permanent app" in recorded.words()
    assert recorded.faults == []


def test_a_template_is_a_place_of_its_own(recorded: Recorded, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>\n{% block a %}\n{{ session.name }}\n{% endblock %}")
    app = make_app()
    app.template_folder = str(tmp_path)

    @app.route("/page")
    def page() -> str:
        from flask import render_template

        return render_template("page.html")

    client = app.test_client()
    get(client, "/write")
    get(client, "/page")
    frames = recorded.last("get")["source"]["frames"]
    assert frames[0]["file"].endswith("page.html")
    assert frames[0]["line"] == 3
    assert recorded.last("get")["actor"] == "app"
    # One that has no file is the view's that renders it.
    get(client, "/template")
    read = recorded.last("get")
    assert (read["actor"], read["path"], read.get("reason")) == ("app", ["name"], None)
    assert read["source"]["frames"][0]["function"] == "template"
    assert read["source"]["frames"][0]["file"].endswith("flask_app.py")


def test_the_cookie_is_the_record(client: Any, recorded: Recorded) -> None:
    """Lineage over each save; the stored form is what the cookie holds, opened with the app's own secret."""
    get(client, "/types")
    first = recorded.last("save")
    assert first["from"] is None
    assert first["to"] == recorded.finished[-1]["sessionAfter"]
    # Flask's format keeps a tuple, and makes a text of a number that is a key.
    assert first["stored"]["prices"] == {"12": "a"}
    assert first["stored"]["tuple"] == first["state"]["tuple"]
    assert first["bytes"] == len(client.get_cookie("session", domain="127.0.0.1").value)
    get(client, "/change")
    second = recorded.last("save")
    assert second["from"] == first["to"] != second["to"]


def test_a_nested_change_is_not_saved(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    get(client, "/nest")
    assert "set (nested change) cart.items.1 app inferred" in recorded.words()
    assert recorded.verdict == ("not-saved", "nested-change", "none", "not-modified")
    assert "session.modified" in recorded.finished[-1]["verdict"]["record"]["fix"]
    get(client, "/nest-marked")
    assert recorded.verdict == ("saved", "modified", "set", "modified")


def test_a_permanent_session_is_sent_each_time(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    get(client, "/permanent")
    get(client, "/read")
    assert recorded.verdict == ("saved", "refreshed", "set", "refreshed")
    assert recorded.finished[-1]["verdict"]["record"]["setting"] == "SESSION_REFRESH_EACH_REQUEST = True"
    get(client, "/nest")
    assert recorded.verdict == ("saved", "refreshed", "set", "refreshed")
    assert "only because" in recorded.finished[-1]["verdict"]["record"]["text"]
    ends = recorded.finished[-1]["expiry"]
    assert abs(ends["sessionAt"] - ends["cookieAt"]) < 2_000


def test_clear_drops_the_cookie(client: Any, recorded: Recorded) -> None:
    get(client, "/write")
    get(client, "/clear")
    assert recorded.verdict == ("deleted", "cleared", "expired", "cleared")
    assert recorded.words()[-2:] == ["clear app", "flush (delete_cookie) framework"]
    assert "copy of the old cookie" in recorded.finished[-1]["verdict"]["record"]["text"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("/", ("none", "untouched", "none", "empty")),
        ("/read", ("none", "empty", "none", "empty")),
        ("/unfit", ("failed", "not-serializable", "not-set", "not-saved")),
        # Flask saves the session with a 500, too.
        ("/fail", ("saved", "modified", "set", "modified")),
        ("/own-cookie", ("none", "untouched", "set", "app-set")),
        ("/stream", ("not-saved", "after-response", "set", "modified")),
    ],
)
def test_verdicts(client: Any, recorded: Recorded, page: str, expected: tuple[str, ...]) -> None:
    get(client, page)
    assert recorded.verdict == expected
    assert recorded.faults == []
    assert not companion_of(Options()).open


def test_an_error_that_flask_lets_through(recorded: Recorded) -> None:
    client = make_app(PROPAGATE_EXCEPTIONS=True).test_client()
    get(client, "/")
    for _ in range(2):
        with pytest.raises(LookupError):
            get(client, "/fail")
        assert recorded.verdict == ("not-saved", "exception", "not-set", "not-saved")
        assert "LookupError: planted" in recorded.finished[-1]["verdict"]["record"]["text"]
    assert not companion_of(Options()).open


@pytest.mark.parametrize(("value", "outcome"), [(1, "unchanged"), (2, "not-saved")], ids=["the same again", "changed"])
def test_an_error_loses_what_changed_and_nothing_else(recorded: Recorded, value: int, outcome: str) -> None:
    app = make_app(PROPAGATE_EXCEPTIONS=True)

    def first() -> str:
        session["n"] = 1
        return "first"

    def fail() -> str:
        session["n"] = value
        raise LookupError("planted")

    app.add_url_rule("/first", view_func=first)
    app.add_url_rule("/then", view_func=fail)
    client = app.test_client()
    get(client, "/first")
    with pytest.raises(LookupError):
        get(client, "/then")
    assert recorded.verdict[:2] == (outcome, "exception")


def test_no_secret_key(recorded: Recorded) -> None:
    app = make_app()
    app.secret_key = None
    get(app.test_client(), "/read")
    assert recorded.verdict[:2] == ("none", "no-secret-key")


def test_a_refused_cookie(client: Any, recorded: Recorded) -> None:
    other = Flask("other")
    other.secret_key = "another"
    value = other.session_interface.get_signing_serializer(other).dumps({"a": 1})  # type: ignore[attr-defined]
    client.set_cookie("session", value, domain="127.0.0.1")
    get(client, "/read")
    assert recorded.last("load")["outcome"] == "invalid-signature"
    assert recorded.verdict == ("unreadable", "invalid-signature", "none", "refused")


def test_an_expired_cookie(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_app(PERMANENT_SESSION_LIFETIME=10).test_client()
    with monkeypatch.context() as patch:
        patch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: int(time.time()) - 100)
        get(client, "/write")
    get(client, "/read")
    assert recorded.last("load")["outcome"] == "expired"
    assert recorded.verdict == ("missing", "expired", "none", "refused")


# ── nothing else changes ─────────────────────────────────────────────────────


def bare(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name != "Sessionscope"]


def test_the_same_bytes_but_one_header(monkeypatch: pytest.MonkeyPatch) -> None:
    # A cookie's signature is made over the time, and so is its end.
    now = int(time.time())
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: now)
    monkeypatch.setattr("flask.sessions.SessionInterface.get_expiration_time", lambda *_: None)
    observed, plain = make_app().test_client(), make_app(is_observed=False).test_client()
    for _ in range(2):
        for page in PAGES:
            one, other = get(observed, page), get(plain, page)
            assert (one.status_code, one.data) == (other.status_code, other.data), page
            assert bare(one.headers) == bare(other.headers), page
            assert "Sessionscope" in one.headers, page
            assert "Sessionscope" not in other.headers


def test_test_contexts_are_left_alone(recorded: Recorded) -> None:
    app = make_app()
    client = app.test_client()
    with client.session_transaction(**BASE) as session:
        session["name"] = "planted"
    with app.test_request_context("/"):
        from flask import session as current

        current["a"] = 1
    assert recorded.events == []
    assert get(client, "/read").data == b"plantedFalse"


def test_a_fault_of_ours_never_reaches_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionscope.flask import exchange, interface

    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("planted")

    for owner, name in [
        (exchange.Exchange, "start"),
        (exchange.Exchange, "take_session"),
        (exchange.Exchange, "before_save"),
        (exchange.Exchange, "after_save"),
        (exchange.Exchange, "announce"),
        (exchange.Exchange, "finish"),
        (interface, "companion_of"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            client = make_app().test_client()
            assert get(client, "/write").data == b"written", name
            assert get(client, "/read").data == b"johnTrue", name


# ── off ──────────────────────────────────────────────────────────────────────


def test_off_is_the_very_same_object(monkeypatch: pytest.MonkeyPatch) -> None:
    interface = Flask("x").session_interface
    assert observe(interface, enabled=False) is interface
    monkeypatch.setenv("SESSIONSCOPE_ENABLED", "0")
    assert observe(interface) is interface


def test_an_asynchronous_interface_is_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    """As Quart's is: its `open_session` is a coroutine function."""

    class Asynchronous(SecureCookieSessionInterface):
        async def open_session(self, app: Any, request: Any) -> Any:
            return super().open_session(app, request)

    interface = Asynchronous()
    assert observe(interface, enabled=True) is interface
    assert "from sessionscope.quart import observe" in capsys.readouterr().err


@pytest.mark.parametrize(("debug", "testing"), [(False, False), (True, True), (True, False)])
def test_the_app_decides_where_nothing_else_does(debug: bool, testing: bool) -> None:
    app = make_app(is_observed=False)
    given = app.session_interface
    app.session_interface = observe(given)
    assert isinstance(app.session_interface, type(given))
    app.debug, app.testing = debug, testing
    reply = get(app.test_client(), "/write")
    is_on = debug and not testing
    assert ("Sessionscope" in reply.headers) is is_on
    assert (app.session_interface is given) is not is_on
    assert (current_companion() is None) is not is_on


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")
def test_every_row_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    for row in (*RECORD_ROWS, *COOKIE_ROWS):
        assert f"`{row.reason}`" in page


def test_an_app_that_is_made_again_and_again_is_observed_within_a_bound(recorded: Recorded) -> None:
    for _ in range(MAX_LIBRARIES + 3):
        response = get(make_app().test_client(), "/write")
    assert response.status_code == 200
    assert "sessionscope" not in response.headers
    assert len(recorded.companion.libraries) == MAX_LIBRARIES
    assert len(recorded.faults) == 1
