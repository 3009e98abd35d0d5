"""One request on its way through Django: what Django did with its session, beside what every exchange has."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..observe.exchange import ObservedExchange, RequestLine, SentCookie
from ..observe.http_facts import ResponseFacts, of_environ
from ..observe.set_cookie import count_sent
from ..observe.stored_state import holds
from ..observe.unfit_values import unfit_keys
from .response_cookie import take_set_cookie
from .stored_form import sealed_text
from .verdict import judge
from .verdict_facts import Facts, Flush, Load, Save

if TYPE_CHECKING:
    from .companion import Companion
    from .observed_session import ObservedDjangoSession

#: What a record holds that nobody has read or written during the request.
NOT_KNOWN = object()

#: The exchange whose request is being served, for the session that is made for it.
current_exchange: ContextVar[Exchange | None] = ContextVar("sessionscope_exchange", default=None)


class Exchange(ObservedExchange):
    #: Let go when the exchange ends: the request holds the session, and what observes the session this.
    request: HttpRequest | None
    #: The session that Django's middleware made for the request.
    observed: ObservedDjangoSession | None = None
    #: How the first touch found the record.
    load: Load | None = None
    #: The last call of `flush`.
    flush: Flush | None = None
    #: A record was written under a new key.
    was_made_here = False
    #: What the session held when its record was loaded, or written last, as `KnownValues.state()` gives it or as the
    #: record's text; None: there is none; `NOT_KNOWN`: nothing was loaded.
    stored_state: Any = NOT_KNOWN
    #: `accessed`, `modified` and emptiness as Django's middleware found them.
    decided_on: tuple[bool, bool, bool] | None = None

    def __init__(self, companion: Companion, request: HttpRequest) -> None:
        super().__init__(companion)
        self.request = request
        self.saves: list[Save] = []

    def start(self) -> None:
        """Records that the exchange began."""
        request = self.request
        if request is None:
            return
        companion: Companion = self.companion
        name = settings.SESSION_COOKIE_NAME
        line = RequestLine(
            request.method or "GET",
            companion.identity.without_keys(request.path),
            request.scheme == "https",
            of_environ(request.META),
        )
        cookie = SentCookie(name)
        value = request.COOKIES.get(name)
        if value is not None:
            header = request.META.get("HTTP_COOKIE", "")
            sent = 1 if header.count(name) < 2 else max(1, count_sent(header, name))
            proof = companion.sessions.prove_value(value)
            cookie = SentCookie(name, sent, proof.signature, proof.fingerprint, "last")
        self.begin(line, cookie)

    def finish(self, response: HttpResponseBase | None) -> None:
        """The response is made, or (None) the request was cancelled."""
        request = self.request
        if self.is_ended or request is None:
            return
        self.leave()
        observed = self.observed
        clocks = state = None
        has_session = False
        if observed is not None:
            if response is None or response.streaming or self.decided_on is None:
                # Else the last look was when Django decided, and no code of the app has run since.
                observed.checkpoint()
            session = observed.session()
            has_session = session is not None and request.__dict__.get("session") is session
            self._last = observed.name()
            if observed.memory is not None:
                clocks = observed.saved_clocks or observed.clocks()
                if any(save.is_unfit for save in self.saves):
                    state = observed.memory.encoded_state()
        accessed, modified, empty = self.decided_on or _found_now(observed)
        heads = cookie = status = None
        if response is not None:
            get = response.headers.get
            heads = ResponseFacts(get("Cache-Control"), get("Vary"), get("Location"))
            cookie = take_set_cookie(response, self.cookie.name)
            status = response.status_code
        # Asked only where it decides: it costs two encodings.
        is_undecided = status is None or status >= 500 or (bool(self.inferred) and not modified)
        is_all_stored = self._is_all_stored(observed) if is_undecided else False
        facts = Facts(
            has_session,
            self.cookie.times > 0,
            self.load,
            accessed,
            modified,
            empty,
            status,
            self.saves,
            self.flush,
            [] if modified else self.inferred,
            None if state is None else unfit_keys(state),
            cookie,
            bool(settings.SESSION_SAVE_EVERY_REQUEST),
            self.companion.sessions.store(),
            self.was_made_here,
            is_all_stored,
        )
        self.end(facts, heads, status, cookie, clocks)
        # What observes the session holds the exchange, and the data: nothing waits for the garbage collector.
        self.request = self.observed = None

    def _is_all_stored(self, observed: ObservedDjangoSession | None) -> bool | None:
        """Whether the session holds what its record holds. None: nobody has read the record."""
        if observed is None:
            return False
        memory = observed.memory
        if memory is None:
            # Nothing was loaded, so nothing of it can have changed.
            return self.stored_state is not None
        stored = self._stored_state(observed)
        if stored is NOT_KNOWN:
            return None
        return stored is not None and holds(stored, memory, self.digest)

    def _stored_state(self, observed: ObservedDjangoSession) -> Any:
        """What the record holds; None: there is none."""
        key = observed.key()
        if self.stored_state is not NOT_KNOWN or key is None:
            return None if self.stored_state is NOT_KNOWN else self.stored_state
        sessions = self.companion.sessions
        if not sessions.is_cookie_store:
            return NOT_KNOWN
        # The cookie is the record: to read it asks nobody. One that is refused reads as empty.
        return (sealed_text(observed, key) or NOT_KNOWN) if sessions.cookie_outcome(key) == "found" else {}

    def judge(self, facts: Facts) -> dict[str, Any]:
        return judge(facts)

    def session_after(self, facts: Facts, outcome: str) -> str | None:
        if outcome in ("deleted", "missing"):
            return None
        if outcome == "saved":
            return self._last
        if self.was_made_here and self.stored_state is not None:
            # Under its new key it was saved, whatever became of what changed after that.
            return self._last
        if outcome in ("unchanged", "unreadable"):
            return self.owner if self.load is None else self._last
        if facts.is_interrupted or self.flush is not None:
            return None
        return self.owner if facts.loaded in ("found", None) else None


def _found_now(observed: ObservedDjangoSession | None) -> tuple[bool, bool, bool]:
    """`accessed`, `modified` and emptiness where the request was cancelled before Django asked."""
    if observed is None:
        return False, False, True
    values = observed.values
    return bool(values.get("accessed")), bool(values.get("modified")), observed.key() is None and not observed.data()
