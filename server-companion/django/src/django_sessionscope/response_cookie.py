"""What a response says of the session cookie, its value left out."""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.cookies import Morsel
from typing import Any

from django.http.response import HttpResponseBase


def read_set_cookie(response: HttpResponseBase, name: str) -> tuple[dict[str, Any] | None, bool]:
    """The attributes of the cookie as the wire tells them, and whether it is a deletion."""
    morsel: Morsel[str] | None = response.cookies.get(name)
    if morsel is None:
        return None, False
    attributes: dict[str, Any] = {
        "name": name,
        "httpOnly": bool(morsel["httponly"]),
        "secure": bool(morsel["secure"]),
        "bytes": len(name) + 1 + len(morsel.coded_value.encode()),
    }
    for field in ("path", "domain"):
        if morsel[field]:
            attributes[field] = morsel[field][:256]
    if morsel["samesite"].lower() in ("strict", "lax", "none"):
        attributes["sameSite"] = morsel["samesite"].lower()
    max_age = morsel["max-age"]
    if max_age != "":
        attributes["maxAge"] = int(max_age)
        # Django's `Expires` says the same in whole seconds, and takes long to read.
        attributes["expiresAt"] = (time.time() + int(max_age)) * 1000
    elif morsel["expires"]:
        with suppress(TypeError, ValueError):
            attributes["expiresAt"] = parsedate_to_datetime(morsel["expires"]).timestamp() * 1000
    return attributes, max_age != "" and int(max_age) <= 0
