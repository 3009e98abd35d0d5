"""What Starlette's SessionMiddleware did with the session of one request: what its verdict is drawn from."""

from __future__ import annotations

from typing import NamedTuple

from ..observe.set_cookie import SetCookie
from ..observe.verdict_facts import Error, names_of


class Facts(NamedTuple):
    #: Starlette 1.0 and later: the session notes what is assigned to it.
    is_tracking: bool
    is_websocket: bool
    #: The request brought a cookie of the session's name.
    was_sent: bool
    #: `found`, `expired`, `invalid-signature`, `none-sent`.
    loaded: str
    #: What the middleware would write is the session that it made.
    has_session: bool
    #: The app touched the session.
    accessed: bool
    #: Starlette's own mark; before 1.0: the session was seen to change.
    modified: bool
    empty: bool
    #: None: no response began.
    status: int | None
    #: The app raised it before a response began.
    error: Error | None
    #: The middleware raised it while it wrote the cookie.
    save_error: Error | None
    #: Keys that JSON can't hold, where the cookie could not be written.
    unfit: list[str]
    #: Keys in which a nested change was found by the time of the decision.
    inferred: list[str]
    #: Keys that changed after the decision.
    late: list[str]
    #: As the response has it; by whom, `is_own` says.
    set_cookie: SetCookie | None
    #: The middleware wrote it.
    is_own: bool
    #: The cookie holds what the session holds. Asked only where nothing was saved.
    is_all_stored: bool = False

    @property
    def is_changed(self) -> bool:
        return (self.modified or bool(self.inferred)) and not self.is_all_stored

    @property
    def is_refused(self) -> bool:
        """The cookie was not accepted, so the session began empty."""
        return self.loaded in ("expired", "invalid-signature")

    @property
    def is_saved(self) -> bool:
        return self.is_own and self.set_cookie is not None and not self.set_cookie.is_deletion

    @property
    def is_cleared(self) -> bool:
        return self.is_own and self.set_cookie is not None and self.set_cookie.is_deletion

    @property
    def nested(self) -> str:
        """The keys with a nested change, for a sentence."""
        return names_of(self.inferred)

    @property
    def late_keys(self) -> str:
        return names_of(self.late)
