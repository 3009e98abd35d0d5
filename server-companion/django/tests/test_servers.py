"""Real servers in processes of their own: the header, both doors, a live stream, a shutdown that is not held up."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from door import Stream, ask
from services import REDIS, needs_redis

TESTS = Path(__file__).parent
SERVERS = {
    "runserver": ["-m", "django", "runserver", "--noreload", "127.0.0.1:{port}"],
    "runserver with its reloader": ["-m", "django", "runserver", "127.0.0.1:{port}"],
    "gunicorn": ["-m", "gunicorn", "--bind", "127.0.0.1:{port}", "project.wsgi"],
    "gunicorn with threads": [
        *["-m", "gunicorn", "--threads", "4", "--preload", "--bind", "127.0.0.1:{port}", "project.wsgi"]
    ],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "project.asgi:application"],
    "daphne": ["-m", "daphne", "-p", "{port}", "project.asgi:application"],
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.origin = f"http://127.0.0.1:{port}"
        self.log = log
        self.cookie = ""

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        place = urlsplit(self.origin)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=15)
        sent = {"Cookie": f"sessionid={self.cookie}"} if self.cookie else {}
        connection.request("GET", path, headers={**sent, **(headers or {})})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        body = response.read()
        connection.close()
        match = re.search(r"sessionid=([^;]+)", found.get("set-cookie", ""))
        if match:
            self.cookie = match[1]
        return response.status, found, body

    @property
    def proofs(self) -> dict[str, Any]:
        return {"cookies": [{"name": "sessionid", "value": self.cookie}]}

    def hello(self) -> dict[str, Any]:
        reply = ask("hello", {"versions": [1]}, at=self.origin)
        assert reply.status == 200, reply
        assert not [name for name in reply.headers if name.startswith("access-control-")]
        return dict(reply.json)

    def stop(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        return time.monotonic() - began


@contextmanager
def serving(arguments: list[str], folder: Path, **env: str) -> Iterator[Server]:
    port = free_port()
    log = folder / "server.log"
    sessions = folder / "sessions"
    sessions.mkdir()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(argument.format(port=port) for argument in arguments)],
            cwd=TESTS,
            env={
                **os.environ,
                "PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}",
                "PYTHONDONTWRITEBYTECODE": "1",
                "DJANGO_SETTINGS_MODULE": "project.settings",
                "XDG_STATE_HOME": str(folder),
                "TEST_SESSION_ENGINE": "django.contrib.sessions.backends.file",
                "TEST_SESSION_FILE_PATH": str(sessions),
                **env,
            },
            stdout=output,
            stderr=output,
            # The reloader has a child: the group is ended as one.
            start_new_session=True,
        )
    server = Server(process, port, log)
    try:
        for _ in range(300):
            try:
                server.get("/untouched/")
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
        process.wait(10)


@pytest.mark.parametrize("name", SERVERS)
def test_a_session_is_seen_live(name: str, tmp_path: Path) -> None:
    with serving(SERVERS[name], tmp_path, TEST_CROWDED="1") as server:
        status, headers, _ = server.get("/set/", {"Origin": "http://localhost:4000", "Accept-Encoding": "gzip"})
        assert status == 200
        header = headers["sessionscope"]
        assert f'at="{server.origin}"' in header
        hello = server.hello()
        assert f'app="{hello["app"]}"' in header
        assert f'epoch="{hello["epoch"]}"' in header
        door = hello["door"]["origin"]
        look = ask("session", {"v": 1, "proofs": server.proofs}, at=door).json
        assert look["store"]["state"] == {"username": "john_doe", "is_logged_in": True}

        stream = Stream({"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=door)
        stream.until(b'"after":"john_doe"')
        # While the request runs, with the only worker of gunicorn's held by it.
        slow = threading.Thread(target=server.get, args=("/slow/?s=0.6",))
        slow.start()
        part = stream.until(b'"path":["order"]')
        assert b'"path":["step"]' not in part
        memory = ask("session", {"v": 1, "proofs": server.proofs}, at=door).json["memory"]
        assert memory[0]["state"]["order"] == {"draft": True}
        slow.join()
        stream.until(b'"path":["step"]')
        if "reloader" not in name:
            assert server.stop() < 5
        assert server.cookie not in server.log.read_text()


@pytest.mark.parametrize("name", ["gunicorn with threads", "uvicorn"])
def test_inside_the_app_a_stream_is_not_held_back(name: str, tmp_path: Path) -> None:
    with serving(SERVERS[name], tmp_path, TEST_CROWDED="1") as server:
        server.get("/set/")
        assert ask("pair", {"v": 1}, at=server.origin).json["state"] == "code-printed"
        code = re.search(r"pairing code for [^:]+: (\w{8})", server.log.read_text())
        assert code is not None
        token = ask("pair", {"v": 1, "code": code[1]}, at=server.origin).json["token"]
        body = {"v": 1, "proofs": {}, "after": None, "wait": True}
        stream = Stream(body, origin=server.origin, token=token)
        stream.until(b'"after":"john_doe"')
        for number in range(3):
            server.get(f"/canary/?value=live-{number}")
            assert b"gzip" not in stream.until(f"live-{number}".encode())
        stream.close()


def test_a_sync_worker_gives_no_stream_away(tmp_path: Path) -> None:
    with serving(SERVERS["gunicorn"], tmp_path) as server:
        server.get("/set/")
        ask("pair", {"v": 1}, at=server.origin)
        code = re.search(r"pairing code for [^:]+: (\w{8})", server.log.read_text())
        assert code is not None
        token = ask("pair", {"v": 1, "code": code[1]}, at=server.origin).json["token"]
        body = {"v": 1, "proofs": {}, "after": None, "wait": True}
        reply = ask("events", body, at=server.origin, token=token)
        assert reply.code == "too-many-streams"
        assert ask("events", {**body, "wait": False}, at=server.origin, token=token).status == 200


WORKERS = ["-m", "gunicorn", "--workers", "4", "--bind", "127.0.0.1:{port}", "project.wsgi"]


def epoch_started(server: Server, door: str) -> dict[str, Any]:
    body = {"v": 1, "proofs": server.proofs, "after": None, "wait": False}
    told = ask("events", body, at=door).json["events"]
    return next(event for event in told if event["type"] == "epoch-started")


def test_several_workers_without_redis_are_told_as_partial(tmp_path: Path) -> None:
    with serving(WORKERS, tmp_path) as server:
        server.get("/set/")
        assert "Several processes" in epoch_started(server, server.hello()["door"]["origin"])["partial"]


@needs_redis
def test_several_workers_share_one_log(tmp_path: Path) -> None:
    with serving(WORKERS, tmp_path, TEST_SHARED_LOG=REDIS) as server:
        server.get("/set/")
        for number in range(40):
            server.get(f"/canary/?value=number-{number}")
        hellos: list[Any] = []
        # Several at once: an idle machine gives one worker all that comes one by one.
        with ThreadPoolExecutor(8) as callers:
            for _ in range(20):
                hellos += callers.map(lambda _: server.hello(), range(16))
                doors = {hello["door"]["origin"] for hello in hellos}
                if len(doors) > 1:
                    break
        assert len(doors) > 1
        assert len({hello["epoch"] for hello in hellos}) == 1
        told: list[set[str]] = []
        for door in doors:
            assert "partial" not in epoch_started(server, door)
            stream = Stream({"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=door)
            text = stream.until(b"number-39").decode()
            stream.close()
            told.append(set(re.findall(r"number-\d+", text)))
        assert all(len(values) == 40 for values in told)
        app = hellos[0]["app"]
    import redis

    client = redis.Redis.from_url(REDIS)
    for key in client.scan_iter(f"sessionscope:{app}:*"):
        client.delete(key)


def test_the_reloader_starts_a_new_epoch(tmp_path: Path) -> None:
    touched = TESTS / "project" / "reloaded.py"
    touched.write_text("")
    try:
        with serving(SERVERS["runserver with its reloader"], tmp_path) as server:
            server.get("/set/")
            first = server.hello()
            stream = Stream(
                {"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=first["door"]["origin"]
            )
            stream.until(b"john_doe")
            time.sleep(1.1)
            touched.write_text("# changed\n")
            second = first
            for _ in range(200):
                with suppress(OSError):
                    second = server.hello()
                if second["epoch"] != first["epoch"]:
                    break
                time.sleep(0.05)
            assert second["epoch"] != first["epoch"]
            assert second["app"] == first["app"]
    finally:
        touched.unlink()
