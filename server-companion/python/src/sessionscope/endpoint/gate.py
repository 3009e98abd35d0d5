"""Who may come in at all: the same rule for every call at both listeners.

Each line of it is the lesson of a tool that was attacked through an endpoint like this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Of the published Chromium build.
CHROMIUM_EXTENSION_ID = "boifkficpoomongaacphegbiofamadii"

#: Chromium extensions that are known; `extension-identity.ts` holds the same list and says when to add to it.
KNOWN_EXTENSION_IDS = (CHROMIUM_EXTENSION_ID,)


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    message: str
    fix: str | None = None
    #: With `unsupported-version`: what this companion speaks.
    versions: tuple[int, ...] = ()


class CallRefused(Exception):
    def __init__(
        self, status: int, code: str, message: str, fix: str | None = None, versions: tuple[int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, code, message, fix, versions)

    @classmethod
    def of(cls, refusal: Refusal) -> CallRefused:
        return cls(refusal.status, refusal.code, refusal.message, refusal.fix, refusal.versions)


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


#: What an extension that nobody knows may ask, so that no install is a dead end: the rest once it is paired.
OPEN_CALLS = ("hello", "pair")


class GateRules:
    def __init__(self, hosts: Iterable[str] = (), extensions: Iterable[str] = ()) -> None:
        self.hosts = frozenset(["localhost", "127.0.0.1", "[::1]", *hosts])
        self.extensions = frozenset([*KNOWN_EXTENSION_IDS, *extensions])

    def is_allowed_host(self, host: str | None) -> bool:
        match = None if host is None else _HOST.fullmatch(host)
        if match is None or int(match[2] or 0) > _MAX_PORT:
            return False
        name = match[1].lower()
        return name in self.hosts or _LOCALHOSTS.fullmatch(name) is not None

    def extension_of(self, origin: str) -> str | None:
        """`known`: may ask as a holder. `unknown`: an extension, and none of ours. None: no extension."""
        match = _EXTENSION.fullmatch(origin)
        if match is None:
            return None
        return "known" if match[1] is None or match[1] in self.extensions else "unknown"

    def refuse(
        self,
        *,
        method: str,
        content_type: str | None,
        host: str | None,
        origin: str | None,
        is_upgrade: bool,
        call: str | None,
        has_proof: bool,
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
            if not has_proof:
                return Refusal(
                    403,
                    "refused",
                    "A call without an Origin needs a proof of pairing.",
                    "Ask from the Sessionscope panel, or pair first.",
                )
        else:
            extension = self.extension_of(origin)
            if extension is None:
                return Refusal(403, "refused", "The Origin is not an extension: no web page may ask.")
            if extension == "unknown" and call not in OPEN_CALLS and not has_proof:
                return Refusal(
                    403,
                    "not-paired",
                    "The Origin is an extension that this companion does not know, and it is not paired.",
                    "Pair it, or add its ID to SESSIONSCOPE['allowed_extensions'].",
                )
        if is_upgrade:
            return Refusal(403, "refused", "No call takes an Upgrade.")
        if (content_type or "").partition(";")[0].strip().lower() != "application/json":
            return Refusal(415, "wrong-content-type", "Calls are JSON: content-type application/json.")
        return None


def is_loopback(address: str | None) -> bool:
    """Loopback, IPv4 mapped into IPv6 included."""
    return address is not None and (address == "::1" or _LOOPBACK.fullmatch(address) is not None)
