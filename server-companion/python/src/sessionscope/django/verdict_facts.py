"""What Django did with the session of one request: what its verdict is drawn from."""

from __future__ import annotations

from typing import NamedTuple

from ..observe.set_cookie import SetCookie
from ..observe.verdict_facts import names_of

#: Errors that a serializer raises for a value it can't take.
UNFIT_ERRORS = (TypeError, ValueError, OverflowError)


#: Outcomes of a load that say nothing of what the record holds.
UNREADABLE = ("unreadable", "invalid-signature", "error")


class Save(NamedTuple):
    """A call of `save`, and how it ended. The error itself is not kept: it would hold frames of the app."""

    is_framework: bool
    #: The error's class; None: it was saved.
    error: str | None = None
    message: str = ""
    #: An error of the kind that a serializer raises.
    is_unfit: bool = False
    #: Top-level keys that were saved.
    keys: int = 0


class Load(NamedTuple):
    """How the first touch of the session found its record."""

    #: As the wire names it.
    outcome: str
    #: Of a record that could not be read: why, as the wire names it.
    reason: str | None = None
    #: The same as a sentence without its period.
    text: str = ""
    #: Of a record that could not be read: the next save writes over it.
    keeps_record: bool = False


class Flush(NamedTuple):
    """A call of `flush`."""

    #: Dotted name of the function of Django's, or of the library's module, that called it; None: the app.
    by: str | None
    #: The session held a password hash, as `django.contrib.auth` puts there.
    has_hash: bool


class Store(NamedTuple):
    """Where this app keeps sessions."""

    #: Last part of the engine's name: `db`, `cache`, `file`.
    engine: str
    #: Dotted path of the cache's class, where the engine keeps records in a cache alone.
    cache: str | None = None


class Facts(NamedTuple):
    #: `request.session` is the session that Django's middleware made.
    has_session: bool
    #: The request had a cookie of the session's name.
    was_sent: bool
    #: None: nothing was loaded.
    load: Load | None
    accessed: bool
    modified: bool
    #: As Django's middleware found it: no key and no data.
    empty: bool
    #: None: the request was cancelled.
    status: int | None
    #: In order.
    saves: list[Save]
    #: The last one.
    flush: Flush | None
    #: Keys in which a nested change was found while nothing set `modified`.
    inferred: list[str]
    #: Keys that can't be serialized, where a save failed on them.
    unfit: list[str] | None
    set_cookie: SetCookie | None
    #: `SESSION_SAVE_EVERY_REQUEST` at that time.
    saves_every: bool
    store: Store
    #: This request itself wrote a record under a new key: by `create`, `cycle_key`, or a first save.
    was_made_here: bool = False
    #: The session holds what its record holds; None: nobody has read the record. Asked only where it decides.
    is_all_stored: bool | None = False

    @property
    def loaded(self) -> str | None:
        """The outcome of the load."""
        return None if self.load is None else self.load.outcome

    @property
    def is_unreadable(self) -> bool:
        """There is a record, or there may be one, and what it holds is not known."""
        return self.load is not None and self.load.outcome in UNREADABLE

    @property
    def is_aborted(self) -> bool:
        return self.status is None

    @property
    def is_server_error(self) -> bool:
        return (self.status or 0) >= 500

    @property
    def unsaved(self) -> str:
        """The keys with a nested change, for a sentence; empty: none."""
        return names_of(self.inferred)

    @property
    def failed(self) -> Save | None:
        """The save that failed, where that decided: Django's own, or the app's last."""
        found = next((save for save in reversed(self.saves) if save.error is not None), None)
        return found if found is not None and (found.is_framework or self.saves[-1] is found) else None

    @property
    def saved(self) -> Save | None:
        """Django's own save, where it succeeded."""
        return next((save for save in self.saves if save.is_framework and save.error is None), None)

    @property
    def is_saved(self) -> bool:
        return any(save.error is None for save in self.saves)

    @property
    def is_lost(self) -> bool:
        """Something changed since the app's own save, and Django did not save it."""
        is_left = self.modified and (self.is_server_error or self.is_aborted)
        return not self.is_all_stored and (is_left or bool(self.unsaved))

    @property
    def unwritten(self) -> str:
        """The outcome where nothing was written that Django would have written otherwise."""
        if not self.modified and not self.unsaved:
            return "unchanged" if self.was_sent and self.loaded in ("found", None) else "none"
        if self.is_all_stored is None:
            return "not-compared"
        return "unchanged" if self.is_all_stored else "not-saved"

    @property
    def is_interrupted(self) -> bool:
        return self.failed is not None and self.failed.error == "UpdateError"

    @property
    def is_flushed(self) -> bool:
        return self.flush is not None and self.empty

    @property
    def flushed_by(self) -> str | None:
        return None if self.flush is None else self.flush.by

    @property
    def wants_cookie(self) -> bool:
        """Django had reason to set it."""
        return (self.modified or self.saves_every) and not self.empty
