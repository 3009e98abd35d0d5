"""The discovery header: to whom it is given, and what it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from sessionscope.core.discovery import header_with, loopback_origin

pytestmark = pytest.mark.django_db

ITEM = '"/__sessionscope__";v=1;app="a";exchange="b"'


@pytest.mark.parametrize(
    ("host", "is_there"),
    [("localhost:8000", True), ("127.0.0.1", True), ("app.localhost", True), ("evil.test", False), ("10.0.0.4", False)],
)
def test_no_header_to_a_host_that_the_endpoint_would_refuse(client: Client, host: str, is_there: bool) -> None:
    response = client.get("/get/", headers={"Host": host})
    assert response.status_code == 200
    assert ("Sessionscope" in response.headers) is is_there


@pytest.mark.parametrize(
    ("peer", "at"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80"), ("172.17.0.1", None), ("", None)],
)
def test_the_socket_is_named_where_it_is_on_loopback(client: Client, peer: str, at: str | None) -> None:
    header = client.get("/get/", REMOTE_ADDR=peer).headers["Sessionscope"]
    assert re.findall(r';at="([^"]*)"', header) == ([] if at is None else [at])


def test_a_port_that_is_none() -> None:
    assert loopback_origin("http", "127.0.0.1", "x") is None
    assert loopback_origin("http", "127.0.0.1", "0") is None
    assert loopback_origin("https", "::ffff:127.0.0.1", "8443") == "https://127.0.0.1:8443"


def test_what_a_cache_kept_from_another_response_is_replaced() -> None:
    other = '"/b/__sessionscope__";v=1;app="c";exchange="d"'
    old = '"/__sessionscope__";v=1;app="a";exchange="old"'
    assert header_with(None, ITEM) == ITEM
    assert header_with(old, ITEM) == ITEM
    assert header_with(other, ITEM) == f"{other}, {ITEM}"
    assert header_with(f"{old}, {other},{old}", ITEM) == f"{other}, {ITEM}"


def test_one_line_says_that_it_is_on(tmp_path: Path) -> None:
    (tmp_path / "line.py").write_text("from project.settings import *\n")
    here = Path(__file__).parent
    code = "import django; django.setup(); from django.test import Client; Client().get('/untouched/')"
    off = "import os; os.environ['SESSIONSCOPE_ENABLED'] = '0'\n"
    quiet = "SESSIONSCOPE = {'quiet': True}\n"
    for settings, lines in (("", 1), ("DEBUG = False\n", 0), (off, 0), (quiet, 0)):
        (tmp_path / "line.py").write_text(f"from project.settings import *\n{settings}")
        ended = subprocess.run(
            [sys.executable, "-c", f"{code}; Client().get('/untouched/')"],
            env={"PYTHONPATH": f"{tmp_path}:{here}:{here.parent / 'src'}", "DJANGO_SETTINGS_MODULE": "line"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        said = "Sessionscope observes request.session, because DEBUG is True.\n"
        assert ended.stderr == said * lines


@pytest.mark.skipif(os.name == "nt", reason="there is no pty")
def test_in_a_terminal_the_line_says_how_to_go_on(tmp_path: Path) -> None:
    here = Path(__file__).parent
    code = (
        "import os, pty, sys; out = open(sys.argv[1], 'wb')\n"
        "def read(fd):\n    data = os.read(fd, 1024); out.write(data); return data\n"
        "pty.spawn([sys.executable, '-c', sys.argv[2]], read)"
    )
    app = "import django; django.setup(); from django.test import Client; Client().get('/untouched/')"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "terminal"), app],
        env={"PYTHONPATH": f"{here}:{here.parent / 'src'}", "DJANGO_SETTINGS_MODULE": "project.settings"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    line = (
        "Sessionscope observes request.session, because DEBUG is True. "
        "Open DevTools on your page and choose Sessions, or run: npx sessionscope open <url>"
    )
    assert (tmp_path / "terminal").read_text().split("\n")[0].strip() == line
