"""The app under attack on Django, as a WSGI and an ASGI application in one file.

`/write/<note>` writes into the session, `/login/<note>` changes its key first, `/logout` ends it, `/` reads.
"""

import os
import sys

from django.conf import settings

settings.configure(
    DEBUG=True,
    SECRET_KEY="attacked",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions", "sessionscope.django"],
    MIDDLEWARE=[
        "sessionscope.django.middleware.SessionscopeMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_FILE_PATH=os.environ["ATTACK_SESSIONS"],
)

import django  # noqa: E402

django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def write(request: HttpRequest, note: str) -> HttpResponse:
    request.session["note"] = note
    return HttpResponse("written")


def login(request: HttpRequest, note: str) -> HttpResponse:
    request.session.cycle_key()
    return write(request, note)


def logout(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse("logged out")


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.session.get("note")))


urlpatterns = [
    path("write/<str:note>", write),
    path("login/<str:note>", login),
    path("logout", logout),
    path("", read),
]

wsgi = get_wsgi_application()
asgi = get_asgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
