"""What a response says of the session cookie, its value left out."""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.cookies import Morsel
from typing import Any, NamedTuple

from django.http.response import HttpResponseBase


class SetCookie(NamedTuple):
    """A `Set-Cookie` as it was when the response was made; told when somebody reads."""

    name: str
    #: Attributes as Python's cookie keeps them; an absent one is an empty text.
    attributes: dict[str, Any]
    #: Of `name=value`.
    bytes: int
    #: Epoch seconds.
    at: float

    @property
    def is_deletion(self) -> bool:
        max_age = self.attributes["max-age"]
        return max_age != "" and int(max_age) <= 0

    def told(self) -> dict[str, Any]:
        """The attributes as the wire tells them."""
        given = self.attributes
        told: dict[str, Any] = {
            "name": self.name,
            "httpOnly": bool(given["httponly"]),
            "secure": bool(given["secure"]),
            "bytes": self.bytes,
        }
        for field in ("path", "domain"):
            if given[field]:
                told[field] = str(given[field])[:256]
        if given["samesite"].lower() in ("strict", "lax", "none"):
            told["sameSite"] = given["samesite"].lower()
        max_age = given["max-age"]
        if max_age != "":
            told["maxAge"] = int(max_age)
            # Django's `Expires` says the same in whole seconds.
            told["expiresAt"] = (self.at + int(max_age)) * 1000
        elif given["expires"]:
            with suppress(TypeError, ValueError):
                told["expiresAt"] = parsedate_to_datetime(given["expires"]).timestamp() * 1000
        return told


def take_set_cookie(response: HttpResponseBase, name: str) -> SetCookie | None:
    """What the response says of the cookie; None: nothing."""
    morsel: Morsel[str] | None = response.cookies.get(name)
    if morsel is None:
        return None
    coded = morsel.coded_value
    length = len(coded) if coded.isascii() else len(coded.encode())
    return SetCookie(name, dict(morsel), len(name) + 1 + length, time.time())
