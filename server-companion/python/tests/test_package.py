"""What is published: built from the source tree, installed into an empty environment, and run there."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import django
import pytest

from conftest import needed

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = PROJECT / "src" / "sessionscope"

#: A whole app in one file, as a user of the package writes it.
APP = """
import sys
from pathlib import Path
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DEBUG=True,
    SECRET_KEY="of this test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions", "sessionscope.django"],
    MIDDLEWARE=[
        "sessionscope.django.middleware.SessionscopeMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_FILE_PATH=str(Path(__file__).parent),
)
import django
django.setup()
from django.http import HttpResponse
from django.test import Client
from django.urls import path

def view(request):
    request.session["username"] = "john_doe"
    return HttpResponse("stored")

urlpatterns = [path("", view)]
call_command("check", fail_level="WARNING")
response = Client(HTTP_HOST="localhost:8000").get("/")
assert response.status_code == 200, response
assert response.headers["Sessionscope"].startswith('"/__sessionscope__";v=1;app='), response.headers
import sessionscope.django
from sessionscope.django.companion import companion_of
from sessionscope.core.viewers import Viewer
recorded = companion_of().log.read(None, Viewer(all=True), 100).events
frames = [e["source"]["frames"][0]["file"] for e in recorded if e.get("operation") == "set"]
assert frames == ["app.py"], frames
print(sessionscope.django.__file__)
"""


def _run(*command: str | Path, **environment: str) -> str:
    ended = subprocess.run(
        [str(part) for part in command],
        env={**{k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DJANGO"))}, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was made from it. The back-end comes from the index."""
    folder = tmp_path_factory.mktemp("dist")
    probe = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder / "probe"), "hatchling>=1.24"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if probe.returncode != 0:
        needed("PYTHON", "pip could not get hatchling: no package index answers.")
    _run(sys.executable, "-m", "build", "--outdir", folder, PROJECT)
    return folder


def _modules(names: list[str], root: str) -> set[str]:
    return {name.removeprefix(root) for name in names if name.startswith(root) and not name.endswith("/")}


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode()
    own = {str(file.relative_to(SOURCES)) for file in SOURCES.rglob("*") if file.suffix in (".py", ".json")}
    assert _modules(names, "sessionscope/") == {*own, "py.typed"}
    assert {name.split("/")[0] for name in names} == {"sessionscope", metadata.split("/")[0]}
    assert "Name: sessionscope\n" in text
    assert "License-Expression: MIT\n" in text
    assert "# sessionscope" in text


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [name.split("/", 1)[1] for name in archive.getnames() if "/" in name]
    assert {"pyproject.toml", "README.md", "LICENSE", "src/sessionscope/py.typed"} <= set(names)
    assert "tests/test_package.py" in names
    assert not [name for name in names if name.endswith((".sqlite3", ".pyc")) or "_cache/" in name]


def test_installed_into_an_empty_environment_it_observes(built: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    (wheel,) = built.glob("*.whl")
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run(python, *install, wheel, f"Django=={django.get_version()}")
    app = tmp_path / "app"
    app.mkdir()
    (app / "app.py").write_text(APP)
    ended = subprocess.run(
        [str(python), "-W", "error::DeprecationWarning:sessionscope", "app.py"],
        cwd=app,
        env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert Path(ended.stdout.strip().splitlines()[-1]).is_relative_to(environment)
