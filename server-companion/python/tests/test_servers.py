"""Real servers in processes of their own: the header, both listeners, a live stream, a shutdown that is not held up."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from panel_calls import PATH, Stream, ask
from services import REDIS, needs_redis
from workers import SHARING, forget_log, hellos_of_one_log

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


def gunicorn(workers: int) -> list[str]:
    return ["-m", "gunicorn", "--workers", str(workers), "--bind", "127.0.0.1:{port}", "project.wsgi"]


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
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
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

    def refuses_other_targets(self) -> None:
        """A call is its path to the letter, wherever the server passes on what was sent."""
        for target in (f"{PATH}/v1/%68ello", f"{PATH}%2fv1/hello", f"http://evil.test{PATH}/v1/hello"):
            reply = ask(target, {"versions": [1]}, at=self.origin)
            assert b"epoch" not in reply.body, target

    def stop(self) -> None:
        """Asks it to end, and fails where it does not: a server that waits for a stream waits for 30 s, or for ever."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


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
                "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS), str(folder)]),
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
        if "runserver" not in name:
            # The server of wsgiref passes a path on decoded.
            server.refuses_other_targets()
        direct = hello["directListener"]["origin"]
        look = ask("session", {"v": 1, "proofs": server.proofs}, at=direct).json
        assert look["store"]["state"] == {"username": "john_doe", "is_logged_in": True}

        stream = Stream({"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=direct)
        stream.until(b'"after":"john_doe"')
        # While the request runs, with the only worker of gunicorn's held by it.
        slow = threading.Thread(target=server.get, args=("/slow/?s=0.6",))
        slow.start()
        part = stream.until(b'"path":["order"]')
        assert b'"path":["step"]' not in part
        memory = ask("session", {"v": 1, "proofs": server.proofs}, at=direct).json["memory"]
        assert memory[0]["state"]["order"] == {"draft": True}
        slow.join()
        stream.until(b'"path":["step"]')
        if "reloader" not in name:
            server.stop()
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


def paired_with(server: Server) -> str:
    """Pairs as a user does: the code is read off the terminal, and whichever worker is asked takes it."""
    assert ask("pair", {"v": 1}, at=server.origin).json["state"] == "code-printed"
    code = re.findall(r"pairing code for [^:]+: (\w{8})", server.log.read_text())
    return str(ask("pair", {"v": 1, "code": code[-1]}, at=server.origin).json["token"])


@pytest.mark.parametrize("name", ["gunicorn with threads", "uvicorn", "daphne"])
def test_a_shutdown_does_not_wait_for_a_stream_inside_the_app(name: str, tmp_path: Path) -> None:
    with serving(SERVERS[name], tmp_path) as server:
        server.get("/set/")
        stream = Stream({"v": 1, "proofs": {}, "after": None, "wait": True}, server.origin, paired_with(server))
        stream.until(b'"after":"john_doe"')
        server.stop()
        stream.close()


def test_streams_inside_an_app_leave_it_its_threads(tmp_path: Path) -> None:
    """A server of four threads: one stream holds one, the next panel polls."""
    with serving(SERVERS["gunicorn with threads"], tmp_path) as server:
        server.get("/set/")
        token = paired_with(server)
        body = {"v": 1, "proofs": {}, "after": None, "wait": True}
        stream = Stream(body, server.origin, token)
        stream.until(b'"after":"john_doe"')
        assert ask("events", body, at=server.origin, token=token).code == "too-many-streams"
        stream.close()


def test_each_of_several_workers_takes_the_code_that_one_printed(tmp_path: Path) -> None:
    with serving(gunicorn(4), tmp_path) as server:
        for _ in range(6):
            assert len(paired_with(server)) == 43


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


def epoch_started(server: Server, direct: str) -> dict[str, Any]:
    body = {"v": 1, "proofs": server.proofs, "after": None, "wait": False}
    recorded = ask("events", body, at=direct).json["events"]
    return next(event for event in recorded if event["type"] == "epoch-started")


def test_several_workers_without_redis_are_reported_as_partial(tmp_path: Path) -> None:
    with serving(gunicorn(4), tmp_path) as server:
        server.get("/set/")
        assert "Several processes" in epoch_started(server, server.hello()["directListener"]["origin"])["partial"]


@needs_redis
def test_several_workers_share_one_log(tmp_path: Path) -> None:
    with serving(gunicorn(SHARING), tmp_path, TEST_SHARED_LOG=REDIS) as server:
        hellos = hellos_of_one_log(server)
        server.get("/set/")
        for number in range(40):
            server.get(f"/canary/?value=number-{number}")
        for direct in [hello["directListener"]["origin"] for hello in hellos]:
            assert "partial" not in epoch_started(server, direct)
            stream = Stream({"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=direct)
            text = stream.until(b"number-39").decode()
            stream.close()
            assert len(set(re.findall(r"number-\d+", text))) == 40
    forget_log(hellos[0]["app"])


def test_the_reloader_starts_a_new_epoch(tmp_path: Path) -> None:
    # In a folder of its own: the reloaders of other tests watch this one.
    touched = tmp_path / "reloaded_by_a_test.py"
    touched.write_text("")
    try:
        with serving(SERVERS["runserver with its reloader"], tmp_path) as server:
            server.get("/set/")
            first = server.hello()
            stream = Stream(
                {"v": 1, "proofs": server.proofs, "after": None, "wait": True}, origin=first["directListener"]["origin"]
            )
            stream.until(b"john_doe")
            time.sleep(1.1)
            touched.write_text("# changed\n")
            second = first
            for _ in range(200):
                # It may end in the middle of an answer.
                with suppress(OSError, ValueError):
                    second = server.hello()
                if second["epoch"] != first["epoch"]:
                    break
                time.sleep(0.05)
            assert second["epoch"] != first["epoch"]
            assert second["app"] == first["app"]
    finally:
        touched.unlink()
