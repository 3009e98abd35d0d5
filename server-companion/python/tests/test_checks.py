"""System checks: each id with the settings that cause it, and silence where nothing is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.test import override_settings

from sessionscope.django.checks import MIDDLEWARE

SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
ENGINES = "django.contrib.sessions.backends."


def found(**settings: Any) -> list[str]:
    """Ids of the messages that `settings` give, without their prefix. DEBUG is true unless they say otherwise."""
    with override_settings(**{"DEBUG": True, **settings}):
        messages = checks.run_checks(tags=["sessionscope"])
    for message in messages:
        assert message.hint, message
    return [str(message.id).removeprefix("sessionscope.") for message in messages]


def test_nothing_to_say() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        ([SESSIONS], ["E001"]),
        ([SESSIONS, MIDDLEWARE], ["E002"]),
        ([MIDDLEWARE, COMMON, SESSIONS], ["W003"]),
        ([MIDDLEWARE, COMMON], ["W004"]),
        ([MIDDLEWARE, "project.other_sessions.SessionMiddleware"], ["W004"]),
        ([COMMON, MIDDLEWARE, SESSIONS], []),
    ],
)
def test_order_of_middleware(names: list[str], ids: list[str]) -> None:
    assert found(MIDDLEWARE=names) == ids


def test_the_app_is_missing() -> None:
    assert found(INSTALLED_APPS=["django.contrib.sessions"]) == ["E005"]


def test_without_debug() -> None:
    # A test run switches DEBUG off, and says so to nobody.
    assert found(DEBUG=False) == []
    assert found(DEBUG=False, SESSIONSCOPE={"enabled": True}) == ["E006"]
    assert found(DEBUG=True, SESSIONSCOPE={"enabled": True}) == []


def run_django(folder: Path, module: str, text: str, *command: str) -> subprocess.CompletedProcess[str]:
    """One of Django's own commands, with settings of its own, in a process of its own."""
    (folder / f"{module}.py").write_text(f"from project.settings import *\n{text}\n")
    here = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-m", "django", *command, "--settings", module],
        env={"PYTHONPATH": f"{folder}:{here}:{here.parent / 'src'}", "PATH": "/usr/bin:/bin"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_that_it_is_off_to_a_server_and_not_to_a_test_run(tmp_path: Path) -> None:
    checked = run_django(tmp_path, "off", "DEBUG = False", "check")
    assert "sessionscope.W007" in checked.stderr
    (tmp_path / "test_nothing.py").write_text(
        "from django.test import SimpleTestCase\n\n\nclass Nothing(SimpleTestCase):\n    def test(self): pass\n"
    )
    tested = run_django(tmp_path, "on", "DEBUG = True", "test", "test_nothing")
    assert tested.returncode == 0, tested.stderr
    assert "Ran 1 test" in tested.stderr
    assert "sessionscope" not in tested.stderr


def test_sessions_of_a_library_of_their_own_do_not_stop_the_server(tmp_path: Path) -> None:
    """As django-user-sessions: a middleware that is no subclass of Django's."""
    text = "MIDDLEWARE = [MIDDLEWARE[0], 'project.other_sessions.SessionMiddleware']"
    checked = run_django(tmp_path, "others", text, "check")
    assert checked.returncode == 0
    assert "sessionscope.W004" in checked.stderr
    assert "'project.other_sessions.SessionMiddleware' is not a subclass" in checked.stderr


@pytest.mark.parametrize(
    "options",
    [
        "everything",
        {"no_such_option": 1},
        {"enabled": 1},
        {"path": "//evil.test"},
        {"path": "/a/../b"},
        {"path": "relative"},
        {"allowed_hosts": "dev.test"},
        {"allowed_hosts": ["http://dev.test:8000"]},
        {"allowed_extensions": ["not an id"]},
        {"redact": [1]},
        {"log": "127.0.0.1:6379"},
        {"root": "/there/is/no/such/folder"},
        {"root": 7},
        {"limits": {"events": 0}},
        {"limits": {"minutes": 5}},
        {"project": 7},
    ],
)
def test_options_that_are_none(options: Any) -> None:
    assert found(SESSIONSCOPE=options) == ["E008"]


def test_options_that_are() -> None:
    assert not found(
        SESSIONSCOPE={
            "path": "/tools/sessions",
            "allowed_hosts": ["dev.test"],
            "allowed_extensions": ["a" * 32],
            "redact": ["nickname"],
            "limits": {"events": 100, "bytes": 100_000},
            "project": "shop",
        }
    )


def test_a_shared_log_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    assert found(SESSIONSCOPE={"log": "redis://127.0.0.1:6379/0"}) == ["E009"]


@pytest.mark.parametrize(
    "settings",
    [
        {"SESSION_ENGINE": "no.such.module"},
        {"SESSION_ENGINE": "project.urls"},
        {"SESSION_ENGINE": f"{ENGINES}cache", "SESSION_CACHE_ALIAS": "none"},
        {"SESSION_ENGINE": f"{ENGINES}db", "INSTALLED_APPS": ["sessionscope.django"]},
    ],
)
def test_an_engine_that_can_not_work(settings: dict[str, Any]) -> None:
    assert found(**settings) == ["E010"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    engine = f"{ENGINES}file"
    assert found(SESSION_ENGINE=engine, SESSION_FILE_PATH=str(tmp_path / "none")) == ["E010"]
    assert found(SESSION_ENGINE=engine, SESSION_FILE_PATH=str(tmp_path)) == []


@pytest.mark.parametrize(("engine", "ids"), [("cache", ["W015"]), ("cached_db", ["W015"]), ("db", [])])
def test_a_cache_that_keeps_nothing(engine: str, ids: list[str]) -> None:
    caches = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert found(SESSION_ENGINE=f"{ENGINES}{engine}", CACHES=caches) == ids


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({"SESSION_COOKIE_SECURE": True}, ["W011"]),
        ({"SESSION_COOKIE_SAMESITE": "None"}, ["W012"]),
        ({"SESSION_COOKIE_DOMAIN": "shop.example", "ALLOWED_HOSTS": []}, ["W013"]),
        ({"SESSION_COOKIE_DOMAIN": "shop.example", "ALLOWED_HOSTS": ["*"]}, []),
        ({"SESSION_COOKIE_DOMAIN": ".shop.test", "ALLOWED_HOSTS": ["www.shop.test"]}, []),
        ({"SESSION_COOKIE_NAME": "__Secure-id"}, ["W014"]),
        ({"SESSION_COOKIE_NAME": "__Host-id", "SESSION_COOKIE_SECURE": True}, ["W011"]),
        (
            {"SESSION_COOKIE_NAME": "__Host-id", "SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_PATH": "/app"},
            ["W011", "W014"],
        ),
    ],
)
def test_cookies_that_browsers_refuse(settings: dict[str, Any], ids: list[str]) -> None:
    assert found(**settings) == ids


def test_manage_py_check_refuses(tmp_path: Path) -> None:
    """The app's own command ends with an error where the middleware stands in the wrong place."""
    ended = run_django(tmp_path, "misplaced", "MIDDLEWARE = [MIDDLEWARE[1], MIDDLEWARE[0], *MIDDLEWARE[2:]]", "check")
    assert ended.returncode == 1
    assert "sessionscope.E002" in ended.stderr
    assert "directly before 'django.contrib.sessions.middleware.SessionMiddleware'" in ended.stderr
