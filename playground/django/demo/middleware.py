from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .problems.staged import COOKIE_NOT_SET, POINTS, counted

#: Another host's: no browser takes a cookie for it from this one.
FOREIGN_DOMAIN = "shop.example"


class DemoSessionMiddleware(SessionMiddleware):
    """Django's own; on one page it does what a wrong SESSION_COOKIE_DOMAIN does on every page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        if request.path == COOKIE_NOT_SET.PATH:
            for morsel in response.cookies.values():
                morsel["domain"] = FOREIGN_DOMAIN
        return response


#: The bugs' requests wait for each other until this has seen them answered.
scenario_middleware = counted(POINTS)
