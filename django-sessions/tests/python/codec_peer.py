"""Django's side of the codec tests: one JSON request a line on standard input, one JSON answer a line."""

import base64
import json
import pickle
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=sys.argv[1],
    SECRET_KEY_FALLBACKS=sys.argv[2:],
    SESSION_ENGINE="django.contrib.sessions.backends.db",
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore  # noqa: E402
from django.core import signing  # noqa: E402

SALT = "django.contrib.sessions.SessionStore"


class Recorder:
    """A session as the db back-end makes it, without a database."""

    @staticmethod
    def store():
        from django.contrib.sessions.backends.base import SessionBase

        class SessionStore(SessionBase):
            pass

        SessionStore.__qualname__ = "SessionStore"
        return SessionStore()


store = Recorder.store()


def describe(value):
    """The value with Python's types written out, so that 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return {"dict": [[describe(k), describe(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [describe(item) for item in value]}
    return {type(value).__name__: repr(value)}


def encode(request):
    data = json.loads(request["json"])
    return {"record": store.encode(data), "json": json.dumps(data, separators=(",", ":"))}


def decode(request):
    data = store.decode(request["record"])
    return {"json": json.dumps(data, separators=(",", ":")), "types": describe(data)}


def to_pickle(request):
    data = json.loads(request["json"])
    return {"pickle": base64.b64encode(pickle.dumps(data, request["protocol"])).decode()}


def eval_pickle(request):
    """A pickle of what a Python expression gives: tuples, dates, cycles."""
    import collections
    import datetime
    import decimal
    import uuid

    names = {"datetime": datetime, "decimal": decimal, "uuid": uuid, "collections": collections}
    value = eval(request["expression"], names)
    return {"pickle": base64.b64encode(pickle.dumps(value, request["protocol"])).decode(), "types": describe(value)}


def from_pickle(request):
    data = pickle.loads(base64.b64decode(request["pickle"]))
    try:
        text = json.dumps(data, separators=(",", ":"))
    except (TypeError, ValueError):
        text = None
    return {"json": text, "types": describe(data)}


def sign(request):
    return {"signed": signing.TimestampSigner(salt=request["salt"]).sign(request["text"])}


def load_cookie(request):
    session = CookieStore(request["cookie"])
    return {"json": json.dumps(dict(session.items()), separators=(",", ":")), "modified": session.modified}


def dump_raw(request):
    """Signs a payload as it is: not JSON, deep, a bomb."""
    import zlib

    payload = base64.b64decode(request["payload"])
    text = signing.b64_encode(zlib.compress(payload) if request["compress"] else payload).decode()
    if request["compress"]:
        text = "." + text
    return {"record": signing.TimestampSigner(salt=SALT).sign(text)}


COMMANDS = {
    "encode": encode,
    "decode": decode,
    "to_pickle": to_pickle,
    "eval_pickle": eval_pickle,
    "from_pickle": from_pickle,
    "sign": sign,
    "load_cookie": load_cookie,
    "dump_raw": dump_raw,
}

for line in sys.stdin:
    requests = json.loads(line)
    answers = [COMMANDS[request["command"]](request) for request in requests]
    sys.stdout.write(json.dumps(answers) + "\n")
    sys.stdout.flush()
