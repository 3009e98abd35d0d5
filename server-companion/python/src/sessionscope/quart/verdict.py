"""Why the session was saved or not and the cookie set or not: Flask's rules, which are Quart's, and WebSockets."""

from __future__ import annotations

from ..flask import verdict
from ..flask.verdict import unsaved
from ..observe.verdict_table import VerdictRow

_WEBSOCKET = VerdictRow(
    "websocket",
    unsaved,
    lambda f: f.is_websocket,
    "A WebSocket has no response that a cookie could be set with: a session is read there, and never saved. "
    "Quart logs an error where it was changed.",
    fix="Change the session in an HTTP request.",
)

#: Whatever ended it, a WebSocket saves nothing.
_BEFORE = [row.reason for row in verdict.RECORD_ROWS].index("exception")

RECORD_ROWS: tuple[VerdictRow, ...] = (*verdict.RECORD_ROWS[:_BEFORE], _WEBSOCKET, *verdict.RECORD_ROWS[_BEFORE:])
