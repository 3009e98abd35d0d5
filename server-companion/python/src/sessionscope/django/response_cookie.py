"""What a response of Django's says of the session cookie."""

from __future__ import annotations

import time
from http.cookies import Morsel

from django.http.response import HttpResponseBase

from ..observe.set_cookie import SetCookie


def take_set_cookie(response: HttpResponseBase, name: str) -> SetCookie | None:
    """What the response says of the cookie; None: nothing."""
    morsel: Morsel[str] | None = response.cookies.get(name)
    if morsel is None:
        return None
    coded = morsel.coded_value
    length = len(coded) if coded.isascii() else len(coded.encode())
    return SetCookie(name, dict(morsel), len(name) + length, time.time())
