"""Django's own example of an extended session engine, on a database that is shared; answers lines of JSON."""

import json
import sys

import django
from django.conf import settings

config = json.loads(sys.argv[1])
if config["database"]["ENGINE"].endswith("mysql"):
    import pymysql

    # Django asks for mysqlclient's version; PyMySQL speaks its interface.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

settings.configure(
    SECRET_KEY=config["secret_key"],
    DATABASES={"default": config["database"]},
    INSTALLED_APPS=["django.contrib.sessions"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib.sessions.backends.db import SessionStore as DBStore  # noqa: E402
from django.contrib.sessions.base_session import AbstractBaseSession  # noqa: E402
from django.db import connection, models  # noqa: E402


class CustomSession(AbstractBaseSession):
    account_id = models.IntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        app_label = "mysessions"

    @classmethod
    def get_session_store_class(cls):
        return SessionStore


class SessionStore(DBStore):
    @classmethod
    def get_model_class(cls):
        return CustomSession

    def create_model_instance(self, data):
        obj = super().create_model_instance(data)
        try:
            account_id = int(data.get("_auth_user_id"))
        except (ValueError, TypeError):
            account_id = None
        obj.account_id = account_id
        return obj


def answer(request):
    do = request["do"]
    if do == "migrate":
        with connection.schema_editor() as editor:
            editor.create_model(CustomSession)
    elif do == "login":
        session = SessionStore()
        session["_auth_user_id"] = request["user"]
        session.save()
        return session.session_key
    elif do == "read":
        return dict(SessionStore(request["key"]).items())
    elif do == "keys":
        return sorted(CustomSession.objects.filter(account_id=request["user"]).values_list("session_key", flat=True))
    return None


for line in sys.stdin:
    print(json.dumps([answer(request) for request in json.loads(line)]), flush=True)
