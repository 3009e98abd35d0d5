"""The demo, every page of it: the same bytes with the companion and without, but for the one header."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
DEMO = REPOSITORY / "playground" / "django"

pytestmark = pytest.mark.skipif(not DEMO.is_dir(), reason="the demo is in the repository, not in the sdist")

#: Walks through the demo as a browser does; prints each raw response, and what was recorded.
WALK = r"""
import itertools, json, random, re, sys
from unittest import mock
import django
from django.conf import settings
is_observed = sys.argv[1] == "observed"
if not is_observed:
    settings.MIDDLEWARE.remove("sessionscope.django.middleware.SessionscopeMiddleware")
    settings.INSTALLED_APPS.remove("sessionscope.django")
django.setup()
from django.contrib.sessions.backends import base
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

call_command("migrate", verbosity=0)

def paths(resolver, before="/"):
    for pattern in resolver.url_patterns:
        place = before + str(pattern.pattern)
        yield from paths(pattern, place) if hasattr(pattern, "url_patterns") else [place]

# A request that waits for another here is alone.
from demo.problems.staged import POINTS
POINTS.max_wait_s = 0

numbers = itertools.count()
def next_key(length, allowed_chars=""):
    return "".join(random.Random(next(numbers)).choices(base.VALID_KEY_CHARS, k=length))

client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
answers = []
pages = list(paths(get_resolver()))
with mock.patch.object(base, "get_random_string", next_key):
    for method, page in [(m, p) for p in pages for m in ("GET", "POST", "GET")]:
        response = client.generic(method, page, b"name=Tea&sku=TEA&username=john_doe&item=Tea&step=1",
                                  content_type="application/x-www-form-urlencoded")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        headers = {k: v for k, v in response.headers.items() if k != "Sessionscope"}
        if response.status_code >= 500:
            # The error page shows settings, times and memory addresses.
            body = b""
            headers.pop("Content-Length", None)
        cookies = [re.sub(r"expires=[^;]*", "expires=", c.OutputString()) for c in response.cookies.values()]
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[\d.+:]*|\d\d:\d\d(:\d\d)?", "TIME", body.decode())
        answers.append([method, page, response.status_code, headers, cookies, text, "Sessionscope" in response.headers])
recorded = []
if is_observed:
    from sessionscope.django.companion import companion_of
    from sessionscope.core.viewers import Viewer
    recorded = companion_of().log.read(None, Viewer(all=True), 10_000).events
print(json.dumps({"answers": answers, "recorded": recorded}))
"""


def walk(kind: str, folder: Path) -> dict[str, list[object]]:
    folder.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", WALK, kind],
        env={
            **os.environ,
            "PYTHONPATH": f"{DEMO}{os.pathsep}{REPOSITORY / 'server-companion' / 'python' / 'src'}",
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "DEMO_DATABASE": str(folder / "demo.sqlite3"),
            "XDG_STATE_HOME": str(folder / "state"),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    answer: dict[str, list[object]] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def test_every_page_is_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        bare, observed = pool.map(lambda kind: walk(kind, tmp_path / kind), ["bare", "observed"])
    statuses = [entry[2] for entry in bare["answers"] if isinstance(entry, list)]
    assert len([status for status in statuses if status in (200, 302)]) > 40
    for expected, actual in zip(bare["answers"], observed["answers"], strict=True):
        assert isinstance(expected, list)
        assert isinstance(actual, list)
        assert actual[:-1] == expected[:-1]
        assert (expected[-1], actual[-1]) == (False, True)
    kinds = [event["type"] for event in observed["recorded"] if isinstance(event, dict)]
    assert kinds.count("exchange-finished") == len(observed["answers"])
    assert "fault-noted" not in kinds
