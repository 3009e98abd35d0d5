"""Starlette's sessions: what each call becomes, the middleware's own decision, and that nothing else changes."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from pathlib import Path
from typing import Any

import itsdangerous
import pytest

pytest.importorskip("starlette")

from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from recorded import Recorded
from sessionscope.endpoint.gate import CHROMIUM_EXTENSION_ID
from sessionscope.endpoint.inside import path_of
from sessionscope.observe import activation, mapping_calls
from sessionscope.observe.companion import MAX_LIBRARIES
from sessionscope.observe.options import Options
from sessionscope.starlette import observe
from sessionscope.starlette.companion import companion_of, current_companion
from sessionscope.starlette.verdict import COOKIE_ROWS, RECORD_ROWS
from starlette_app import IS_TRACKING, PAGES, SECRET, make_app

ORIGIN = "http://127.0.0.1:8000"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "starlette.md"


def client_of(app: Any, **options: Any) -> TestClient:
    return TestClient(app, base_url=ORIGIN, client=("127.0.0.1", 50_000), raise_server_exceptions=False, **options)


@pytest.fixture
def client() -> TestClient:
    return client_of(make_app())


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(companion_of(Options()))


def test_each_call_is_recorded_with_its_line(client: TestClient, recorded: Recorded) -> None:
    client.get("/write")
    assert recorded.words() == [
        "create (session) framework",
        "set ([]=) name app",
        "set ([]=) cart app",
        "save (Set-Cookie) framework",
    ]
    frame = recorded.last("set")["source"]["frames"][0]
    assert frame["file"].endswith("starlette_app.py")
    assert (frame["function"], frame["kind"]) == ("write", "app")
    client.get("/read")
    assert recorded.words()[:3] == ["load (cookie) framework", "get name app", "get (in) cart app"]
    assert recorded.last("load")["state"] == {"name": "john", "cart": {"items": ["A-1"]}}
    client.get("/miss")
    assert recorded.last("get")["hit"] is False
    client.get("/change")
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
    client.get("/thread")
    assert recorded.last("set")["source"]["frames"][0]["function"] == "write_in_thread"
    assert recorded.faults == []


def test_the_cookie_is_the_record(client: TestClient, recorded: Recorded) -> None:
    """Lineage over each save; the stored form is what the cookie holds, opened with the app's own secret."""
    client.get("/write")
    first = recorded.last("save")
    cookie = client.cookies["session"]
    assert first["from"] is None
    assert first["to"] == recorded.finished[-1]["sessionAfter"]
    assert first["stored"] == {"name": "john", "cart": {"items": ["A-1"]}}
    assert first["bytes"] == len(cookie)
    client.get("/change")
    second = recorded.last("save")
    assert second["from"] == first["to"] != second["to"]
    assert recorded.finished[-1]["verdict"]["cookie"]["attributes"] | {"expiresAt": 0} == {
        "name": "session",
        "path": "/",
        "httpOnly": True,
        "secure": False,
        "sameSite": "lax",
        "maxAge": 1209600,
        "expiresAt": 0,
        "bytes": len("session") + len(client.cookies["session"]),
    }
    ends = recorded.finished[-1]["expiry"]
    assert ends["sessionAt"] == ends["storeAt"]
    assert abs(ends["sessionAt"] - ends["cookieAt"]) < 2_000


def test_a_nested_change(client: TestClient, recorded: Recorded) -> None:
    """Lost without a word since Starlette 1.0; saved before."""
    client.get("/write")
    client.get("/nest")
    assert "set (nested change) cart.items.1 app inferred" in recorded.words()
    outcome = recorded.verdict
    text = recorded.finished[-1]["verdict"]["record"]["text"]
    if IS_TRACKING:
        assert outcome == ("not-saved", "nested-change", "none", "not-modified")
        assert "Since Starlette 1.0" in text
        assert client.get("/show").json()["cart"]["items"] == ["A-1"]
    else:
        assert outcome == ("saved", "not-empty", "set", "not-empty")
        assert "From 1.0 on it is lost" in text
        assert client.get("/show").json()["cart"]["items"] == ["A-1", "A-2"]


def test_clear_drops_the_cookie(client: TestClient, recorded: Recorded) -> None:
    client.get("/write")
    kept = client.cookies["session"]
    client.get("/clear", follow_redirects=False)
    assert recorded.verdict == ("deleted", "cleared", "expired", "cleared")
    assert recorded.words()[-2:] == ["clear app", "flush (delete_cookie) framework"]
    assert recorded.finished[-1]["sessionAfter"] is None
    assert recorded.finished[-1]["location"] == "/"
    # A copy of the old cookie is as good as before: nothing on the server knows better.
    client.cookies.set("session", kept)
    client.get("/read")
    assert recorded.last("load")["outcome"] == "found"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("/", ("none", "untouched", "none", "empty")),
        ("/read", ("none", "empty", "none", "empty")),
        ("/unfit", ("failed", "not-serializable", "not-set", "not-saved")),
        ("/fail", ("not-saved", "exception", "not-set", "not-saved")),
        ("/own-cookie", ("none", "untouched", "set", "app-set")),
        ("/stream", ("not-saved", "after-head", "set", "modified" if IS_TRACKING else "not-empty")),
        ("/later", ("not-saved", "after-head", "none", "empty")),
    ],
)
def test_verdicts(client: TestClient, recorded: Recorded, page: str, expected: tuple[str, ...]) -> None:
    client.get(page)
    assert recorded.verdict == expected
    assert recorded.faults == []


def test_what_is_said_of_an_error(client: TestClient, recorded: Recorded) -> None:
    assert client.get("/unfit").status_code == 500
    record = recorded.finished[-1]["verdict"]["record"]
    assert "when (datetime)" in record["text"]
    assert recorded.last("save")["outcome"] == "error"
    client.get("/fail")
    assert "LookupError: planted" in recorded.finished[-1]["verdict"]["record"]["text"]
    assert recorded.finished[-1]["status"] == 500


@pytest.mark.parametrize(("value", "outcome"), [(1, "unchanged"), (2, "not-saved")], ids=["the same again", "changed"])
def test_an_error_loses_what_changed_and_nothing_else(recorded: Recorded, value: int, outcome: str) -> None:
    app = make_app()

    async def first(request: Request) -> PlainTextResponse:
        request.session["n"] = 1
        return PlainTextResponse("first")

    async def fail(request: Request) -> PlainTextResponse:
        request.session["n"] = value
        raise LookupError("planted")

    app.add_route("/first", first)
    app.add_route("/then", fail)
    client = client_of(app)
    client.get("/first")
    client.get("/then")
    assert recorded.verdict[:2] == (outcome, "exception")


def test_a_refused_cookie(recorded: Recorded) -> None:
    client = client_of(make_app())
    other = itsdangerous.TimestampSigner("another secret").sign(base64.b64encode(b'{"a": 1}')).decode()
    client.cookies.set("session", other)
    client.get("/read")
    assert recorded.last("load")["outcome"] == "invalid-signature"
    assert recorded.verdict == ("unreadable", "invalid-signature", "none", "refused")
    assert recorded.finished[-1]["sessionBefore"] is None
    started = [event for event in recorded.events if event["type"] == "exchange-started"][-1]
    assert started["cookie"] == {"name": "session", "sent": 1, "signature": "invalid"}


@pytest.mark.parametrize("is_last", [True, False])
def test_of_two_cookies_of_one_name_the_last_is_taken(client: TestClient, recorded: Recorded, is_last: bool) -> None:
    client.get("/write")
    kept = client.cookies["session"]
    client.cookies.clear()
    values = ["junk", kept] if is_last else [kept, "junk"]
    client.get("/read", headers={"cookie": "; ".join(f"session={value}" for value in values)})
    started = [event for event in recorded.events if event["type"] == "exchange-started"][-1]
    assert (started["cookie"]["sent"], started["cookie"]["taken"]) == (2, "last")
    assert (started["cookie"]["signature"] == "valid") is is_last


def test_an_expired_cookie(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(make_app(max_age=10))
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_000_000_000)
    old = itsdangerous.TimestampSigner(SECRET).sign(base64.b64encode(json.dumps({"a": 1}).encode())).decode()
    monkeypatch.undo()
    client.cookies.set("session", old)
    client.get("/read")
    assert recorded.last("load")["outcome"] == "expired"
    assert recorded.verdict == ("missing", "expired", "none", "refused")


def test_a_websocket_never_saves(client: TestClient, recorded: Recorded) -> None:
    client.get("/write")
    with client.websocket_connect("/ws") as connection:
        assert connection.receive_text() == "socket"
    started = [event for event in recorded.events if event["type"] == "exchange-started"][-1]
    assert started["kind"] == "websocket"
    assert recorded.verdict[:2] == ("not-saved", "websocket")
    assert "set ([]=) name app" in recorded.words()


def test_a_mounted_app_with_sessions_of_its_own(recorded: Recorded) -> None:
    inner = make_app(session_cookie="inner", path="/shop")
    client = client_of(make_app(mounts={"/shop": inner}))
    reply = client.get("/shop/write")
    assert [item.partition(";")[0] for item in reply.headers["sessionscope"].split(", ")] == [
        '"/shop/__sessionscope__"',
        '"/__sessionscope__"',
    ]
    starts = [event for event in recorded.events if event["type"] == "exchange-started"]
    assert [(event["middleware"], event["cookie"]["name"]) for event in starts] == [(0, "session"), (1, "inner")]
    epoch = [event for event in recorded.events if event["type"] == "epoch-started"][-1]
    assert [each["cookieNames"] for each in epoch["middlewares"]] == [["session"], ["inner"]]
    assert recorded.faults == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"path": "/a"}, ("", "/a")),
        ({"path": "/shop/a", "root_path": "/shop"}, ("/shop", "/a")),
        ({"path": "/shop", "root_path": "/shop"}, ("/shop", "")),
        ({"path": "/shopping", "root_path": "/shop"}, ("/shop", "/shopping")),
        # A proxy took the prefix off, and the server was given it by --root-path.
        ({"path": "/a", "root_path": "/api/"}, ("/api", "/a")),
    ],
)
def test_where_the_app_is_mounted(scope: dict[str, str], expected: tuple[str, str]) -> None:
    assert path_of(scope) == expected


def test_the_line_at_start(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for quiet in ("1", ""):
        monkeypatch.setenv("SESSIONSCOPE_QUIET", quiet)
        monkeypatch.setattr(activation, "_said", False)
        for _ in range(2):
            client_of(make_app()).get("/")
        assert capsys.readouterr().err.count("Sessionscope observes") == (0 if quiet else 1)


# ── nothing else changes ─────────────────────────────────────────────────────


def bare(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.multi_items() if name != "sessionscope"]


def test_the_same_bytes_but_one_header(monkeypatch: pytest.MonkeyPatch) -> None:
    # A cookie's signature is made over the time.
    now = int(time.time())
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: now)
    observed, plain = client_of(make_app()), client_of(make_app(SessionMiddleware))
    for _ in range(2):
        for page in PAGES:
            if page == "/assign" and IS_TRACKING:
                continue
            one, other = observed.get(page, follow_redirects=False), plain.get(page, follow_redirects=False)
            assert (one.status_code, one.content) == (other.status_code, other.content), page
            assert bare(one.headers) == bare(other.headers), page
            assert dict(observed.cookies) == dict(plain.cookies), page
            is_seen = page not in ("/fail", "/unfit") and not (page == "/nest" and one.status_code == 500)
            assert ("sessionscope" in one.headers) == is_seen, page


def test_the_session_is_what_it_was(client: TestClient) -> None:
    import copy
    import pickle

    seen: list[Any] = []

    async def look(scope: Any, receive: Any, send: Any) -> None:
        session = scope["session"]
        session["a"] = [1]
        seen.append((session, copy.copy(session), copy.deepcopy(session), pickle.loads(pickle.dumps(session))))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client_of(observe(SessionMiddleware, enabled=True)(look, secret_key=SECRET)).get("/")
    session, *copies = seen[0]
    assert isinstance(session, dict)
    assert "_sessionscope" not in vars(session)
    for made in copies:
        assert made == session == {"a": [1]}
        assert type(made) is type(session).__mro__[1]


def test_a_fault_of_ours_never_reaches_the_app(monkeypatch: pytest.MonkeyPatch, recorded: Recorded) -> None:
    from sessionscope.starlette import exchange, observer

    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("planted")

    for owner, name in [
        (exchange.Exchange, "start"),
        (exchange.Exchange, "take_session"),
        (exchange.Exchange, "before_decision"),
        (exchange.Exchange, "after_decision"),
        (exchange.Exchange, "send_head"),
        (exchange.Exchange, "finish"),
        (observer, "companion_of"),
        (observer.Observer, "_prefix"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            client = client_of(make_app())
            assert client.get("/write").text == "written", name
            assert client.get("/read").text == "johnTrue", name


# ── off ──────────────────────────────────────────────────────────────────────


def test_off_is_the_very_same_class(monkeypatch: pytest.MonkeyPatch) -> None:
    assert observe(SessionMiddleware, enabled=False) is SessionMiddleware
    monkeypatch.setenv("SESSIONSCOPE_ENABLED", "0")
    assert observe(SessionMiddleware) is SessionMiddleware
    assert observe(SessionMiddleware, enabled=True) is not SessionMiddleware


def test_the_debug_flag_decides_where_nothing_else_does() -> None:
    for debug in (False, True):
        app = make_app(observe(SessionMiddleware))
        app.debug = debug
        reply = client_of(app).get("/write")
        assert ("sessionscope" in reply.headers) is debug
        layer = app.middleware_stack.app
        assert (type(layer) is SessionMiddleware) is not debug
        assert (current_companion() is None) is not debug


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"origin": "http://localhost:4000"}, 403),
        ({"host": "evil.test"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"sessionscope-proof": "x"}, 403),
    ],
)
async def test_what_the_gate_refuses_is_not_read(changed: dict[str, str], status: int, recorded: Recorded) -> None:
    app = make_app()
    client_of(app).get("/")
    origin = f"chrome-extension://{CHROMIUM_EXTENSION_ID}"
    headers = {"host": "localhost", "origin": origin, "content-type": "application/json", "content-length": "60000"}
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("The body was read.")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/__sessionscope__/v1/events",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in {**headers, **changed}.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == status
    assert b"error" in sent[1]["body"]


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="'paht'"):
        observe(SessionMiddleware, enabled=True, paht="/x")


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")
def test_every_row_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    for row in (*RECORD_ROWS, *COOKIE_ROWS):
        assert f"`{row.reason}`" in page


async def test_two_thousand_requests_at_once_are_not_mixed_up() -> None:
    """Each waits between its write and its read while the others do theirs."""
    recorded = Recorded(companion_of(Options(limits={"events": 20_000})))
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    count = 2_000

    async def page(scope: Any, _receive: Any, send: Any) -> None:
        number = int(scope["path"][1:])
        scope["session"]["number"] = number
        await asyncio.sleep(chance.random() / 100)
        scope["session"]["number"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = observe(SessionMiddleware, enabled=True)(page, secret_key=SECRET)

    async def visit(number: int) -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            await asyncio.sleep(0)

        await app(
            {
                "type": "http",
                "method": "GET",
                "path": f"/{number}",
                "headers": [(b"host", b"localhost")],
                "scheme": "http",
            },
            receive,
            send,
        )

    await asyncio.gather(*map(visit, range(count)))
    paths = {e["exchange"]: e["path"] for e in recorded.events if e["type"] == "exchange-started"}
    seen: dict[str, list[Any]] = {}
    for event in recorded.operations:
        if event.get("path") == ["number"]:
            seen.setdefault(event["exchange"], []).append(event["after"])
    assert len(seen) == len(paths) == count
    assert all(values == [int(paths[exchange][1:])] * 2 for exchange, values in seen.items())
    assert not recorded.companion.open
    assert not mapping_calls._observed


def test_an_app_that_is_made_again_and_again_is_observed_within_a_bound(recorded: Recorded) -> None:
    for _ in range(MAX_LIBRARIES + 3):
        response = client_of(make_app()).get("/write")
    assert response.status_code == 200
    assert "sessionscope" not in response.headers
    assert len(recorded.companion.libraries) == MAX_LIBRARIES
    assert len(recorded.faults) == 1
