"""Authlib, SQLAdmin and NiceGUI under `python -m sessionscope uvicorn`: what they do with the session is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

from conftest import needed
from panel_calls import ask
from starlette_app import IS_TRACKING
from test_app_servers import AppServer, serving
from test_servers import TESTS

#: Installed into a folder of their own. NiceGUI 3.18 wants Starlette 1.3 or later. SQLAdmin imports what SQLAlchemy has
#: with greenlet only.
PACKAGES = [
    *("authlib==1.9.10", "greenlet==3.5.6", "sqladmin==0.32.0"),
    "nicegui==3.18.0" if IS_TRACKING else "nicegui==3.12.0",
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the libraries, beside the versions of Starlette and FastAPI that the environment has."""
    # By this name code is a library's, and not the app's.
    folder = tmp_path_factory.mktemp("packages") / "site-packages"
    folder.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    frozen = subprocess.run([*pip, "freeze"], capture_output=True, text=True, check=True, timeout=60).stdout
    pins = [line for line in frozen.splitlines() if "==" in line]
    constraints = folder.parent / "constraints.txt"
    constraints.write_text("\n".join(pins))
    installed = subprocess.run(
        [
            *[*pip, "install", "-q", "--target", str(folder), "-c", str(constraints), *PACKAGES],
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if installed.returncode != 0:
        needed("PYTHON", f"pip could not install {', '.join(PACKAGES)}: {installed.stderr[-500:]}")
    return folder


class Site:
    """An app under uvicorn, and one browser."""

    def __init__(self, server: AppServer) -> None:
        self.server = server
        #: Each cookie that the browser was given: a panel proves all of them.
        self.cookies: list[dict[str, str]] = []
        self.browser = httpx.Client(
            base_url=server.origin, follow_redirects=True, timeout=60, event_hooks={"response": [self._take]}
        )

    def _take(self, response: httpx.Response) -> None:
        self.cookies += [{"name": name, "value": value} for name, value in response.cookies.items()]

    def operations(self, name: str, mount: str = "") -> list[dict[str, Any]]:
        """What was done to keys that begin so, as this browser's panel is shown it. `mount`: of the app."""
        hello = ask(f"{mount}/__sessionscope__/v1/hello", {"versions": [1]}, at=self.server.origin)
        body = {"v": 1, "proofs": {"cookies": self.cookies}, "after": None, "wait": False}
        found = ask("events", body, at=hello.json["directListener"]["origin"]).json["events"]
        return [
            event
            for event in found
            if event["type"] == "operation-recorded" and str(event.get("path", [""])[0]).startswith(name)
        ]


@contextmanager
def site(name: str, packages: Path, folder: Path) -> Iterator[Site]:
    words = ["-m", "sessionscope", "uvicorn", "--port", "{port}", f"on_starlette.{name}:app"]
    path = os.pathsep.join([str(packages), str(TESTS.parent / "src"), str(TESTS)])
    with serving(words, folder, page=None, PYTHONPATH=path, SESSIONSCOPE_ENABLED="1") as server:
        made = Site(server)
        with made.browser:
            yield made
        assert "Traceback" not in server.log.read_text()


def where(event: dict[str, Any]) -> str:
    return str(event["source"]["frames"][0]["file"]).rpartition("/")[2]


def test_authlib(packages: Path, tmp_path: Path) -> None:
    with site("authlib_app", packages, tmp_path) as shop:
        reply = shop.browser.get("/login")
        assert (reply.status_code, reply.text) == (200, '"john"')
        assert shop.browser.get("/").text == '"john"'
        # The key has the state in it, which is a secret: neither leaves the server.
        states = shop.operations("(redacted ")
        assert [event["operation"] for event in states] == ["set", "get", "delete"]
        assert [where(event) for event in states] == ["authlib_app.py"] * 3
        assert all(event["reason"].startswith("authlib.") for event in states)
        (user,) = [event for event in shop.operations("user") if event["operation"] == "set"]
        assert (user["after"], user["actor"], user.get("reason"), where(user)) == (
            "john", "app", None, "authlib_app.py",
        )  # fmt: skip


def test_sqladmin(packages: Path, tmp_path: Path) -> None:
    with site("sqladmin_app", packages, tmp_path) as shop:
        assert "/admin/login" in str(shop.browser.get("/admin/").url)
        reply = shop.browser.post("/admin/login", data={"username": "john", "password": "x"})
        assert reply.status_code == 200
        assert reply.headers["sessionscope"].startswith('"/admin/__sessionscope__"')
        operations = [event for event in shop.operations("user", "/admin") if event["path"] == ["user"]]
        assert [(event["operation"], event["call"], where(event)) for event in operations] == [
            ("set", "update", "sqladmin_app.py"),
            ("get", "in", "sqladmin_app.py"),
        ]
        assert shop.browser.get("/admin/logout").status_code == 200


def test_nicegui(packages: Path, tmp_path: Path) -> None:
    with site("nicegui_app", packages, tmp_path) as shop:
        for visits in (1, 2):
            assert f"visits: {visits}" in shop.browser.get("/").text
        sets = [event for event in shop.operations("visits") if event["operation"] == "set"]
        assert [(event["after"], event["actor"], where(event)) for event in sets] == [
            (1, "app", "nicegui_app.py"),
            (2, "app", "nicegui_app.py"),
        ]
        (first,) = [event for event in shop.operations("id") if event["operation"] == "set"]
        assert first["reason"].startswith("nicegui.")
