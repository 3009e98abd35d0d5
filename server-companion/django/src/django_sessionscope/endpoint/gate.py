"""Who may come in at all: the same rule for every call at both doors.

Each line of it is the lesson of a tool that was attacked through an endpoint like this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Of the published Chromium build.
CHROMIUM_EXTENSION_ID = "boifkficpoomongaacphegbiofamadii"


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    message: str
    mend: str | None = None
    #: With `unsupported-version`: what this companion speaks.
    versions: tuple[int, ...] = ()


class CallRefused(Exception):
    def __init__(
        self, status: int, code: str, message: str, mend: str | None = None, versions: tuple[int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, code, message, mend, versions)


#: A host and nothing else: a user name, a path or a space has no place in it.
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_MAX_PORT = 65_535
_LOCALHOSTS = re.compile(r"(?:[a-z0-9-]+\.)+localhost", re.ASCII)
#: Chromium IDs are pinned; Firefox gives each profile a random one, so any of its form passes.
_EXTENSION = re.compile(
    r"(?:chrome-extension://([a-p]{32})|moz-extension://[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.ASCII,
)
_LOOPBACK = re.compile(r"(?:::ffff:)?127(?:\.[0-9]{1,3}){3}", re.ASCII)


class GateRules:
    def __init__(self, hosts: Iterable[str] = (), extensions: Iterable[str] = ()) -> None:
        self.hosts = frozenset(["localhost", "127.0.0.1", "[::1]", *hosts])
        self.extensions = frozenset([CHROMIUM_EXTENSION_ID, *extensions])

    def is_allowed_host(self, host: str | None) -> bool:
        match = None if host is None else _HOST.fullmatch(host)
        if match is None or int(match[2] or 0) > _MAX_PORT:
            return False
        name = match[1].lower()
        return name in self.hosts or _LOCALHOSTS.fullmatch(name) is not None

    def is_extension_origin(self, origin: str) -> bool:
        match = _EXTENSION.fullmatch(origin)
        return match is not None and (match[1] is None or match[1] in self.extensions)

    def refuse(
        self,
        *,
        method: str,
        content_type: str | None,
        host: str | None,
        origin: str | None,
        is_upgrade: bool,
        has_token: bool,
    ) -> Refusal | None:
        """None: may come in."""
        if method != "POST":
            return Refusal(405, "method-not-allowed", "Every call is a POST.")
        if not self.is_allowed_host(host):
            return Refusal(
                403,
                "refused",
                "The Host header names a host that this companion does not answer to.",
                "Ask by localhost, or name the host in SESSIONSCOPE['allowed_hosts'].",
            )
        if origin is None:
            if not has_token:
                return Refusal(
                    403,
                    "refused",
                    "A call without an Origin needs a token.",
                    "Ask from the Sessionscope panel, or pair first.",
                )
        elif not self.is_extension_origin(origin):
            return Refusal(
                403,
                "refused",
                "The Origin is not an extension that this companion knows.",
                "A build of your own: name its ID in SESSIONSCOPE['allowed_extensions'].",
            )
        if is_upgrade:
            return Refusal(403, "refused", "No call takes an Upgrade.")
        if (content_type or "").partition(";")[0].strip().lower() != "application/json":
            return Refusal(415, "wrong-content-type", "Calls are JSON: content-type application/json.")
        return None


def is_loopback(address: str | None) -> bool:
    """Loopback, IPv4 mapped into IPv6 included."""
    return address is not None and (address == "::1" or _LOOPBACK.fullmatch(address) is not None)
