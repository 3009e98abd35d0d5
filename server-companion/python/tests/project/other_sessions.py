"""A session middleware that is not built on Django's, as django-user-sessions has one."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin


class SessionMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        request.session = {}  # type: ignore[assignment]
