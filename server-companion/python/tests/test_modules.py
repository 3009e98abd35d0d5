"""Who may import whom: core, the kit and the endpoint are free of any framework, and no import goes in a circle."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sessionscope

ROOT = Path(sessionscope.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FRAMEWORKS = ("django", "asgiref", "starlette", "fastapi", "flask", "quart", "werkzeug", "itsdangerous", "redis")

#: By folder, which folders it may import from.
ALLOWED = {
    "core": {"core"},
    "observe": {"core", "endpoint", "observe"},
    "endpoint": {"core", "endpoint"},
    "django": {"core", "observe", "endpoint", "django"},
    "starlette": {"core", "observe", "endpoint", "starlette"},
    "flask": {"core", "observe", "endpoint", "flask"},
    # Quart installs Flask, and its sessions are Flask's (docs/decisions/0153).
    "quart": {"core", "observe", "endpoint", "flask", "quart"},
    # Whatever the app loads.
    "register": {"observe", "register"},
}

#: Imports inside of functions: where a library may be missing, or an app must be loaded first.
INSIDE_FUNCTIONS = {
    ("core/redis_log.py", "redis"),
    ("django/apps.py", "background"),
    ("django/apps.py", "checks"),
    ("django/checks.py", "django.contrib.sessions.middleware"),
    # Where it is off, nothing of the companion runs.
    ("starlette/__init__.py", "observed_class"),
    ("flask/__init__.py", "observed_interface"),
    ("quart/__init__.py", "observed_interface"),
    # Where a library is loaded, and not before.
    ("register/django.py", "background"),
    ("register/django.py", "checks"),
    ("register/django.py", "is_enabled"),
    ("register/django.py", "read_options"),
    ("register/flask.py", "interface"),
    ("register/quart.py", "interface"),
    ("register/starlette.py", "observed_class"),
}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def imports_of(file: Path) -> list[tuple[str, bool]]:
    """Files of the package, or names of other modules, that a file imports; whether it does so inside a function."""
    found: list[tuple[str, bool]] = []
    tree = ast.parse(file.read_text("utf-8"))
    inner = {
        node
        for outer in ast.walk(tree)
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in inner) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                found.append((node.module or "", node in inner))
                continue
            folder = file.parents[node.level - 1]
            base = folder / (node.module or "").replace(".", "/")
            for alias in node.names:
                place = base / f"{alias.name}.py" if (base / f"{alias.name}.py").exists() else base.with_suffix(".py")
                if not place.exists():
                    place = base / "__init__.py"
                is_inner = node in inner
                found.append((alias.name if is_inner else name_of(place), is_inner))
    return found


@pytest.mark.parametrize("folder", ["core", "observe", "endpoint"])
def test_it_is_imported_with_every_framework_hidden(folder: str) -> None:
    modules = [
        f"sessionscope.{name_of(file).removesuffix('.py').replace('/', '.').removesuffix('.__init__')}"
        for file in FILES
        if name_of(file).startswith(f"{folder}/")
    ]
    assert len(modules) > 3
    code = f"import sys; sys.modules.update(dict.fromkeys({FRAMEWORKS!r})); import {', '.join(modules)}"
    ended = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT.parent)}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_imports_what_its_folder_may(file: Path) -> None:
    folder = name_of(file).partition("/")[0]
    if folder not in ALLOWED:
        return
    for found, is_inner in imports_of(file):
        if not is_inner and found.endswith(".py") and "/" in found:
            assert found.partition("/")[0] in ALLOWED[folder], found


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_are_at_the_top(file: Path) -> None:
    inner = {(name_of(file), found) for found, is_inner in imports_of(file) if is_inner}
    assert inner <= INSIDE_FUNCTIONS


def test_no_import_goes_in_a_circle() -> None:
    """Those for types alone are counted."""
    graph = {name_of(file): [found for found, _ in imports_of(file) if (ROOT / found).is_file()] for file in FILES}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name in done:
            return
        for other in graph[name]:
            if other != name:
                visit(other, (*way, name))
        done.add(name)

    for name in graph:
        visit(name, ())
