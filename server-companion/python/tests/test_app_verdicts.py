"""Each rule of Starlette's, Flask's and Quart's verdicts: a case in which it decides."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("flask")
pytest.importorskip("quart")

from sessionscope.flask import verdict as flasks
from sessionscope.flask import verdict_facts as flask_facts
from sessionscope.observe.set_cookie import SetCookie
from sessionscope.observe.verdict_table import VerdictRow, deciding_row
from sessionscope.quart.verdict import RECORD_ROWS as QUARTS_ROWS
from sessionscope.starlette import verdict as starlettes
from sessionscope.starlette import verdict_facts as starlette_facts

SET = SetCookie("session", {"path": "/", "max-age": "60"}, 40, 1_000.0)
DROPPED = SetCookie("session", {"path": "/", "expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 12, 1_000.0)

#: A request with a cookie, whose session was read and not changed.
STARLETTE = starlette_facts.Facts(
    is_tracking=True,
    is_websocket=False,
    was_sent=True,
    loaded="found",
    has_session=True,
    accessed=True,
    modified=False,
    empty=False,
    status=200,
    error=None,
    save_error=None,
    unfit=[],
    inferred=[],
    late=[],
    set_cookie=None,
    is_own=False,
)
S_ERROR = starlette_facts.Error("LookupError", "planted")
S_NEW = STARLETTE._replace(was_sent=False, loaded="none-sent", empty=True)
S_SAVED = STARLETTE._replace(modified=True, set_cookie=SET, is_own=True)
S_OLD = S_SAVED._replace(is_tracking=False, modified=False)
S_REFUSED = S_NEW._replace(was_sent=True, loaded="invalid-signature")

STARLETTE_RECORDS = [
    (STARLETTE._replace(error=S_ERROR, status=None, modified=True), "not-saved", "exception"),
    (STARLETTE._replace(error=S_ERROR, status=None), "unchanged", "exception"),
    (STARLETTE._replace(save_error=S_ERROR, unfit=["a (set)"], modified=True), "failed", "not-serializable"),
    (STARLETTE._replace(save_error=S_ERROR), "failed", "not-written"),
    (STARLETTE._replace(is_websocket=True, inferred=["a"]), "not-saved", "websocket"),
    (S_NEW._replace(is_websocket=True), "none", "websocket"),
    (STARLETTE._replace(status=None), "unchanged", "aborted"),
    (S_SAVED._replace(late=["a"]), "not-saved", "after-head"),
    (STARLETTE._replace(modified=True, empty=True, set_cookie=DROPPED, is_own=True), "deleted", "cleared"),
    (S_SAVED, "saved", "modified"),
    (S_SAVED._replace(loaded="none-sent"), "saved", "modified"),
    (S_OLD._replace(inferred=["a"]), "saved", "not-empty"),
    (S_OLD._replace(loaded="expired"), "saved", "not-empty"),
    (S_OLD._replace(modified=True), "saved", "not-empty"),
    (S_OLD, "saved", "not-empty"),
    (STARLETTE._replace(inferred=["a"]), "not-saved", "nested-change"),
    (S_REFUSED._replace(loaded="expired"), "missing", "expired"),
    (S_REFUSED, "unreadable", "invalid-signature"),
    (S_NEW._replace(modified=True), "none", "empty"),
    (STARLETTE._replace(accessed=False), "unchanged", "untouched"),
    (S_NEW._replace(accessed=False), "none", "untouched"),
    (STARLETTE, "unchanged", "not-modified"),
    (S_NEW, "none", "empty"),
]
STARLETTE_COOKIES = [
    (STARLETTE._replace(set_cookie=DROPPED, is_own=True), "expired", "cleared"),
    (S_SAVED, "set", "modified"),
    (S_OLD, "set", "not-empty"),
    (STARLETTE._replace(set_cookie=SET), "set", "app-set"),
    (STARLETTE._replace(set_cookie=DROPPED), "expired", "app-set"),
    (STARLETTE._replace(error=S_ERROR, modified=True), "not-set", "not-saved"),
    (S_REFUSED, "none", "refused"),
    (STARLETTE, "none", "not-modified"),
    (S_NEW, "none", "empty"),
]

#: A request with a cookie, whose session was read and not changed.
FLASK = flask_facts.Facts(
    is_server_side=False,
    has_session=True,
    was_sent=True,
    loaded="found",
    has_calls=True,
    modified=False,
    permanent=False,
    refreshes=True,
    empty=False,
    status=200,
    error=None,
    save_error=None,
    unfit=[],
    inferred=[],
    late=[],
    is_saved=False,
    is_deleted=False,
    set_cookie=None,
    is_own=False,
)
F_ERROR = flask_facts.Error("LookupError", "planted")
F_NEW = FLASK._replace(was_sent=False, loaded="none-sent", empty=True)
F_SAVED = FLASK._replace(modified=True, is_saved=True, set_cookie=SET, is_own=True)
F_REFRESHED = F_SAVED._replace(modified=False, permanent=True)
F_REFUSED = F_NEW._replace(was_sent=True, loaded="invalid-signature")

FLASK_RECORDS = [
    (F_NEW._replace(has_session=False), "none", "no-secret-key"),
    (F_NEW._replace(loaded="error", error=F_ERROR), "unreadable", "load-error"),
    (FLASK._replace(error=F_ERROR, status=None, modified=True), "not-saved", "exception"),
    (FLASK._replace(save_error=F_ERROR, unfit=["a (object)"]), "failed", "not-serializable"),
    (FLASK._replace(save_error=F_ERROR), "failed", "store-error"),
    (FLASK._replace(status=None), "unchanged", "no-response"),
    (F_SAVED._replace(late=["a"]), "not-saved", "after-response"),
    (FLASK._replace(modified=True, empty=True, is_deleted=True, is_server_side=True), "deleted", "cleared"),
    (F_SAVED, "saved", "modified"),
    (F_SAVED._replace(loaded="missing"), "saved", "modified"),
    (F_REFRESHED._replace(inferred=["a"]), "saved", "refreshed"),
    (F_REFRESHED._replace(is_server_side=True), "saved", "refreshed"),
    (F_REFRESHED, "saved", "refreshed"),
    (FLASK._replace(inferred=["a"]), "not-saved", "nested-change"),
    (F_REFUSED._replace(loaded="missing"), "missing", "missing"),
    (F_REFUSED._replace(loaded="expired"), "missing", "expired"),
    (F_REFUSED, "unreadable", "invalid-signature"),
    (F_NEW._replace(modified=True), "none", "empty"),
    (FLASK._replace(has_calls=False), "unchanged", "untouched"),
    (F_NEW._replace(has_calls=False), "none", "untouched"),
    (FLASK, "unchanged", "not-modified"),
    (F_NEW, "none", "empty"),
]
FLASK_COOKIES = [
    (FLASK._replace(set_cookie=DROPPED, is_own=True), "expired", "cleared"),
    (F_SAVED, "set", "modified"),
    (F_REFRESHED, "set", "refreshed"),
    (FLASK._replace(set_cookie=SET), "set", "app-set"),
    (F_NEW._replace(error=F_ERROR, modified=True), "not-set", "not-saved"),
    (FLASK._replace(save_error=F_ERROR, modified=True), "none", "not-saved"),
    (F_REFUSED, "none", "refused"),
    (FLASK, "none", "not-modified"),
    (F_NEW, "none", "empty"),
]

QUART_RECORDS = [
    *FLASK_RECORDS,
    (FLASK._replace(is_websocket=True, inferred=["a"]), "not-saved", "websocket"),
    (F_NEW._replace(is_websocket=True, error=F_ERROR), "none", "websocket"),
]
QUART_COOKIES = [
    *FLASK_COOKIES,
    (F_NEW._replace(is_websocket=True, modified=True), "not-set", "not-saved"),
    (FLASK._replace(is_websocket=True, modified=True), "none", "not-saved"),
    (FLASK._replace(is_websocket=True), "none", "not-modified"),
]

TABLES: list[tuple[str, Any, str, tuple[VerdictRow, ...], list[Any]]] = [
    ("Starlette", starlettes, "record", starlettes.RECORD_ROWS, STARLETTE_RECORDS),
    ("Starlette", starlettes, "cookie", starlettes.COOKIE_ROWS, STARLETTE_COOKIES),
    ("Flask", flasks, "record", flasks.RECORD_ROWS, FLASK_RECORDS),
    ("Flask", flasks, "cookie", flasks.COOKIE_ROWS, FLASK_COOKIES),
    ("Quart", flasks, "record", QUARTS_ROWS, QUART_RECORDS),
    ("Quart", flasks, "cookie", flasks.COOKIE_ROWS, QUART_COOKIES),
]


@pytest.mark.parametrize(("library", "module", "part", "rows", "cases"), TABLES)
def test_every_row_decides_in_some_case(
    library: str, module: Any, part: str, rows: tuple[VerdictRow, ...], cases: list[Any]
) -> None:
    for facts, outcome, reason in cases:
        decision = module.judge(facts, *([rows] if library == "Quart" and part == "record" else []))[part]
        assert (decision["outcome"], decision["reason"]) == (outcome, reason)
    deciding = [deciding_row(rows, facts) for facts, _, _ in cases]
    assert [row.reason for row in rows if not any(row is one for one in deciding)] == []
