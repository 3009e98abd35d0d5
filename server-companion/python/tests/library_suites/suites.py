"""The libraries' own tests: where they are, and how one run of them is made."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent.parent

#: Seconds for one run of a suite.
TIMEOUT = 900


class Suite(NamedTuple):
    #: Those of its tests in which there are sessions: what `npm test` runs. Empty: the published source has no tests,
    #: and only a checkout of the repository does.
    short: tuple[str, ...]
    #: What the whole suite needs besides what is installed, as pip takes it.
    needs: tuple[str, ...] = ()
    #: What is left out of the whole suite, and why.
    without: dict[str, str] = {}


SUITES = {
    "flask": Suite(
        (
            "tests/test_basic.py",
            "tests/test_reqctx.py",
            "tests/test_session_interface.py",
            "tests/test_testing.py",
        )
    ),
    "starlette": Suite(
        ("tests/middleware/test_session.py", "tests/test_requests.py"),
        (
            *("httpx2[zstd]>=2", "blockbuster>=1.5", "trio>=0.34", "python-multipart>=0.0.18", "PyYAML", "jinja2"),
            *("exceptiongroup", "opentelemetry-sdk>=1.44", "importlib-metadata>=9"),
        ),
    ),
    "flask-login": Suite(("tests/test_login.py",)),
    "flask-session": Suite(
        (),
        (),
        {
            "tests/test_redis.py": "it empties every database of the Redis on port 6379",
            "tests/test_dynamodb.py": "it needs DynamoDB",
            "tests/test_memcached.py": "it needs Memcached",
            "tests/test_mongodb.py": "it needs MongoDB",
            "tests/test_postgresql.py": "what it tests is not in the published version",
        },
    ),
    "quart": Suite((), ("python-dotenv",)),
}


def install(package: str, folder: Path) -> None:
    """What the whole suite needs, into a folder of its own. Raises CalledProcessError where pip can't."""
    needs = SUITES[package].needs
    if needs:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
        subprocess.run([*pip, *needs], check=True, timeout=300)


def fetch(package: str, folder: Path) -> Path | None:
    """The package's source as it is published, in the version that is installed. None: no package index answers."""
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
        return None
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run(package: str, source: Path, observe: str, state: Path, needs: Path | None = None) -> dict[str, str]:
    """Outcome of each test. `observe`: empty, `1`, or `broken`: with a planted fault.

    `state`: a folder for what a companion keeps. `needs`: where `install` put what the whole suite needs; None: only
    those of its tests that `npm test` runs.
    """
    suite = SUITES[package]
    chosen = suite.short if needs is None else ("tests", *(f"--ignore={path}" for path in suite.without))
    asyncio = ["-p", "no:asyncio"] if package != "quart" else ["-o", "asyncio_mode=auto"]
    ended = subprocess.run(
        [
            *[sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "library_suites.observing"],
            *["-p", "no:django", *asyncio, "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning"],
            # Else it measures its coverage.
            *["-o", "addopts="],
            *chosen,
        ],
        cwd=source,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))},
            # A checkout is tested as it is, whatever version is installed.
            "PYTHONPATH": os.pathsep.join(
                [str(source / "src"), str(TESTS.parent / "src"), str(TESTS), str(needs or "")]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_STATE_HOME": str(state),
            "OBSERVE": observe,
            "LIBRARY": package,
        },
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) (\S+)", ended.stdout, re.MULTILINE)
    assert found, ended.stdout[-2_000:] + ended.stderr[-2_000:]
    return {name: outcome for outcome, name in found}


def summary(outcomes: dict[str, str]) -> str:
    """`484 passed, 2 failed`."""
    return ", ".join(f"{count} {outcome.lower()}" for outcome, count in Counter(outcomes.values()).most_common())
