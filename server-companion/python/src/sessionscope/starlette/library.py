"""What the endpoint asks of one SessionMiddleware: what it is set to, and what a cookie of its own holds."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any, NamedTuple

from itsdangerous import BadSignature, SignatureExpired

from ..core import protocol
from ..core.encode import shorten
from ..core.viewers import Viewer
from ..observe.companion import Companion
from ..observe.library import Looks, Proof, Record
from ..observe.packages import version_of

_SHOWN = ("session_cookie", "max_age", "path", "security_flags")


class Opened(NamedTuple):
    """How the middleware takes a cookie."""

    #: `found`, `expired`, `invalid-signature`.
    outcome: str
    #: Epoch seconds at which it was signed.
    sealed_at: float | None = None


def content_of(value: str) -> Any:
    """What a cookie holds, its signature unlooked at: content, time and signature, each behind a dot."""
    return json.loads(b64decode(value.rsplit(".", 2)[0]))


class StarletteLibrary:
    def __init__(self, companion: Companion, middleware: Any, is_tracking: bool) -> None:
        self._companion = companion
        self._middleware = middleware
        #: Starlette 1.0 and later: the session notes what is assigned to it.
        self.is_tracking = is_tracking
        self._looks = Looks(companion.identity, companion.redaction)

    @property
    def cookie_name(self) -> str:
        return str(self._middleware.session_cookie)

    @property
    def max_age(self) -> int | None:
        age: int | None = self._middleware.max_age
        return age

    def describe(self) -> dict[str, Any]:
        settings = {name: repr(getattr(self._middleware, name, None)) for name in _SHOWN}
        settings["saves"] = (
            "with a response, when something in the session was assigned"
            if self.is_tracking
            else "with each response, unless the session is empty (Starlette before 1.0)"
        )
        secrets = getattr(self._middleware.signer, "secret_keys", None)
        return {
            "library": "starlette",
            "libraryVersion": version_of("starlette"),
            "cookieNames": [self.cookie_name[: protocol.NAME_LENGTH]],
            "commit": "automatic",
            "secret": self._companion.identity.digest(f"secret\0{secrets!r}"),
            "store": "cookie",
            "recordsIn": "cookie",
            "settings": {name: shorten(value, protocol.SENTENCE_LENGTH) for name, value in settings.items()},
        }

    def open(self, value: str) -> Opened:
        """How the middleware takes a cookie, found out as it does."""
        try:
            _, sealed_at = self._middleware.signer.unsign(
                value.encode("utf-8"), max_age=self.max_age, return_timestamp=True
            )
        except SignatureExpired as expired:
            signed = expired.date_signed
            return Opened("expired", None if signed is None else signed.timestamp())
        except BadSignature:
            return Opened("invalid-signature")
        return Opened("found", sealed_at.timestamp())

    def prove(self, name: str, value: str) -> Proof | None:
        """Reads a raw cookie that a caller claims; None: the name is not the session's. Remembers nothing."""
        if name != self.cookie_name:
            return None
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if self.open(value).outcome == "invalid-signature":
            return Proof("invalid")
        return Proof("valid", value, self._companion.identity.name_of(value))

    def read_store(self, key: str, viewer: Viewer) -> dict[str, Any]:
        """The cookie is the record: it is opened. Never raises."""
        return self._looks.at_store(key, lambda: self._record_of(key))

    def _record_of(self, value: str) -> Record:
        opened = self.open(value)
        if opened.outcome == "invalid-signature":
            return Record("error", bytes=len(value), text="The cookie is the record; its signature is not valid.")
        data = content_of(value)
        end = None if opened.sealed_at is None or self.max_age is None else (opened.sealed_at + self.max_age) * 1000
        text = "The cookie is the record. A copy of it stays valid until its end: nothing on the server revokes it."
        record = Record(opened.outcome, data if isinstance(data, dict) else None, len(value), end, text)
        return record if opened.outcome == "found" else record._replace(text="The cookie is older than max_age.")

    def read_memory(self, fingerprint: str, viewer: Viewer) -> list[dict[str, Any]]:
        """The sessions of open exchanges, read without changing anything."""
        return self._looks.at_memory(fingerprint, [each for each in self._companion.open if _is_of(each, self)])


def _is_of(exchange: Any, library: StarletteLibrary) -> bool:
    return exchange.library is library
