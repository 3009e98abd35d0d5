"""Real Django under test, on any of its engines: a command on each line of standard input, its answer on standard output.

`python django_app.py ENGINE DIRECTORY`. What it reports of memory and store is read by its own means, past Django and
past the companion.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import math
import os
import pickle
import queue
import socket
import sqlite3
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

ENGINE, DIRECTORY = sys.argv[1:3]
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "server-companion" / "python" / "src"))
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
PREFIX = f"oracle-{os.getpid()}"
DATABASE = os.path.join(DIRECTORY, "db.sqlite3")

#: Nothing here must outlive a failure of the machine.
QUICK = "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"

import django
from django.conf import settings

settings.configure(
    DEBUG=True,
    SECRET_KEY="a secret of the oracle, and of nothing else",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    BASE_DIR=ROOT,
    INSTALLED_APPS=["django.contrib.sessions", "sessionscope.django"],
    MIDDLEWARE=[
        "sessionscope.django.middleware.SessionscopeMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "OPTIONS": {"timeout": 20, "init_command": QUICK}}},
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": PREFIX,
        }
    },
    SESSION_ENGINE=f"django.contrib.sessions.backends.{ENGINE}",
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from sessionscope.django.companion import companion_of, forget_companion

if ENGINE in ("cache", "cached_db"):
    import redis

    RAW = redis.Redis.from_url(REDIS_URL)

# ── values ───────────────────────────────────────────────────────────────────

_line = 0


def here(passed: Any) -> Any:
    """Notes the caller's line in passing: `session[here(key)] = value` notes where this is written."""
    global _line
    _line = sys._getframe(1).f_lineno
    return passed


class Unstorable:
    pass


def make(spec: dict[str, Any]) -> Any:
    kind = spec["is"]
    if kind == "json":
        return json.loads(json.dumps(spec["value"]))
    if kind == "integer keys":
        return dict(spec["entries"])
    if kind == "tuple":
        return tuple(spec["items"])
    if kind == "unstorable":
        return Unstorable()
    if kind == "text":
        words, at = "", 0
        while len(words) < spec["length"]:
            words += f"{((spec['seed'] + at) * 2654435761) % 4294967291}-"
            at += 1
        return words[: spec["length"]]
    if kind == "list":
        return [{"id": index, "of": spec["seed"]} for index in range(spec["length"])]
    if kind == "deep":
        value: Any = [spec["seed"]]
        for level in range(spec["depth"]):
            value = {"level": level, "in": value}
        return value
    if kind == "record":
        return {f"p{index}": spec["seed"] + index for index in range(spec["size"])}
    raise ValueError(kind)


def dump(value: Any) -> Any:
    """As `values.ts` has it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else ["bigint", str(value)]
    if isinstance(value, float):
        if math.isnan(value):
            return ["number", "NaN"]
        if math.isinf(value):
            return ["number", "Infinity" if value > 0 else "-Infinity"]
        return ["number", "-0"] if value == 0 and math.copysign(1, value) < 0 else value
    if isinstance(value, datetime.datetime):
        return ["date", value.isoformat()]
    if isinstance(value, tuple):
        return ["tuple", [dump(item) for item in value]]
    if isinstance(value, list):
        return ["list", [dump(item) for item in value]]
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return ["object", [[key, dump(part)] for key, part in value.items()]]
        return ["map", [[dump(key), dump(part)] for key, part in value.items()]]
    return ["other", type(value).__name__]


# ── the store, read past Django ──────────────────────────────────────────────

_keys: set[str] = set()


def decode_signed(text: str) -> Any:
    parts = text.split(":")
    if len(parts) != 3:
        return None
    payload = parts[0]
    packed = payload.startswith(".")
    raw = base64.urlsafe_b64decode(payload.lstrip(".") + "=" * (-len(payload.lstrip(".")) % 4))
    return dump(json.loads(zlib.decompress(raw) if packed else raw))


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def sealed_until(key: str) -> float | None:
    """Its time stands in it, in base 62; Django takes it for the age that the settings say."""
    parts = key.split(":")
    if len(parts) != 3:
        return None
    made = 0
    for digit in parts[1]:
        made = made * 62 + DIGITS.index(digit)
    return (made + settings.SESSION_COOKIE_AGE) * 1000


_connection: sqlite3.Connection | None = None


def rows() -> dict[str, Any]:
    global _connection
    if _connection is None:
        _connection = sqlite3.connect(DATABASE, timeout=20, isolation_level=None)
    found = _connection.execute("select session_key, session_data, expire_date from django_session").fetchall()
    records = {}
    for key, data, end in found:
        moment = datetime.datetime.fromisoformat(end).replace(tzinfo=datetime.timezone.utc)
        records[key] = {
            "raw": f"{data} {end}",
            "bytes": len(data),
            "content": decode_signed(data),
            "expiresAt": moment.timestamp() * 1000,
        }
    return records


def cached() -> dict[str, Any]:
    prefix = f"{PREFIX}:1:django.contrib.sessions.{ENGINE}"
    records = {}
    for name in RAW.scan_iter(match=f"{prefix}*", count=1000):
        raw, left = RAW.get(name), RAW.pttl(name)
        if raw is not None:
            records[name.decode()[len(prefix) :]] = {
                "raw": raw.decode("latin-1"),
                "bytes": len(raw),
                "content": dump(pickle.loads(raw)),
                "expiresAt": None if left < 0 else time.time() * 1000 + left,
            }
    return records


def records() -> dict[str, Any]:
    if ENGINE == "db":
        return rows()
    if ENGINE == "cache":
        return cached()
    if ENGINE == "cached_db":
        # The cache is asked first: what it holds is what the next load gives.
        lasting = rows()
        copies = cached()
        for key, record in copies.items():
            row = lasting.get(key, record)
            # Its size is the row's: the cache holds a copy.
            record["bytes"] = row["bytes"]
            if row["content"] == record["content"]:
                # A copy that the cache drops at its end was not written over.
                record["raw"] = row["raw"]
        return {**lasting, **copies}
    return {
        key: {"raw": key, "bytes": len(key), "content": decode_signed(key), "expiresAt": sealed_until(key)}
        for key in _keys
    }


# ── requests ─────────────────────────────────────────────────────────────────


class OpenRequest:
    """One request, whose view waits for what it is to do."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.todo: queue.Queue[tuple[Any, queue.Queue[Any]]] = queue.Queue()
        self.is_answered = False

    def look(self) -> dict[str, Any]:
        own = self.session.__dict__
        key = own.get("_SessionBase__session_key")
        if key is not None:
            _keys.add(key)
        if "_session_cache" not in own:
            return {"key": key}
        data = own["_session_cache"]
        # Seconds from when it is written, 0 with the browser.
        seconds = data.get("_session_expiry")
        end = time.time() * 1000 + seconds * 1000 if seconds else None
        try:
            # The row is JSON; the copy in the cache, which is asked first, is not.
            stored = data if ENGINE == "cache" else json.loads(json.dumps(data))
            if ENGINE in ("cache", "cached_db"):
                stored = pickle.loads(pickle.dumps(data))
        except (TypeError, ValueError, AttributeError, pickle.PicklingError):
            return {"key": key, "memory": dump(data), "sessionEnd": end}
        return {"key": key, "memory": dump(data), "asStored": dump(stored), "sessionEnd": end}

    def do(self, act: dict[str, Any]) -> dict[str, Any]:
        global _line
        _line = 0
        try:
            perform(self.session, act)
        except Exception as error:
            return {"line": _line, "error": repr(error)}
        return {"line": _line}


def perform(session: Any, act: dict[str, Any]) -> None:
    name, key = act["act"], act.get("key")
    if name == "set":
        session[here(key)] = make(act["value"])
    elif name == "get":
        session.get(here(key))
    elif name == "delete":
        del session[here(key)]
    elif name == "fill":
        for at in range(act["count"]):
            session[here(f"m{at}")] = act["seed"] + at
    elif name == "change in place":
        value = session.get(here(key))
        if isinstance(value, list):
            value.append(act["seed"])
        elif isinstance(value, dict):
            value["note"] = act["seed"]
    elif name == "keys":
        list(here(session).keys())
    elif name == "save":
        here(session).save()
    elif name == "new key":
        here(session).cycle_key()
    elif name == "end session":
        here(session).flush()
    elif name == "clear":
        here(session).clear()
    elif name == "touch":
        session.modified = here(True)
    elif name == "reload":
        here(session).load()
    elif name == "expire in":
        session.set_expiry(here(act["seconds"]))


_arrived: dict[int, OpenRequest] = {}
_has_arrived = threading.Condition()


def handle(request: HttpRequest, number: int) -> HttpResponse:
    own = OpenRequest(request.session)
    with _has_arrived:
        _arrived[number] = own
        _has_arrived.notify_all()
    while True:
        todo, answer = own.todo.get()
        if "die" in todo:
            raise SystemExit
        if "status" in todo:
            own.is_answered = True
            answer.put({})
            return HttpResponse("ok", status=todo["status"])
        answer.put(own.do(todo))


urlpatterns = [path("r/<int:number>", handle)]


class KeptServer(ThreadedWSGIServer):
    """Knows its connections, to cut them as the end of its process would."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, QuietHandler)
        self.connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Server:
    """The server under test. A restart is another companion, application and listener on the same port and store."""

    def start(self, port: int) -> None:
        self._wsgi = KeptServer(("127.0.0.1", port))
        self._wsgi.set_app(get_wsgi_application())
        threading.Thread(target=self._wsgi.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def facts(self) -> dict[str, Any]:
        return {"port": self._wsgi.server_port, "epoch": companion_of().log.epoch}

    def restart(self) -> dict[str, Any]:
        old = self._wsgi
        old.shutdown()
        old.server_close()
        for own in _arrived.values():
            if not own.is_answered:
                own.is_answered = True
                own.todo.put(({"die": True}, queue.Queue()))
        for connection in old.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        companion_of().close()
        forget_companion()
        self.start(old.server_port)
        return self.facts()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def ask(own: OpenRequest, todo: dict[str, Any]) -> dict[str, Any]:
    if own.is_answered:
        return own.do(todo)
    answer: queue.Queue[Any] = queue.Queue()
    own.todo.put((todo, answer))
    return answer.get(timeout=15)


_server = Server()


def report(number: int, done: dict[str, Any]) -> dict[str, Any]:
    return {**_arrived[number].look(), "seqs": [companion_of().log.last_seq], "records": [records()], **done}


def answer_to(command: dict[str, Any]) -> dict[str, Any]:
    do = command["do"]
    if do == "open":
        for own in _arrived.values():
            if not own.is_answered:
                ask(own, {"status": 200})
        _arrived.clear()
        _keys.clear()
        if ENGINE in ("db", "cached_db"):
            with sqlite3.connect(DATABASE, timeout=20) as connection:
                connection.execute("delete from django_session")
            connection.close()
        if ENGINE in ("cache", "cached_db"):
            for name in RAW.scan_iter(match=f"{PREFIX}*", count=1000):
                RAW.delete(name)
        options = command["settings"]["options"]
        settings.SESSION_SAVE_EVERY_REQUEST = options["saveEveryRequest"]
        settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = options["expireAtBrowserClose"]
        settings.SESSION_COOKIE_AGE = options["cookieAge"]
        if options.get("freshCompanion"):
            # A companion reports the settings that it was started with.
            return {"servers": [_server.restart()]}
        return {"servers": [_server.facts()]}
    if do == "acts":
        return {"reports": [report(one["request"], ask(_arrived[one["request"]], one["act"])) for one in command["acts"]]}
    if do == "restart":
        return _server.restart()
    number = command["request"]
    if do == "arrived":
        with _has_arrived:
            _has_arrived.wait_for(lambda: number in _arrived, timeout=15)
    if do == "end":
        return ask(_arrived[number], {"status": command["status"]})
    return report(number, {})


def main() -> None:
    call_command("migrate", verbosity=0)
    _server.start(0)
    for text in sys.stdin:
        try:
            reply = answer_to(json.loads(text))
        except Exception as error:
            import traceback

            reply = {"fault": f"{error!r} {traceback.format_exc()}"}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
