"""Quart's sessions: what each call becomes, the interface's own decision, and that nothing else changes."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import itsdangerous
import pytest

pytest.importorskip("quart")

from quart import Quart, session
from quart.sessions import SecureCookieSessionInterface
from quart.testing.connections import WebsocketResponseError

from quart_app import PAGES, make_app
from recorded import Recorded
from sessionscope.flask.verdict import COOKIE_ROWS
from sessionscope.observe import mapping_calls
from sessionscope.observe.companion import MAX_LIBRARIES
from sessionscope.observe.options import Options
from sessionscope.quart import observe
from sessionscope.quart.companion import companion_of, current_companion
from sessionscope.quart.verdict import RECORD_ROWS

DOCS = Path(__file__).resolve().parents[3] / "docs" / "quart.md"
HEADERS = {"Host": "127.0.0.1:8000"}
SCOPE = {"server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50_000)}


class Page:
    """A response, read to its end."""

    def __init__(self, response: Any, data: bytes) -> None:
        self.status_code: int = response.status_code
        self.headers = response.headers
        self.data = data


async def get(client: Any, path: str, headers: dict[str, str] | None = None) -> Page:
    response = await client.get(path, headers={**HEADERS, **(headers or {})}, scope_base=SCOPE)
    return Page(response, await response.get_data(as_text=False))


def cookie_of(client: Any) -> Any:
    return next((cookie for cookie in client.cookie_jar if cookie.name == "session"), None)


@pytest.fixture
def client() -> Any:
    return make_app().test_client()


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(companion_of(Options()))


async def test_each_call_is_recorded_with_its_line(client: Any, recorded: Recorded) -> None:
    await get(client, "/write")
    assert recorded.words() == [
        "create (session) framework",
        "set ([]=) name app",
        "set ([]=) cart app",
        "save (save_session) framework",
    ]
    frame = recorded.last("set")["source"]["frames"][0]
    assert frame["file"].endswith("quart_app.py")
    assert (frame["function"], frame["kind"]) == ("write", "app")
    await get(client, "/read")
    assert recorded.words() == ["load (open_session) framework", "get name app", "get (in) cart app"]
    assert recorded.last("load")["state"] == {"name": "john", "cart": {"items": ["A-1"]}}
    await get(client, "/miss")
    assert recorded.last("get")["hit"] is False
    await get(client, "/change")
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
    await get(client, "/nest-marked")
    assert "touch (modified = True) app" in recorded.words()
    await get(client, "/permanent")
    assert "set-expiry (permanent = True) _permanent app" in recorded.words()
    await get(client, "/thread")
    assert recorded.last("set")["source"]["frames"][0]["function"] == "write_in_thread"
    await get(client, "/template")
    read = recorded.last("get")
    assert (read["actor"], read["path"]) == ("app", ["name"])
    assert read["source"]["frames"][0]["function"] == "template"
    assert recorded.faults == []


async def test_the_process_is_named(client: Any, recorded: Recorded) -> None:
    await get(client, "/write")
    epoch = [event for event in recorded.events if event["type"] == "epoch-started"][-1]
    assert epoch["framework"].startswith("quart 0.")
    assert epoch["server"]["port"] == 8000
    (middleware,) = epoch["middlewares"]
    assert (middleware["library"], middleware["store"], middleware["cookieNames"]) == ("quart", "cookie", ["session"])


async def test_the_cookie_is_the_record(client: Any, recorded: Recorded) -> None:
    """Lineage over each save; the stored form is what the cookie holds, opened with the app's own secret."""
    await get(client, "/types")
    first = recorded.last("save")
    assert first["from"] is None
    assert first["to"] == recorded.finished[-1]["sessionAfter"]
    assert first["stored"]["prices"] == {"12": "a"}
    assert first["stored"]["tuple"] == first["state"]["tuple"]
    assert first["bytes"] == len(cookie_of(client).value)
    await get(client, "/change")
    second = recorded.last("save")
    assert second["from"] == first["to"] != second["to"]
    (library,) = recorded.companion.libraries
    from sessionscope.core.viewers import Viewer

    assert library.read_store(cookie_of(client).value, Viewer(all=True))["state"]["a"] == 1


async def test_a_nested_change_is_not_saved(client: Any, recorded: Recorded) -> None:
    await get(client, "/write")
    await get(client, "/nest")
    assert "set (nested change) cart.items.1 app inferred" in recorded.words()
    assert recorded.verdict == ("not-saved", "nested-change", "none", "not-modified")
    record = recorded.finished[-1]["verdict"]["record"]
    assert "session.modified" in record["fix"]
    assert "Quart notices only assignments" in record["text"]
    await get(client, "/nest-marked")
    assert recorded.verdict == ("saved", "modified", "set", "modified")


async def test_a_permanent_session_is_sent_each_time(client: Any, recorded: Recorded) -> None:
    await get(client, "/write")
    await get(client, "/permanent")
    await get(client, "/read")
    assert recorded.verdict == ("saved", "refreshed", "set", "refreshed")
    assert recorded.finished[-1]["verdict"]["record"]["setting"] == "SESSION_REFRESH_EACH_REQUEST = True"
    ends = recorded.finished[-1]["expiry"]
    assert abs(ends["sessionAt"] - ends["cookieAt"]) < 2_000


async def test_clear_drops_the_cookie(client: Any, recorded: Recorded) -> None:
    await get(client, "/write")
    await get(client, "/clear")
    assert recorded.verdict == ("deleted", "cleared", "expired", "cleared")
    assert recorded.words()[-2:] == ["clear app", "flush (delete_cookie) framework"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("/", ("none", "untouched", "none", "empty")),
        ("/read", ("none", "empty", "none", "empty")),
        ("/unfit", ("failed", "not-serializable", "not-set", "not-saved")),
        # Quart saves the session with a 500, too.
        ("/fail", ("saved", "modified", "set", "modified")),
        ("/own-cookie", ("none", "untouched", "set", "app-set")),
        ("/stream", ("not-saved", "after-response", "set", "modified")),
    ],
)
async def test_verdicts(client: Any, recorded: Recorded, page: str, expected: tuple[str, ...]) -> None:
    await get(client, page)
    assert recorded.verdict == expected
    assert recorded.faults == []
    assert not companion_of(Options()).open


@pytest.mark.parametrize("config", [{"DEBUG": True}, {"PROPAGATE_EXCEPTIONS": True}])
async def test_an_error_that_quart_lets_through(recorded: Recorded, config: dict[str, bool]) -> None:
    client = make_app(**config).test_client()
    await get(client, "/")
    for _ in range(2):
        if "DEBUG" in config:
            assert b"LookupError" in (await get(client, "/fail")).data
        else:
            with pytest.raises(LookupError):
                await get(client, "/fail")
        assert recorded.verdict == ("not-saved", "exception", "not-set", "not-saved")
        assert "LookupError: planted" in recorded.finished[-1]["verdict"]["record"]["text"]
        assert recorded.finished[-1]["status"] == 500
    assert not companion_of(Options()).open


async def test_a_websocket_saves_nothing(client: Any, recorded: Recorded) -> None:
    async with client.websocket("/ws", headers=HEADERS) as connection:
        assert await connection.receive() == "socket"
    started = [event for event in recorded.events if event["type"] == "exchange-started"][-1]
    assert (started["kind"], started["path"]) == ("websocket", "/ws")
    assert recorded.finished[-1]["status"] == 101
    assert recorded.verdict == ("not-saved", "websocket", "not-set", "not-saved")
    assert "set ([]=) name app" in recorded.words()
    # The same value again loses nothing.
    await get(client, "/write")
    async with client.websocket("/ws", headers=HEADERS) as connection:
        await connection.receive()
    assert recorded.verdict == ("not-saved", "websocket", "none", "not-saved")
    assert recorded.faults == []
    assert not companion_of(Options()).open


async def test_a_websocket_whose_app_fails(client: Any, recorded: Recorded) -> None:
    async with client.websocket("/ws-fail", headers=HEADERS) as connection:
        assert await connection.receive() == "one"
    assert recorded.verdict[:2] == ("not-saved", "websocket")
    assert recorded.faults == []


async def test_a_websocket_that_is_refused_answers_as_a_request_does(client: Any, recorded: Recorded) -> None:
    with pytest.raises(WebsocketResponseError) as refused:
        async with client.websocket("/ws-refused", headers=HEADERS) as connection:
            await connection.receive()
    assert refused.value.response.status_code == 401
    assert recorded.finished[-1]["status"] == 401
    assert recorded.verdict == ("saved", "modified", "set", "modified")


async def test_no_secret_key(recorded: Recorded) -> None:
    app = make_app()
    app.secret_key = None
    await get(app.test_client(), "/read")
    assert recorded.verdict[:2] == ("none", "no-secret-key")


async def test_a_refused_cookie(client: Any, recorded: Recorded) -> None:
    other = Quart("other")
    other.secret_key = "another"
    value = other.session_interface.get_signing_serializer(other).dumps({"a": 1})
    client.set_cookie("127.0.0.1:8000", "session", value)
    await get(client, "/read", {"Cookie": f"session={value}"})
    assert recorded.last("load")["outcome"] == "invalid-signature"
    assert recorded.verdict == ("unreadable", "invalid-signature", "none", "refused")


async def test_an_expired_cookie(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_app(PERMANENT_SESSION_LIFETIME=10).test_client()
    with monkeypatch.context() as patch:
        patch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: int(time.time()) - 100)
        await get(client, "/write")
    await get(client, "/read")
    assert recorded.last("load")["outcome"] == "expired"
    assert recorded.verdict == ("missing", "expired", "none", "refused")


# ── nothing else changes ─────────────────────────────────────────────────────


def bare(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() != "sessionscope"]


async def test_the_same_bytes_but_one_header(monkeypatch: pytest.MonkeyPatch) -> None:
    # A cookie's signature is made over the time, and so is its end.
    now = int(time.time())
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: now)
    monkeypatch.setattr("quart.sessions.SessionInterface.get_expiration_time", lambda *_: None)
    observed, plain = make_app().test_client(), make_app(is_observed=False).test_client()
    for _ in range(2):
        for page in PAGES:
            one, other = await get(observed, page), await get(plain, page)
            assert (one.status_code, one.data) == (other.status_code, other.data), page
            assert bare(one.headers) == bare(other.headers), page
            assert "Sessionscope" in one.headers, page
            assert "Sessionscope" not in other.headers


async def test_test_contexts_are_left_alone(recorded: Recorded) -> None:
    app = make_app()
    client = app.test_client()
    async with client.session_transaction(headers=HEADERS) as planted:
        planted["name"] = "planted"
    async with app.test_request_context("/"):
        session["a"] = 1
    assert recorded.events == []
    assert (await get(client, "/read")).data == b"plantedFalse"


async def test_quart_auth_keeps_its_user_in_a_cookie_of_its_own(recorded: Recorded) -> None:
    """It uses no session: nothing of it is recorded, and it works as it does."""
    quart_auth = pytest.importorskip("quart_auth")
    app = make_app(QUART_AUTH_COOKIE_SECURE=False)
    quart_auth.QuartAuth(app)

    @app.route("/login")
    async def login() -> str:
        quart_auth.login_user(quart_auth.AuthUser("2"))
        return "in"

    @app.route("/me")
    @quart_auth.login_required
    async def me() -> str:
        return str(quart_auth.current_user.auth_id)

    client = app.test_client()
    assert (await get(client, "/me")).status_code == 401
    login_reply = await get(client, "/login")
    assert login_reply.headers["Set-Cookie"].startswith("QUART_AUTH=")
    assert (await get(client, "/me")).data == b"2"
    assert recorded.operations == []
    assert recorded.verdict == ("none", "untouched", "none", "empty")


async def test_a_fault_of_ours_never_reaches_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionscope.quart import exchange, interface

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
            assert (await get(client, "/write")).data == b"written", name
            assert (await get(client, "/read")).data == b"johnTrue", name


async def test_five_hundred_requests_at_once_are_not_mixed_up() -> None:
    """Each waits between its write and its read while the others do theirs."""
    recorded = Recorded(companion_of(Options(limits={"events": 20_000})))
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    count = 500
    app = make_app()

    @app.route("/number/<int:number>")
    async def page(number: int) -> str:
        session["number"] = number
        await asyncio.sleep(chance.random() / 100)
        return str(session["number"])

    async def visit(number: int) -> None:
        client = app.test_client(use_cookies=False)
        assert (await get(client, f"/number/{number}")).data == str(number).encode()

    await asyncio.gather(*map(visit, range(count)))
    paths = {e["exchange"]: e["path"] for e in recorded.events if e["type"] == "exchange-started"}
    seen: dict[str, list[Any]] = {}
    for event in recorded.operations:
        if event.get("path") == ["number"]:
            seen.setdefault(event["exchange"], []).append(event["after"])
    assert len(seen) == len(paths) == count
    assert all(values == [int(paths[exchange].rpartition("/")[2])] * 2 for exchange, values in seen.items())
    assert not recorded.companion.open
    assert not mapping_calls._observed


async def test_a_reader_that_goes_ends_its_request(recorded: Recorded) -> None:
    """Quart cancels the task; what the app changed was not saved."""
    app = make_app()
    began = asyncio.Event()

    @app.route("/slow")
    async def slow() -> str:
        session["name"] = "lost"
        began.set()
        await asyncio.Event().wait()
        return "never"

    async with app.test_client().request("/slow", headers=HEADERS) as connection:
        await connection.send_complete()
        await began.wait()
        await connection.disconnect()
    assert recorded.verdict[:2] == ("not-saved", "no-response")
    assert recorded.finished[-1]["ending"] == "aborted"
    assert not recorded.companion.open


# ── off ──────────────────────────────────────────────────────────────────────


def test_off_is_the_very_same_object(monkeypatch: pytest.MonkeyPatch) -> None:
    interface = Quart("x").session_interface
    assert observe(interface, enabled=False) is interface
    monkeypatch.setenv("SESSIONSCOPE_ENABLED", "0")
    assert observe(interface) is interface


def test_an_interface_of_flasks_is_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    from flask.sessions import SecureCookieSessionInterface as FlasksInterface

    interface = FlasksInterface()
    assert observe(interface, enabled=True) is interface
    assert "from sessionscope.flask import observe" in capsys.readouterr().err


async def test_a_session_of_an_interface_of_the_apps_own(recorded: Recorded) -> None:
    """What it opens is observed; a record that it keeps is not read on demand."""
    kept: dict[str, Any] = {}

    class Kept(SecureCookieSessionInterface):
        async def open_session(self, app: Any, request: Any) -> Any:
            await asyncio.sleep(0)
            return self.session_class(kept)

        async def save_session(self, app: Any, held: Any, response: Any) -> None:
            await asyncio.sleep(0)
            kept.update(held)

    app = make_app(is_observed=False)
    app.session_interface = observe(Kept(), enabled=True)
    client = app.test_client()
    await get(client, "/write")
    assert (await get(client, "/read")).data == b"johnTrue"
    assert "set ([]=) name app" in recorded.words(recorded.finished[0]["exchange"])
    assert recorded.faults == []


@pytest.mark.parametrize(("debug", "testing"), [(False, False), (True, True), (True, False)])
async def test_the_app_decides_where_nothing_else_does(debug: bool, testing: bool) -> None:
    app = make_app(is_observed=False)
    given = app.session_interface
    app.session_interface = observe(given)
    assert isinstance(app.session_interface, type(given))
    app.debug, app.testing = debug, testing
    reply = await get(app.test_client(), "/write")
    is_on = debug and not testing
    assert ("Sessionscope" in reply.headers) is is_on
    assert (app.session_interface is given) is not is_on
    assert (current_companion() is None) is not is_on


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="'paht'"):
        observe(Quart("x").session_interface, enabled=True, paht="/x")


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")
def test_every_row_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    for row in (*RECORD_ROWS, *COOKIE_ROWS):
        # What only a store can be is on Flask's page.
        if row.reason not in ("load-error", "missing"):
            assert f"`{row.reason}`" in page


async def test_an_app_that_is_made_again_and_again_is_observed_within_a_bound(recorded: Recorded) -> None:
    for _ in range(MAX_LIBRARIES + 3):
        response = await get(make_app().test_client(), "/write")
    assert response.status_code == 200
    assert "sessionscope" not in response.headers
    assert len(recorded.companion.libraries) == MAX_LIBRARIES
    assert len(recorded.faults) == 1
