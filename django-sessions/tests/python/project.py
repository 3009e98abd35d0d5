"""A Django project whose one view runs instructions on request.session; settings come as JSON on the command line.

Prints its port, then serves one request after another. The header X-Settings overrides settings for its request.
"""

import json
import sys
import traceback
import warnings

import django
from django.conf import settings

config = json.loads(sys.argv[1])
database = config.get("database", {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})
if database["ENGINE"].endswith("mysql"):
    import pymysql

    # Django asks for mysqlclient's version; PyMySQL speaks its interface.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

warnings.simplefilter("ignore")
settings.configure(
    DEBUG=False,
    SECRET_KEY=config["secret_key"],
    SECRET_KEY_FALLBACKS=config.get("fallbacks", []),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": database},
    CACHES={
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **config["cache"]}
        if "cache" in config
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    },
    SESSION_ENGINE="django.contrib.sessions.backends." + config["engine"],
    SESSION_FILE_PATH=config.get("file_path"),
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    **config.get("settings", {"USE_TZ": True}),
)
django.setup()

import logging  # noqa: E402

logging.disable(logging.CRITICAL)

from datetime import timedelta  # noqa: E402
from http.server import BaseHTTPRequestHandler, HTTPServer  # noqa: E402
from io import BytesIO  # noqa: E402

from django.contrib.sessions.backends.base import CreateError, UpdateError  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.signals import got_request_exception  # noqa: E402
from django.dispatch import receiver  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402


def step(session, name, *args):
    if name == "get":
        return session.get(*args)
    if name == "require":
        return session[args[0]]
    if name == "set":
        session[args[0]] = args[1]
    elif name == "delete":
        del session[args[0]]
    elif name == "pop":
        return session.pop(*args)
    elif name == "setDefault":
        return session.setdefault(*args)
    elif name == "update":
        session.update(args[0])
    elif name == "has":
        return args[0] in session
    elif name == "keys":
        return list(session.keys())
    elif name == "values":
        return list(session.values())
    elif name == "entries":
        return [list(item) for item in session.items()]
    elif name == "clear":
        session.clear()
    elif name == "flush":
        session.flush()
    elif name == "cycleKey":
        session.cycle_key()
    elif name == "setExpiry":
        session.set_expiry(args[0])
    elif name == "setExpiryDate":
        session.set_expiry(timezone.now() + timedelta(seconds=args[0]))
    elif name == "getExpiryAge":
        return {"seconds": session.get_expiry_age()}
    elif name == "getExpiryDate":
        return {"seconds": (session.get_expiry_date() - timezone.now()).total_seconds()}
    elif name == "exists":
        return session.exists(session.session_key or "z" * 32)
    elif name == "deleteRecord":
        session.delete()
    elif name == "saveNew":
        session.save(must_create=True)
    elif name == "setUnserializable":
        session["odd"] = lambda: 1
    elif name == "getExpireAtBrowserClose":
        return session.get_expire_at_browser_close()
    elif name == "setTestCookie":
        session.set_test_cookie()
    elif name == "testCookieWorked":
        return session.test_cookie_worked()
    elif name == "deleteTestCookie":
        session.delete_test_cookie()
    elif name == "isEmpty":
        return session.is_empty()
    elif name == "accessed":
        return session.accessed
    elif name == "modified":
        return session.modified
    elif name == "setModified":
        session.modified = args[0]
    elif name == "hasKey":
        return session.session_key is not None
    elif name == "nested":
        value = session.get(args[0])
        if isinstance(value, list):
            value.append("nested")
    elif name == "save":
        session.save()
    elif name == "create":
        session.create()
    elif name == "load":
        return session.load()
    else:
        raise AssertionError(name)
    return None


def run(request):
    program = json.loads(request.headers["X-Program"])
    results = []
    for instruction in program["steps"]:
        try:
            results.append(step(request.session, *instruction))
        except KeyError:
            results.append("MissingKeyError")
        except UpdateError:
            results.append("UpdateError")
        except CreateError:
            results.append("CreateError")
    if program["raises"]:
        raise RuntimeError("as planned")
    text = json.dumps(results)
    if program["streams"]:
        response = StreamingHttpResponse([text[:5], text[5:]], status=program["status"])
    else:
        response = HttpResponse(text, status=program["status"])
    response["Content-Type"] = "application/json"
    if program["vary"]:
        response["Vary"] = program["vary"]
    response.set_cookie("other", "kept")
    return response


urlpatterns = [path("run", run)]

if config["engine"] in ("db", "cached_db"):
    call_command("migrate", verbosity=0)



@receiver(got_request_exception)
def report(**_kwargs):
    """What was not planned is for whoever reads why two runs differ."""
    if not isinstance(sys.exc_info()[1], TypeError) and "as planned" not in str(sys.exc_info()[1]):
        print(traceback.format_exc(limit=-4), file=sys.stderr, flush=True)


application = WSGIHandler()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def serve(self):
        overrides = json.loads(self.headers.get("X-Settings", "{}"))
        environ = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": self.path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        for name in ("Cookie", "X-Program"):
            if name in self.headers:
                environ["HTTP_" + name.upper().replace("-", "_")] = self.headers[name]
        head = {}

        def start_response(status, headers, exc_info=None):
            head["status"], head["headers"] = status, headers

        with override_settings(**overrides):
            result = application(environ, start_response)
            body = b"".join(result)
            result.close() if hasattr(result, "close") else None
        code, _, reason = head["status"].partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in head["headers"]:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = serve


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
