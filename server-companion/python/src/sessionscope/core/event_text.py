"""Events as JSON, as they leave the process: redacted, within bounds, without the session keys that it knows.

A panel that is attached reads every event, and most of what one says was said before: who called and from where, the
same values, the record that was saved last. So a text is put together of pieces that are remembered, which costs a
fifth of making, redacting and writing it again. What a session key is may become known after a piece was made: then
the piece is looked at again.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any

from .changes import MISSING
from .encode import Digest
from .protocol import ENTRIES, NODES, EncodedValue, Event, KeyPath
from .redact import redact, shown_path, to_json
from .redaction import Redaction
from .sentences import map_sentences
from .session_parts import SHORT_KEY, SessionParts
from .snapshot import Kept, Snapshot, reveal
from .stored_text import StoredText
from .trim import fits, trim
from .viewers import Record

#: Characters of the pieces that are remembered, and of one: a session of usual size, and some thousand lines of code.
MAX_HELD = 4 * 1024 * 1024
MAX_PIECE = 64 * 1024

#: Parts of an event that are a whole session.
WHOLES = ("state", "stored")

#: Parts of an event that are values of the app's.
PARTS = ("before", "after", *WHOLES)

#: Types of events that have them.
_WITH_VALUES = ("operation-recorded", "snapshot-taken")

#: Operations whose record is compared with others by its digest.
_DIGESTED = (None, "load", "save")

#: The number of another record, as events name it; None: it has none any more.
NumberOf = Callable[[Record], int | None]

#: Keys of a session that is put together of pieces, and its characters: no bound of an event's values is in question.
_MAX_KEYS = ENTRIES
_MAX_COMPOSED = 2 * NODES - 100

#: Keys that JSON objects can't have here.
_UNSAID = ("$", "__proto__")

#: A part of an event: a value as it was kept, a session, a record, or encoded already.
Whole = Any

_dumps = json.JSONEncoder(separators=(",", ":")).encode


class EventMaker(ABC):
    """How an event is made of its record, when somebody reads it."""

    @abstractmethod
    def event(self, record: Record) -> Event:
        """The event as it was recorded, secrets and all."""

    def members(self, record: Record, texts: EventTexts, number_of: NumberOf) -> str:
        """The members of the event as a JSON object has them, as they may leave the process."""
        return texts.members(self.event(record), number_of)


class GivenEvent(EventMaker):
    """Of a record that has the event itself."""

    def event(self, record: Record) -> Event:
        return dict(record[3])


class Piece:
    """A stretch of JSON, redacted."""

    __slots__ = ("digest", "fits", "held", "keys", "plain", "raw", "text")

    def __init__(self, raw: str, digest: str | None = None, held: object = None) -> None:
        self.raw = raw
        #: Before redaction.
        self.plain = raw
        #: It is within bounds one level deeper, too.
        self.fits = True
        #: Without session keys.
        self.text = raw
        #: How many keys had been known when it was looked through; None: not yet; -1: nothing in it can be a key.
        self.keys: int | None = None
        #: Of the content before redaction.
        self.digest = digest
        self.held = held


class EventTexts:
    """Writes events for all that read a log."""

    def __init__(self, rules: Redaction) -> None:
        self._rules = rules
        self._pieces: dict[Hashable, Piece] = {}
        self._held = 0

    # ── any event ──────────────────────────────────────────────────────────────

    def members(self, event: Event, number_of: NumberOf) -> str:
        """Of an event with values as they were kept or encoded; it is used up."""
        exchange = event.pop("exchange", MISSING)
        via = event.pop("via", None)
        parts = "" if exchange is MISSING else f',"exchange":{_dumps(exchange)}'
        number = via if via is None or type(via) is int else number_of(via)
        if number is not None:
            parts += f',"via":{number}'
        if event["type"] in _WITH_VALUES:
            parts += self._parts(event)
        return self._once(self._fields(event)) + parts

    def _fields(self, event: Event) -> str:
        map_sentences(event, self._rules.clean)
        if event["type"] in _WITH_VALUES and "path" in event:
            event["path"] = shown_path(event["path"], self._rules)
        return _dumps(event)[1:-1]

    def _parts(self, event: Event) -> str:
        path = event.get("path", [])
        # Of the content before redaction: it distinguishes two records that differ in a secret only.
        is_digested = "digest" not in event and event.get("operation") in _DIGESTED
        text = ""
        for name in PARTS:
            if name not in event:
                continue
            kept = event.pop(name)
            if path and name not in WHOLES:
                text += f',"{name}":{self._once(self._shown(encoded_of(kept, self._rules.digest), path))}'
                continue
            piece = self._content(kept)
            text += f',"{name}":{self._without_keys(piece)}'
            if is_digested and kept is not None and name in WHOLES:
                # The last of them: `stored`, where there is one.
                event["digest"] = piece.digest
        return text

    # ── a part of an event ─────────────────────────────────────────────────────

    def value(self, step: str, kept: Kept) -> str:
        """What the key `step` held, as it was kept."""
        if type(kept) is int and not self._rules.name_of(step).is_secret:
            return str(kept)
        return self._without_keys(self._value(step, kept))

    def _value(self, step: str, kept: Kept) -> Piece:
        kind = type(kept)
        # Not of numbers: `1`, `1.0` and `True` are equal.
        key: Hashable = (step, kept) if kind is str else (step, kept.data) if kind is Snapshot else None
        piece = None if key is None else self._pieces.get(key)
        if piece is None:
            rules = self._rules
            encoded = reveal(kept, rules.digest)
            held = redact(encoded, [step], rules)
            piece = Piece(_dumps(trim(held, rules.digest, recorded=encoded)))
            piece.fits = fits(held, 1)
            if held is not encoded:
                piece.plain = _dumps(encoded)
            if key is not None:
                self._remember(key, piece)
        return piece

    def _shown(self, encoded: EncodedValue, path: KeyPath) -> str:
        rules = self._rules
        # Redacted first: what is cut off may be what gives a secret away.
        return _dumps(trim(redact(encoded, path, rules), rules.digest, recorded=encoded))

    def _name(self, key: str) -> Piece | None:
        """A key of a session; None: what is shown of the session depends on more than its values."""
        piece = self._pieces.get(("name", key))
        if piece is None:
            name = self._rules.name_of(key)
            piece = self._remember(("name", key), Piece(_dumps(key)))
            # Of a pair, one value says that the other is a secret.
            piece.fits = name.pair is None and name.shown == key and key not in _UNSAID and len(key) < SHORT_KEY
        return piece if piece.fits else None

    def _composed(self, session: SessionParts) -> Piece | None:
        """A session of the pieces that its values are; None: it is too large for that, or must be seen as a whole."""
        if session.size > _MAX_KEYS:
            return None
        plain: list[str] = []
        raw: list[str] = []
        text: list[str] = []
        length = 0
        for key, kept in session.values.items():
            name = self._name(key) if type(key) is str else None
            if name is None:
                return None
            value = self._value(key, kept)
            length += len(name.raw) + len(value.plain) + 2
            if not value.fits or length > _MAX_COMPOSED:
                return None
            plain.append(f"{name.raw}:{value.plain}")
            raw.append(f"{name.raw}:{value.raw}")
            text.append(f"{self._without_keys(name)}:{self._without_keys(value)}")
        content = f"{{{','.join(plain)}}}"
        if "\\u" in content:
            return None
        known = self._pieces.get(("content", content))
        if known is not None:
            return known
        piece = Piece(f"{{{','.join(raw)}}}", self._rules.digest(content))
        piece.keys = self._rules.keys.known
        piece.text = f"{{{','.join(text)}}}"
        return self._remember(("content", content), piece)

    def _content(self, kept: Whole) -> Piece:
        """A whole session, as it was kept or encoded."""
        if type(kept) is SessionParts:
            return self._composed(kept) or self._content_of(kept.encoded(self._rules.digest))
        if not isinstance(kept, StoredText):
            return self._content_of(kept)
        key = (type(kept), kept.source)
        piece = self._pieces.get(key)
        if piece is None:
            raw = kept.as_json()
            piece = None if raw is None else self._pieces.get(("content", raw))
            piece = self._remember(key, piece or self._content_of(kept.value()))
        return piece

    def _content_of(self, encoded: EncodedValue) -> Piece:
        rules = self._rules
        raw = _dumps(encoded)
        known = self._pieces.get(("content", raw))
        if known is not None:
            return known
        shown = trim(redact(encoded, [], rules), rules.digest, recorded=encoded)
        digest = rules.digest(to_json(encoded) if "\\u" in raw else raw)
        return self._remember(("content", raw), Piece(raw if shown is encoded else _dumps(shown), digest))

    # ── what is remembered ─────────────────────────────────────────────────────

    def head(self, key: Hashable) -> str | None:
        """Fields that were learned under a key."""
        piece = self._pieces.get(key)
        return None if piece is None else self._without_keys(piece)

    def learn(self, key: Hashable, event: Event, held: object = None) -> str:
        """Remembers fields that are the same for all events of a key. `held`: what lives as long as they do."""
        return self._without_keys(self._remember(key, Piece(self._fields(event), held=held)))

    def _remember(self, key: Hashable, piece: Piece) -> Piece:
        size = len(piece.raw)
        if size <= MAX_PIECE:
            self._held += 2 * size
            if self._held > MAX_HELD:
                self._pieces.clear()
                self._held = 2 * size
            self._pieces[key] = piece
        return piece

    def _once(self, text: str) -> str:
        """What is not remembered, without session keys."""
        return self._rules.keys.without_keys_in_json(text)

    def _without_keys(self, piece: Piece) -> str:
        keys = self._rules.keys
        if piece.keys == -1 or piece.keys == keys.known:
            return piece.text
        known = keys.known
        piece.text = keys.without_keys_in_json(piece.raw)
        piece.keys = known if keys.may_name(piece.raw) else -1
        return piece.text


def encoded_of(kept: Whole, digest: Digest) -> EncodedValue:
    """What an event has as one of its values, as it was kept or encoded."""
    if type(kept) is SessionParts:
        return kept.encoded(digest)
    if isinstance(kept, StoredText):
        return kept.value()
    return reveal(kept, digest) if type(kept) is Snapshot else kept
