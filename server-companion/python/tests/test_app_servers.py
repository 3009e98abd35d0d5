"""Starlette, FastAPI, Flask and Quart on the servers that their users run, in processes of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from panel_calls import Stream, ask
from services import REDIS, needs_redis
from test_servers import TESTS, Server, free_port
from workers import SHARING, forget_log, hellos_of_one_log

STARLETTE = {
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "starlette_app:app"],
    "uvicorn with its reloader": ["-m", "uvicorn", "--reload", "--port", "{port}", "starlette_app:app"],
    "hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}", "starlette_app:app"],
    "FastAPI on uvicorn": ["-m", "uvicorn", "--port", "{port}", "fastapi_app:app"],
    "FastAPI on hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}", "fastapi_app:app"],
}


FLASK = {
    "werkzeug with its reloader and debugger": ["-m", "flask", "--app", "flask_app", "run", "--debug", "-p", "{port}"],
    "gunicorn": ["-m", "gunicorn", "--bind", "127.0.0.1:{port}", "flask_app:app"],
    "gunicorn with threads": [
        "-m",
        "gunicorn",
        "--threads",
        "4",
        "--preload",
        "--bind",
        "127.0.0.1:{port}",
        "flask_app:app",
    ],
}


QUART = {
    "its own server with its reloader": ["-m", "quart", "--app", "quart_app", "run", "--debug", "-p", "{port}"],
    "hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}", "quart_app:app"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "quart_app:app"],
}


class AppServer(Server):
    """Keeps a cookie named `session`."""

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        sent = {"Cookie": f"session={self.cookie}"} if self.cookie else {}
        status, found, body = super().get(path, {**sent, **(headers or {})})
        match = re.search(r"\bsession=([^;]+)", found.get("set-cookie", ""))
        if match:
            self.cookie = match[1]
        return status, found, body

    @property
    def proofs(self) -> dict[str, Any]:
        return {"cookies": [{"name": "session", "value": self.cookie}]}


@contextmanager
def serving(arguments: list[str], folder: Path, page: str | None = "/", **env: str) -> Iterator[AppServer]:
    port = free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(argument.format(port=port) for argument in arguments)],
            cwd=TESTS,
            env={
                **os.environ,
                "PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}",
                "PYTHONDONTWRITEBYTECODE": "1",
                "XDG_STATE_HOME": str(folder),
                **env,
            },
            stdout=output,
            stderr=output,
            # A reloader has a child: the group is ended as one.
            start_new_session=True,
        )
    server = AppServer(process, port, log)
    server.cookie = ""
    try:
        for _ in range(600):
            try:
                if page is None:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                else:
                    server.get(page)
                break
            except OSError:
                assert process.poll() is None, log.read_text()[-2_000:]
                time.sleep(0.05)
        else:
            raise AssertionError(f"no answer: {log.read_text()[-2_000:]}")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def look_at(server: AppServer, library: str) -> None:
    """A page, the discovery header, both listeners, a live stream, and a shutdown that nothing holds up."""
    status, headers, _ = server.get("/write")
    assert status == 200
    assert re.match(r'"/__sessionscope__";v=1;app="[^"]+";at="http://127\.0\.0\.1:\d+";', headers["sessionscope"])
    hello = server.hello()
    assert [each["name"] for each in hello["libraries"]] == [library]
    direct = hello["directListener"]["origin"]
    # Nothing says inside the app where a call comes from.
    events = {"v": 1, "proofs": server.proofs, "after": None, "wait": False}
    assert ask("events", events, at=server.origin).code == "not-paired"
    found = ask("events", events, at=direct).json["events"]
    sets = {event["path"][0]: event.get("after") for event in found if event.get("operation") == "set"}
    assert "john" in sets.values()
    look = ask("session", {"v": 1, "proofs": server.proofs}, at=direct).json
    assert look["store"]["outcome"] == "found"
    assert "john" in look["store"]["state"].values()
    server.refuses_other_targets()
    # Of a Host that the endpoint would refuse, nothing is said.
    assert ask("hello", {"versions": [1]}, at=server.origin, host="evil.test").status == 403
    assert "sessionscope" not in server.get("/read", {"Host": "evil.test"})[1]
    stream = Stream({**events, "wait": True}, origin=direct)
    stream.until(b"exchange-finished")
    server.get("/read")
    stream.until(b'"/read"')
    server.stop()
    stream.close()
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("name", STARLETTE)
def test_starlette(name: str, tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    with serving(STARLETTE[name], tmp_path) as server:
        assert urlsplit(server.origin).port
        look_at(server, "starlette")


@pytest.mark.parametrize("name", FLASK)
def test_flask(name: str, tmp_path: Path) -> None:
    pytest.importorskip("flask")
    with serving(FLASK[name], tmp_path, SERVE_FLASK_APP="1") as server:
        look_at(server, "flask")


@pytest.mark.parametrize("name", ["FastAPI on uvicorn", "FastAPI on hypercorn"])
def test_other_middleware_and_a_streamed_body(name: str, tmp_path: Path) -> None:
    """What a `BaseHTTPMiddleware` and the pieces of a body do with the session stands under their own request."""
    with serving(STARLETTE[name], tmp_path) as server:
        server.get("/write")
        assert server.get("/stream")[2].endswith(b"john")
        body = {"v": 1, "proofs": server.proofs, "after": None, "wait": True}
        stream = Stream(body, origin=server.hello()["directListener"]["origin"])
        stream.until(b'"path":"/stream"')
        stream.close()
        found = ask("events", {**body, "wait": False}, at=server.hello()["directListener"]["origin"]).json["events"]
        (streaming,) = [e["exchange"] for e in found if e.get("path") == "/stream"]
        done = [
            (event["operation"], event["path"], event["source"]["frames"][0]["function"])
            for event in found
            if event.get("exchange") == streaming and event.get("actor") == "app"
        ]
        assert done == [
            ("get", ["visits"], "Counting.dispatch"),
            ("set", ["visits"], "Counting.dispatch"),
            ("get", ["user"], "stream.<locals>.pieces"),
        ]


@pytest.mark.parametrize("name", QUART)
def test_quart(name: str, tmp_path: Path) -> None:
    pytest.importorskip("quart")
    with serving(QUART[name], tmp_path, SERVE_QUART_APP="1") as server:
        look_at(server, "quart")


WORKERS = {
    "flask": (
        ["-m", "gunicorn", "--workers", str(SHARING), "--bind", "127.0.0.1:{port}", "flask_app:app"],
        "SERVE_FLASK_APP",
    ),
    "starlette": (["-m", "uvicorn", "--workers", str(SHARING), "--port", "{port}", "starlette_app:app"], "UNUSED"),
    "quart": (
        ["-m", "hypercorn", "--workers", str(SHARING), "--bind", "127.0.0.1:{port}", "quart_app:app"],
        "SERVE_QUART_APP",
    ),
}


@needs_redis
@pytest.mark.parametrize("name", WORKERS)
def test_workers_share_one_log(name: str, tmp_path: Path) -> None:
    """Each answers some of the requests; whichever is asked shows them all."""
    pytest.importorskip(name)
    arguments, variable = WORKERS[name]
    with serving(arguments, tmp_path, SHARED_LOG=REDIS, **{variable: "1"}) as server:
        hellos = hellos_of_one_log(server)
        origins = [hello["directListener"]["origin"] for hello in hellos]
        for _ in range(20):
            server.get("/write")
        body = {"v": 1, "proofs": server.proofs, "after": None, "wait": False}
        counts: set[int] = set()
        until = time.monotonic() + 30
        while time.monotonic() < until and len(counts) != 1:
            # What one process wrote comes to the others a little later.
            counts = set()
            for origin in origins:
                found = ask("events", body, at=origin).json["events"]
                assert not [event for event in found if event["type"] == "epoch-started" and "partial" in event]
                counts.add(sum(event["type"] == "exchange-started" for event in found))
        assert len(counts) == 1
    forget_log(hellos[0]["app"])


@pytest.mark.parametrize("library", ["flask", "quart"])
def test_a_first_request_that_is_a_panels_is_answered(library: str, tmp_path: Path) -> None:
    """A session interface does not know its app before: the answer is put in place of the app's own."""
    pytest.importorskip(library)
    words, variable = {
        "flask": (FLASK["gunicorn"], "SERVE_FLASK_APP"),
        "quart": (QUART["hypercorn"], "SERVE_QUART_APP"),
    }[library]
    with serving(words, tmp_path, page=None, **{variable: "1"}) as server:
        hellos = [ask("hello", {"versions": [1]}, at=server.origin) for _ in range(2)]
        assert [hello.status for hello in hellos] == [200, 200]
        assert hellos[0].json["epoch"] == hellos[1].json["epoch"]
        assert hellos[0].json["libraries"][0]["name"] == library


def test_a_stream_inside_the_app_needs_a_pairing_and_ends_with_the_server(tmp_path: Path) -> None:
    """CORS and GZip stand outside of the sessions: neither has a part in the endpoint's answers."""
    with serving(STARLETTE["FastAPI on uvicorn"], tmp_path) as server:
        server.get("/write")
        assert server.get("/write", {"Accept-Encoding": "gzip", "Origin": "http://x.test"})[1].get("content-encoding")
        hello = ask("hello", {"versions": [1]}, at=server.origin, headers={"Accept-Encoding": "gzip"})
        assert hello.headers["content-encoding"] == "identity"
        assert not [name for name in hello.headers if name.startswith("access-control-")]
        ask("pair", {"v": 1}, at=server.origin)
        code = re.search(r"code for .*?: ([A-Z0-9-]+)", server.log.read_text())
        assert code, server.log.read_text()
        token = ask("pair", {"v": 1, "code": code[1]}, at=server.origin).json["token"]
        stream = Stream({"v": 1, "proofs": {}, "after": None, "wait": True}, origin=server.origin, token=token)
        stream.until(b"exchange-finished")
        server.get("/read")
        stream.until(b'"/read"')
        server.stop()
        stream.close()


SOCKETS = {
    **{
        f"Starlette: {name}": (STARLETTE[name], {})
        for name in ("uvicorn", "hypercorn", "FastAPI on uvicorn", "FastAPI on hypercorn")
    },
    **{f"Quart: {name}": (words, {"SERVE_QUART_APP": "1"}) for name, words in QUART.items()},
}


@pytest.mark.parametrize("name", SOCKETS)
def test_a_websocket_is_a_request_of_its_own_and_saves_nothing(name: str, tmp_path: Path) -> None:
    from websockets.sync.client import connect

    words, env = SOCKETS[name]
    with serving(words, tmp_path, **env) as server:
        server.get("/write")
        sent = {"Cookie": f"session={server.cookie}"}
        with connect(f"{server.origin.replace('http', 'ws')}/ws", additional_headers=sent) as socket:
            assert socket.recv(timeout=60) == "socket"
        direct = server.hello()["directListener"]["origin"]
        stream = Stream({"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=direct)
        # The server ends it in its own time.
        stream.until(b'"path":"/ws"')
        stream.until(b'"reason":"websocket"')
        stream.close()
        assert b"socket" not in server.get("/read")[2]
        assert "Traceback" not in server.log.read_text()
