"""`python -m sessionscope`: the process becomes the app's, with a folder on `PYTHONPATH` that hooks what it loads.

Python reads that variable in each child: the process that a reloader starts, and a worker that is spawned.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .hooks import LINES, say

USAGE = """Usage: python -m sessionscope <how the app is started>
  python -m sessionscope runserver                       Django, beside manage.py
  python -m sessionscope manage.py runserver 8001        the same, by its script
  python -m sessionscope uvicorn app:app --reload        or hypercorn, daphne, gunicorn
  python -m sessionscope flask --app app run --debug     or quart
  python -m sessionscope app.py                          any script, any module
Observes the sessions of the app, with no line of it changed. On where the app's own debug flag is; for Starlette,
FastAPI, Flask and Quart also where SESSIONSCOPE_ENABLED=1 is in the environment.
SESSIONSCOPE_ENABLED=0 switches it off."""

SITE = str(Path(__file__).parent / "site")


def words_of(given: Sequence[str]) -> list[str]:
    """What Python is to run.

    Raises LookupError, with what to do, where that is not known.
    """
    command, *rest = given
    if command.endswith(".py"):
        return [command, *rest]
    if command != "runserver" and _is_module(command):
        return ["-m", command, *rest]
    if Path("manage.py").is_file():
        return ["manage.py", *given]
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        return ["-m", "django", *given]
    if command == "runserver":
        raise LookupError(
            "There is no manage.py in this folder, and DJANGO_SETTINGS_MODULE is not set. "
            "Run this where manage.py is, or name your script: python -m sessionscope path/to/manage.py runserver"
        )
    raise LookupError(f"There is no module {command}, and no manage.py in this folder.")


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def interpreter_options() -> list[str]:
    """What stands between `python` and `-m sessionscope`: `-X dev`, `-u`, `-W error`."""
    before = list(sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1])
    if not before:
        return []
    # `-m sessionscope`, `-msessionscope`, or the last of several letters: `-um sessionscope`.
    last = before.pop()
    flag = before.pop()[:-1] if last == "sessionscope" and before else last.partition("m")[0]
    return [*before, flag] if flag.startswith("-") and flag != "-" else before


def environment() -> dict[str, str]:
    """The process's own, with the folder in front of `PYTHONPATH`."""
    others = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place and place != SITE]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([SITE, *others])}


def main() -> None:
    """Becomes the app's process; ends with 2 where it is not known which that is."""
    given = sys.argv[1:]
    if not given or given[0] in ("-h", "--help", "help"):
        print(USAGE, file=sys.stdout if given else sys.stderr)
        sys.exit(0 if given else 2)
    try:
        words = words_of(given)
    except LookupError as error:
        print(f"{error}\n\n{USAGE}", file=sys.stderr)
        sys.exit(2)
    if sys.flags.ignore_environment or sys.flags.no_site:
        say(f"nothing is observed: python -E, -I and -S keep it out. Start Python without them, or write {LINES}")
    command = [sys.executable, *interpreter_options(), *words]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        # There, exec would leave the terminal before the app ends. Ctrl-C reaches the app itself.
        with subprocess.Popen(command, env=environment()) as app:
            while True:
                try:
                    sys.exit(app.wait())
                except KeyboardInterrupt:
                    continue
    os.execve(sys.executable, command, environment())
