"""What a response says of the session's cookie, its value left out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple


class SetCookie(NamedTuple):
    """A `Set-Cookie` as it was when the response was made; in the wire's words when somebody reads."""

    name: str
    #: Attributes by lower-case name; an absent one is an empty string or not there.
    attributes: dict[str, Any]
    #: Of `name=value`.
    bytes: int
    #: Epoch seconds.
    at: float

    @property
    def is_deletion(self) -> bool:
        max_age = self.attributes.get("max-age", "")
        if max_age != "":
            with suppress(ValueError):
                return int(max_age) <= 0
        end = self._expires()
        return end is not None and end <= self.at

    def _expires(self) -> float | None:
        expires = self.attributes.get("expires")
        return _date_of(str(expires)) if expires else None

    def as_wire(self) -> dict[str, Any]:
        """The attributes as the wire has them."""
        given = self.attributes
        fields: dict[str, Any] = {
            "name": self.name,
            "httpOnly": bool(given.get("httponly")),
            "secure": bool(given.get("secure")),
            "bytes": self.bytes,
        }
        for field in ("path", "domain"):
            if given.get(field):
                fields[field] = str(given[field])[:256]
        same_site = str(given.get("samesite", "")).lower()
        if same_site in ("strict", "lax", "none"):
            fields["sameSite"] = same_site
        if given.get("partitioned"):
            fields["partitioned"] = True
        max_age = given.get("max-age", "")
        if max_age != "":
            with suppress(ValueError):
                fields["maxAge"] = int(max_age)
                # `Expires` says the same in whole seconds.
                fields["expiresAt"] = (self.at + int(max_age)) * 1000
        else:
            end = self._expires()
            if end is not None:
                fields["expiresAt"] = end * 1000
        return fields


@lru_cache(maxsize=256)
def _date_of(text: str) -> float | None:
    """Epoch seconds; None: it is no date."""
    with suppress(TypeError, ValueError):
        return parsedate_to_datetime(text).timestamp()
    return None


def parse_set_cookie(text: str) -> tuple[str, str, dict[str, Any]]:
    """Name, raw value and attributes of one `Set-Cookie` header, as RFC 6265 reads it."""
    pair, *rest = text.split(";")
    name, _, value = pair.partition("=")
    attributes: dict[str, Any] = {}
    for part in rest:
        attribute, mark, given = part.strip().partition("=")
        attributes[attribute.lower()] = given if mark else True
    return name.strip(), value.strip(), attributes


def find_set_cookie(headers: Iterable[str], name: str) -> tuple[SetCookie, str] | None:
    """The last `Set-Cookie` of a name among such headers, which is the one that counts, with its raw value."""
    found: tuple[SetCookie, str] | None = None
    for text in headers:
        if not text.lstrip().startswith(name):
            continue
        set_name, value, attributes = parse_set_cookie(text)
        if set_name == name:
            # Name and value, without the sign between them: what browsers count (RFC 6265bis, 5.7).
            length = len(f"{name}{value}".encode("utf-8", "replace"))
            found = SetCookie(name, attributes, length, time.time()), value
    return found


def count_sent(header: str, name: str) -> int:
    """How many cookies of a name a request carries."""
    if name not in header:
        return 0
    return sum(part.partition("=")[0].strip() == name for part in header.split(";"))
