"""Each rule of the verdict: a case in which it decides, and its place in the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sessionscope.django.response_cookie import SetCookie
from sessionscope.django.verdict import COOKIE_ROWS, DUMMY_CACHE, RECORD_ROWS, judge
from sessionscope.django.verdict_facts import Facts, Flush, Load, Save, Store
from sessionscope.observe.verdict_table import VerdictRow, deciding_row

DOCS = Path(__file__).resolve().parents[3] / "docs" / "django.md"

#: A request with a cookie whose session was read.
READ = Facts(
    has_session=True,
    was_sent=True,
    load=Load("found"),
    accessed=True,
    modified=False,
    empty=False,
    status=200,
    saves=[],
    flush=None,
    inferred=[],
    unfit=None,
    set_cookie=None,
    saves_every=False,
    store=Store("db"),
)
#: A request without a cookie that touched nothing.
BARE = READ._replace(was_sent=False, load=None, accessed=False, empty=True)
SAVED = READ._replace(modified=True, saves=[Save(True, keys=1)])
INTERRUPTED = READ._replace(modified=True, saves=[Save(True, "UpdateError", "")])
APP_SAVED = READ._replace(saves=[Save(False, keys=1)])
FLUSHED = READ._replace(modified=True, empty=True, flush=Flush(None, False))
GET_USER = "django.contrib.auth.get_user"
SECRET = Load("unreadable", "invalid-signature", "its signature is not valid", True)
DOWN = Load("error", "error", "ConnectionError: refused")


def cookie(max_age: Any = 60) -> SetCookie:
    attributes = {"path": "/", "domain": "", "samesite": "Lax", "httponly": True, "secure": "", "expires": ""}
    return SetCookie("sessionid", {**attributes, "max-age": max_age}, 42, 0.0)


RECORDS: list[tuple[str, str, Facts, str]] = [
    ("none", "no-session", READ._replace(has_session=False), "another object"),
    ("failed", "dummy-cache", INTERRUPTED._replace(store=Store("cache", DUMMY_CACHE)), "DummyCache.* a 400"),
    ("failed", "interrupted", INTERRUPTED, "was there when this request loaded it.* another request deleted it"),
    (
        "failed",
        "interrupted",
        INTERRUPTED._replace(store=Store("cache", "x.Redis"), was_made_here=True),
        "had written the record itself.*the cache dropped it.*client hides that",
    ),
    ("failed", "interrupted", INTERRUPTED._replace(load=None), "Nothing in this request had loaded.*long before"),
    ("failed", "interrupted", INTERRUPTED._replace(saves=[Save(False, "UpdateError")]), "raised UpdateError"),
    (
        "failed",
        "not-serializable",
        SAVED._replace(saves=[Save(True, "TypeError", "no", True)], unfit=["user (User)"]),
        r"user \(User\).*TypeError: no",
    ),
    ("failed", "store-error", SAVED._replace(saves=[Save(True, "OSError", "full")]), "OSError: full"),
    (
        "saved",
        "overwrote-unreadable",
        SAVED._replace(load=SECRET),
        "overwrote a record that could not be read: its sig",
    ),
    ("saved", "unreadable-left-behind", SAVED._replace(load=DOWN), "ConnectionError: refused.*new key.*not changed"),
    ("saved", "modified", SAVED._replace(saves=[Save(True, keys=0)]), "without data"),
    ("saved", "modified", SAVED, "^The session was changed.$"),
    ("saved", "modified", SAVED._replace(load=None), "^A new session was saved.$"),
    ("saved", "modified", SAVED._replace(load=Load("missing")), "under a new key.*is not in the store"),
    ("saved", "modified", SAVED._replace(load=Load("expired")), "under a new key.*had expired"),
    (
        "saved",
        "save-every-request",
        SAVED._replace(modified=False, saves_every=True, inferred=["cart"]),
        "A value inside cart changed",
    ),
    (
        "saved",
        "modified",
        SAVED._replace(saves=[Save(False, keys=1), Save(True, keys=1)], store=Store("signed_cookies")),
        r"^The app called save\(\), which",
    ),
    ("saved", "save-every-request", SAVED._replace(modified=False, saves_every=True), "^Nothing changed"),
    (
        "saved",
        "save-every-request",
        SAVED._replace(modified=False, saves_every=True, load=Load("missing")),
        "under a new key.*is not in the store.*every request saves",
    ),
    ("saved", "app-saved", APP_SAVED, "save()"),
    ("saved", "app-saved", APP_SAVED._replace(modified=True, status=500, is_all_stored=True), "save()"),
    ("not-saved", "server-error", APP_SAVED._replace(modified=True, status=500), "500"),
    ("not-saved", "nested-change", APP_SAVED._replace(inferred=["cart"]), "^A value inside cart"),
    (
        "saved",
        "app-saved",
        READ._replace(modified=True, status=500, was_made_here=True, is_all_stored=True),
        r"cycle_key\(\) or create\(\)",
    ),
    ("deleted", "flushed", FLUSHED._replace(saves=[Save(False, keys=1)]), r"^The app called flush\(\)"),
    ("not-saved", "server-error", READ._replace(modified=True, status=500, was_made_here=True), "500"),
    ("not-saved", "aborted", READ._replace(status=None, modified=True), "cancelled"),
    ("unchanged", "aborted", READ._replace(status=None), "cancelled"),
    ("unchanged", "aborted", READ._replace(status=None, modified=True, is_all_stored=True), "cancelled"),
    ("not-compared", "aborted", READ._replace(status=None, modified=True, is_all_stored=None), "not known"),
    ("none", "aborted", BARE._replace(status=None), "cancelled"),
    ("none", "aborted", READ._replace(status=None, load=Load("missing")), "cancelled"),
    ("not-saved", "aborted", APP_SAVED._replace(status=None, modified=True), "cancelled"),
    ("deleted", "session-hash-missing", FLUSHED._replace(flush=Flush(GET_USER, False)), "no password hash"),
    (
        "deleted",
        "session-hash-differs",
        FLUSHED._replace(flush=Flush(GET_USER, True)),
        r"update_session_auth_hash\(\) was not called.*SECRET_KEY.*get_session_auth_hash",
    ),
    ("deleted", "logged-out", FLUSHED._replace(flush=Flush("django.contrib.auth.logout", True)), r"logout\(\)"),
    ("deleted", "flushed", FLUSHED, r"^The app called flush\(\)"),
    (
        "deleted",
        "flushed",
        FLUSHED._replace(flush=Flush("allauth.account.utils", True)),
        "^allauth.account.utils called",
    ),
    ("not-saved", "server-error", READ._replace(modified=True, status=503), "503"),
    ("unchanged", "server-error", READ._replace(modified=True, status=503, is_all_stored=True), "had changed"),
    (
        "not-compared",
        "server-error",
        READ._replace(modified=True, status=503, is_all_stored=None),
        "without being loaded",
    ),
    ("not-saved", "nested-change", READ._replace(inferred=["cart", "cart"]), "^A value inside cart changed"),
    ("unreadable", "unreadable", READ._replace(load=SECRET), "next save overwrites"),
    ("unreadable", "unreadable", READ._replace(load=DOWN, empty=True), "ConnectionError: refused.$"),
    (
        "missing",
        "dummy-cache",
        READ._replace(load=Load("missing"), empty=True, store=Store("cache", DUMMY_CACHE)),
        "keeps nothing",
    ),
    ("missing", "missing", READ._replace(load=Load("missing"), empty=True), "deleted.*expired.*another database"),
    (
        "missing",
        "missing",
        READ._replace(load=Load("missing"), empty=True, store=Store("cache", "x.Redis")),
        "client hides that",
    ),
    ("missing", "expired", READ._replace(load=Load("expired"), empty=True), "had expired"),
    ("none", "empty", BARE._replace(accessed=True, modified=True), "nothing is stored"),
    ("unchanged", "untouched", READ._replace(accessed=False, load=None), "not even loaded"),
    ("none", "untouched", BARE, "none was begun"),
    ("unchanged", "not-modified", READ, "read and not changed"),
    ("none", "empty", BARE._replace(accessed=True), "is not stored"),
]

COOKIES: list[tuple[str, str, Facts, str]] = [
    ("expired", "empty", FLUSHED._replace(set_cookie=cookie(0)), "empty"),
    ("expired", "app-deleted", READ._replace(set_cookie=cookie(0)), "Other code"),
    ("set", "modified", SAVED._replace(set_cookie=cookie()), "was saved"),
    ("set", "save-every-request", SAVED._replace(modified=False, saves_every=True, set_cookie=cookie()), "was saved"),
    ("set", "app-set", READ._replace(set_cookie=cookie()), "Other code"),
    ("none", "no-session", READ._replace(has_session=False), "set no cookie"),
    ("none", "failed", INTERRUPTED, "was not saved"),
    ("not-set", "server-error", BARE._replace(modified=True, empty=False, status=500), "500"),
    ("none", "server-error", READ._replace(modified=True, status=500), "500"),
    ("none", "aborted", READ._replace(status=None, modified=True), "no response"),
    ("not-set", "removed", SAVED, "other code removed it"),
    ("none", "not-modified", READ, "only when it saves"),
    ("none", "empty", BARE, "no session to name"),
]


@pytest.mark.parametrize(("outcome", "reason", "facts", "text"), RECORDS)
def test_what_became_of_the_record(outcome: str, reason: str, facts: Facts, text: str) -> None:
    decision = judge(facts)["record"]
    assert (decision["outcome"], decision["reason"]) == (outcome, reason)
    assert re.search(text, decision["text"])


@pytest.mark.parametrize(("outcome", "reason", "facts", "text"), COOKIES)
def test_what_became_of_the_cookie(outcome: str, reason: str, facts: Facts, text: str) -> None:
    decision = judge(facts)["cookie"]
    assert (decision["outcome"], decision["reason"]) == (outcome, reason)
    assert re.search(text, decision["text"])


@pytest.mark.parametrize(("rows", "cases"), [(RECORD_ROWS, RECORDS), (COOKIE_ROWS, COOKIES)])
def test_every_row_decides_in_some_case(rows: tuple[VerdictRow, ...], cases: list[Any]) -> None:
    deciding = [deciding_row(rows, facts) for _, _, facts, _ in cases]
    never = [row.reason for row in rows if not any(row is one for one in deciding)]
    assert never == []
    assert rows[-1].when(READ)


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")
def test_the_docs_name_every_reason() -> None:
    recorded = DOCS.read_text("utf-8").split("\n## Verdicts\n")[1].split("\n## ")[0]
    for title, rows in (("record", RECORD_ROWS), ("cookie", COOKIE_ROWS)):
        part = recorded.split(f"\n### The {title}\n")[1].split("\n### ")[0]
        named = [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]
        assert named == list(dict.fromkeys(row.reason for row in rows))
