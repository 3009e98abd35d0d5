"""What the endpoint asks of one session interface: what it is set to, whose a cookie is, what a record holds."""

from __future__ import annotations

from typing import Any, NamedTuple

from itsdangerous import BadSignature, SignatureExpired

from ..core import protocol
from ..core.encode import shorten
from ..core.viewers import Viewer
from ..observe.companion import Companion
from ..observe.library import Looks, Proof, Record
from ..observe.packages import version_of
from .stores import is_server_side, kind_of, read_record

_SHOWN = (
    "PERMANENT_SESSION_LIFETIME",
    "SESSION_REFRESH_EACH_REQUEST",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_DOMAIN",
)

#: Where the records of a kind lie; of another one nothing is known.
_RECORDS_IN = {
    "cookie": "cookie",
    **dict.fromkeys(("redis", "memcached", "mongodb", "dynamodb", "filesystem"), "outside"),
}

#: Tags whose reading runs no code but Flask's.
_FLASKS_TAGS = "flask.json.tag"


class Opened(NamedTuple):
    """How the interface takes a cookie."""

    #: `valid`, `invalid`, `unsigned`.
    signature: str
    #: The session's key: of a sealed cookie its whole value. None: it names none.
    key: str | None
    #: `expired`, `invalid-signature`, or None: nothing speaks against it.
    refusal: str | None = None
    #: Epoch seconds at which a sealed cookie was signed.
    sealed_at: float | None = None


class FlaskLibrary:
    #: As sentences name it.
    framework = "Flask"

    def __init__(self, companion: Companion, app: Any, interface: Any) -> None:
        self._companion = companion
        self.app = app
        self.interface = interface
        self.is_server_side = is_server_side(interface)
        self.is_sealed = not self.is_server_side and hasattr(interface, "get_signing_serializer")
        self._made: tuple[Any, Any] | None = None
        self._looks = Looks(companion.identity, companion.redaction)

    @property
    def name(self) -> str:
        """As the wire names it."""
        return "flask-session" if type(self.interface).__module__.startswith("flask_session") else "flask"

    @property
    def cookie_name(self) -> str:
        return str(self.interface.get_cookie_name(self.app))

    @property
    def lifetime_s(self) -> float:
        lifetime: float = self.app.permanent_session_lifetime.total_seconds()
        return lifetime

    def describe(self) -> dict[str, Any]:
        config = self.app.config
        settings = {name: repr(config.get(name)) for name in _SHOWN}
        if self.is_server_side:
            settings["SESSION_KEY_PREFIX"] = repr(self.interface.key_prefix)
        store = kind_of(self.interface)
        records_in = _RECORDS_IN.get(store)
        return {
            "library": self.name,
            "libraryVersion": version_of(self.name),
            "cookieNames": [self.cookie_name[: protocol.NAME_LENGTH]],
            "commit": "automatic",
            "secret": self._companion.identity.digest(f"secret\0{self.app.secret_key!r}"),
            "store": store[: protocol.NAME_LENGTH],
            **({} if records_in is None else {"recordsIn": records_in}),
            "settings": {name: shorten(value, protocol.SENTENCE_LENGTH) for name, value in settings.items()},
        }

    def open(self, value: str) -> Opened:
        """How the interface takes a cookie, found out as it does; a store is not asked."""
        if self.is_sealed:
            return self._open_sealed(value)
        if self.is_server_side and self.interface.use_signer:
            try:
                return Opened("valid", self.interface._unsign(self.app, value))
            except BadSignature:
                return Opened("invalid", None, "invalid-signature")
        return Opened("unsigned", value)

    def _serializer(self) -> Any:
        """The interface's own, made again only where the secrets are others: making one takes most of an opening."""
        secrets = (self.app.secret_key, tuple(self.app.config.get("SECRET_KEY_FALLBACKS") or ()))
        if self._made is None or self._made[0] != secrets:
            self._made = secrets, self.interface.get_signing_serializer(self.app)
        return self._made[1]

    def _open_sealed(self, value: str) -> Opened:
        serializer = self._serializer()
        if serializer is None:
            return Opened("unsigned", None)
        for signer in serializer.iter_unsigners():
            try:
                _, signed = signer.unsign(value, max_age=int(self.lifetime_s), return_timestamp=True)
                return Opened("valid", value, None, signed.timestamp())
            except SignatureExpired as expired:
                at = None if expired.date_signed is None else expired.date_signed.timestamp()
                return Opened("valid", value, "expired", at)
            except BadSignature:
                continue
        return Opened("invalid", None, "invalid-signature")

    @property
    def opens_plainly(self) -> bool:
        """Whether what a sealed cookie holds can be read without running code of the app's."""
        tags = getattr(getattr(self.interface, "serializer", None), "order", None)
        return tags is not None and all(type(tag).__module__ == _FLASKS_TAGS for tag in tags)

    def content_of(self, value: str) -> Any:
        """What a sealed cookie holds, its signature unlooked at."""
        return self._serializer().load_payload(value.rsplit(".", 2)[0].encode())

    def prove(self, name: str, value: str) -> Proof | None:
        """Reads a raw cookie that a caller claims; None: the name is not the session's. Remembers nothing."""
        if name != self.cookie_name:
            return None
        opened = self.open(value)
        if opened.key is None:
            return Proof(opened.signature)
        return Proof(opened.signature, opened.key, self._companion.identity.name_of(opened.key))

    def read_store(self, key: str, viewer: Viewer) -> dict[str, Any]:
        """A pure read. Never raises."""
        return self._looks.at_store(key, lambda: self._record_of(key))

    def _record_of(self, key: str) -> Record:
        if self.is_server_side:
            return read_record(self.app, self.interface, key)
        if not self.is_sealed:
            return Record(
                "unreadable", text=f"No way is known to read {type(self.interface).__name__} without changing it."
            )
        opened = self.open(key)
        if opened.key is None:
            return Record("error", bytes=len(key), text="The cookie is the record; its signature is not valid.")
        end = None if opened.sealed_at is None else (opened.sealed_at + self.lifetime_s) * 1000
        if not self.opens_plainly:
            return Record(
                "unreadable", bytes=len(key), expires_at=end, text="The serializer has tags of the app's own."
            )
        data = self.content_of(key)
        text = "The cookie is the record. A copy of it stays valid until its end: nothing on the server revokes it."
        record = Record("found", data if isinstance(data, dict) else None, len(key), end, text)
        if opened.refusal is None:
            return record
        return record._replace(outcome="expired", text="The cookie is older than PERMANENT_SESSION_LIFETIME.")

    def read_memory(self, fingerprint: str, viewer: Viewer) -> list[dict[str, Any]]:
        """The sessions of open exchanges, read without changing anything."""
        own = [each for each in self._companion.open if getattr(each, "library", None) is self]
        return self._looks.at_memory(fingerprint, own)
