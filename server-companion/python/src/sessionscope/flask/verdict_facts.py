"""What a session interface of Flask's did with the session of one request: what its verdict is drawn from."""

from __future__ import annotations

from typing import NamedTuple

from ..observe.set_cookie import SetCookie
from ..observe.verdict_facts import Error, names_of


class Facts(NamedTuple):
    #: The cookie names a record in a store (Flask-Session); else the cookie is the record.
    is_server_side: bool
    #: There is a secret key: without one Flask has no session.
    has_session: bool
    #: The request brought a cookie of the session's name.
    was_sent: bool
    #: As the wire names it.
    loaded: str
    #: The app called the session.
    has_calls: bool
    #: `session.modified`, as the interface found it.
    modified: bool
    #: `session.permanent`.
    permanent: bool
    #: `SESSION_REFRESH_EACH_REQUEST`.
    refreshes: bool
    empty: bool
    #: None: there was no response.
    status: int | None
    #: The app raised it, and Flask let it through.
    error: Error | None
    #: The interface raised it as it saved the session.
    save_error: Error | None
    #: Keys that can't be serialized, where saving failed on them.
    unfit: list[str]
    #: Keys in which a nested change was found by the time of the decision.
    inferred: list[str]
    #: Keys that changed after the decision.
    late: list[str]
    #: A record was written; of a sealed cookie: the cookie was.
    is_saved: bool
    #: A record was deleted; of a sealed cookie: the cookie was dropped.
    is_deleted: bool
    set_cookie: SetCookie | None
    #: The interface set it, and not other code.
    is_own: bool
    #: The record holds what the session holds. Asked only where nothing was saved.
    is_all_stored: bool = False
    #: As sentences name it.
    framework: str = "Flask"
    #: A WebSocket without a response (Quart): no cookie can be set.
    is_websocket: bool = False

    @property
    def is_changed(self) -> bool:
        return (self.modified or bool(self.inferred)) and not self.is_all_stored

    @property
    def is_unsaved(self) -> bool:
        """It was not saved whatever it held."""
        return self.error is not None or self.save_error is not None or self.is_websocket

    @property
    def is_refused(self) -> bool:
        return self.loaded in ("expired", "invalid-signature")

    @property
    def is_cookie_set(self) -> bool:
        return self.is_own and self.set_cookie is not None and not self.set_cookie.is_deletion

    @property
    def is_cookie_dropped(self) -> bool:
        return self.is_own and self.set_cookie is not None and self.set_cookie.is_deletion

    @property
    def nested(self) -> str:
        """The keys with a nested change, for a sentence."""
        return names_of(self.inferred)

    @property
    def late_keys(self) -> str:
        return names_of(self.late)
