from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .problems import cookie_not_set


class DemoSessionMiddleware(SessionMiddleware):
    """Django's own; on one page it does what a wrong SESSION_COOKIE_DOMAIN does on every page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        if request.path == cookie_not_set.PATH:
            for morsel in response.cookies.values():
                morsel["domain"] = cookie_not_set.DOMAIN
        return response
