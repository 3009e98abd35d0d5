"""What a request and its response say of themselves, beside the session: fields of the wire, taken as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..core import protocol
from ..core.encode import shorten

_SITES = frozenset(["same-origin", "same-site", "cross-site", "none"])

#: Characters of a path that is sent.
MAX_PATH = 1_024


class RequestFacts(NamedTuple):
    """Headers of a request, by what they say; None: it has none."""

    host: str | None
    site: str | None
    dest: str | None
    purpose: str | None
    user_agent: str | None
    peer: str | None

    def fields(self, is_allowed_host: Callable[[str | None], bool], digest: Callable[[str], str]) -> dict[str, Any]:
        """As `exchange-started` has them. A host is named only where the endpoint answers to it."""
        fields: dict[str, Any] = {}
        if self.host is not None and is_allowed_host(self.host):
            fields["host"] = self.host[: protocol.NAME_LENGTH]
        if self.site in _SITES:
            fields["site"] = self.site
        if self.dest:
            fields["dest"] = self.dest[: protocol.NAME_LENGTH]
        if self.purpose:
            fields["purpose"] = self.purpose[: protocol.NAME_LENGTH]
        if self.user_agent or self.peer:
            fields["client"] = digest(f"client\0{self.user_agent}\0{self.peer}")
        return fields


def of_environ(meta: Mapping[str, Any]) -> RequestFacts:
    """Of a request as WSGI, CGI and Django name its headers."""
    get = meta.get
    return RequestFacts(
        get("HTTP_HOST"),
        get("HTTP_SEC_FETCH_SITE"),
        get("HTTP_SEC_FETCH_DEST"),
        get("HTTP_SEC_PURPOSE") or get("HTTP_PURPOSE"),
        get("HTTP_USER_AGENT"),
        get("REMOTE_ADDR"),
    )


def of_headers(headers: Mapping[str, str], peer: str | None) -> RequestFacts:
    """Of a request whose headers are known by lower-case name, as ASGI has them."""
    get = headers.get
    return RequestFacts(
        get("host"),
        get("sec-fetch-site"),
        get("sec-fetch-dest"),
        get("sec-purpose") or get("purpose"),
        get("user-agent"),
        peer,
    )


class ResponseFacts(NamedTuple):
    """Headers of a response; None: it has none."""

    cache_control: str | None
    vary: str | None
    location: str | None

    def fields(self) -> dict[str, Any]:
        """As `exchange-finished` has them. Of `Location` the path only: a query may be a secret."""
        fields: dict[str, Any] = {}
        if self.cache_control:
            fields["cacheControl"] = self.cache_control[: protocol.NAME_LENGTH]
        if self.vary:
            fields["vary"] = self.vary[: protocol.NAME_LENGTH]
        if self.location:
            # Of `http://[` it is not known where it leads.
            with suppress(ValueError):
                fields["location"] = shorten(urlsplit(self.location).path, MAX_PATH)
        return fields
