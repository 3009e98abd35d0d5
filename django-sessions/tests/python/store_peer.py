"""Django's sessions in a store that both sides share: writes and reads in batches. Settings come as for project.py.

One JSON request a line on standard input, one JSON answer a line.
"""

import json
import sys

import django
from django.conf import settings

config = json.loads(sys.argv[1])
database = config.get("database", {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})
if database["ENGINE"].endswith("mysql"):
    import pymysql

    # Django asks for mysqlclient's version; PyMySQL speaks its interface.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

settings.configure(
    SECRET_KEY=config["secret_key"],
    INSTALLED_APPS=["django.contrib.sessions"],
    DATABASES={"default": {**database, "CONN_MAX_AGE": None}},
    CACHES={
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **config["cache"]}
        if "cache" in config
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    },
    SESSION_ENGINE="django.contrib.sessions.backends." + config["engine"],
    SESSION_FILE_PATH=config.get("file_path"),
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    USE_TZ=True,
)
django.setup()

from importlib import import_module  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def dumps(data):
    return json.dumps(data, separators=(",", ":"))


def write(texts):
    """Keys of new sessions with these data."""
    keys = []
    with transaction.atomic():
        for text in texts:
            session = SessionStore()
            session.update(json.loads(text))
            session.save()
            keys.append(session.session_key)
    return keys


def read(keys):
    """JSON of the data, as Python writes it; null where the key was not adopted."""
    answers = []
    for key in keys:
        session = SessionStore(key)
        text = dumps(dict(session.items()))
        answers.append(text if session.session_key == key else None)
    return answers


def migrate(_nothing):
    """Takes a table that is there for its own; says what Django thinks of its columns and indexes."""
    call_command("migrate", fake_initial=True, verbosity=0)
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "django_session")
    return [
        sorted(
            [each["columns"], each["primary_key"], each["unique"], each["index"]]
            for each in constraints.values()
            if each["columns"]
        )
    ]


COMMANDS = {"write": write, "read": read, "migrate": migrate}

for line in sys.stdin:
    [request] = json.loads(line)
    answers = COMMANDS[request["command"]](request["items"])
    sys.stdout.write(json.dumps(answers) + "\n")
    sys.stdout.flush()
