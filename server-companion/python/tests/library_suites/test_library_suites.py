"""The libraries' own tests, as they are published: the same with us in between, and a planted fault makes them fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from conftest import needed

TESTS = Path(__file__).resolve().parent.parent

#: By package: those of its tests in which there are sessions.
SUITES = {
    "flask": [
        "tests/test_basic.py",
        "tests/test_reqctx.py",
        "tests/test_session_interface.py",
        "tests/test_testing.py",
    ],
    "starlette": ["tests/middleware/test_session.py", "tests/test_requests.py"],
}


@pytest.fixture(scope="module", params=SUITES)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's source as it is published, in the version that is installed."""
    package: str = request.param
    pytest.importorskip(package)
    folder = tmp_path_factory.mktemp(package)
    fetched = subprocess.run(
        [
            *[sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"],
            *["--disable-pip-version-check", "-d", str(folder), f"{package}=={version(package)}"],
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if fetched.returncode != 0:
        needed("PYTHON", f"pip could not get the source of {package}: no package index answers.")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run(source: Path, observe: str) -> dict[str, str]:
    """Outcome of each test."""
    package = source.name.partition("-")[0]
    ended = subprocess.run(
        [
            *[sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "library_suites.observing"],
            *["-p", "no:django", "-p", "no:asyncio", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning"],
            *SUITES[package],
        ],
        cwd=source,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))},
            "PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_STATE_HOME": str(source.parent),
            "OBSERVE": observe,
            "LIBRARY": package,
        },
        capture_output=True,
        text=True,
        timeout=600,
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) (\S+)", ended.stdout, re.MULTILINE)
    assert found, ended.stdout[-2_000:] + ended.stderr[-2_000:]
    return {name: outcome for outcome, name in found}


def test_the_same_with_us_in_between(source: Path) -> None:
    bare = run(source, "")
    assert sum(outcome == "PASSED" for outcome in bare.values()) > 30
    assert run(source, "1") == bare
    assert run(source, "broken") != bare
