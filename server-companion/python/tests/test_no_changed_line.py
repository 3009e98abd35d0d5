"""`python -m sessionscope …`: apps of which no line is changed, under the servers that their users run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from panel_calls import ask
from plain_apps import PlainServer, environment, started, write_apps

OURS = ["-m", "sessionscope"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_apps(tmp_path_factory.mktemp("apps"))


SERVERS = {
    "runserver": ["runserver", "--noreload", "127.0.0.1:{port}"],
    "runserver with its reloader": ["runserver", "127.0.0.1:{port}"],
    "manage.py": ["manage.py", "runserver", "--noreload", "127.0.0.1:{port}"],
    "gunicorn, Django": ["gunicorn", "--bind", "127.0.0.1:{port}", "shop.wsgi"],
    "uvicorn, Django": ["uvicorn", "--port", "{port}", "shop.asgi:application"],
    "daphne, Django": ["daphne", "-p", "{port}", "shop.asgi:application"],
    "uvicorn": ["uvicorn", "--port", "{port}", "star:app"],
    "uvicorn with its reloader": ["uvicorn", "--reload", "--port", "{port}", "star:app"],
    "uvicorn with workers": ["uvicorn", "--workers", "2", "--port", "{port}", "star:app"],
    "uvicorn, a subclass of the middleware": ["uvicorn", "--port", "{port}", "star:own"],
    "hypercorn": ["hypercorn", "--bind", "127.0.0.1:{port}", "star:app"],
    "uvicorn, FastAPI": ["uvicorn", "--port", "{port}", "fast:app"],
    "flask run with its reloader": ["flask", "--app", "flasks", "run", "--debug", "-p", "{port}"],
    "flask run, Flask-Session": ["flask", "--app", "flask_records", "run", "--debug", "--no-reload", "-p", "{port}"],
    "gunicorn, Flask": ["gunicorn", "--bind", "127.0.0.1:{port}", "flasks:app"],
    "quart run with its reloader": ["quart", "--app", "quarts", "run", "--debug", "-p", "{port}"],
    "app.run, Quart": ["quarts.py", "{port}"],
    "hypercorn, Quart": ["hypercorn", "--bind", "127.0.0.1:{port}", "quarts:app"],
    "uvicorn, Quart": ["uvicorn", "--port", "{port}", "quarts:app"],
    "gunicorn with workers, Flask": ["gunicorn", "-w", "2", "--preload", "--bind", "127.0.0.1:{port}", "flasks:app"],
}


#: Servers that set no debug flag of the app's.
NO_DEBUG_FLAG = ("gunicorn, Flask", "gunicorn with workers, Flask", "hypercorn, Quart", "uvicorn, Quart")


def writes_of(server: PlainServer) -> list[tuple[str, str, int]]:
    """Key, file and value of each write that the panel is shown."""
    direct = server.hello()["directListener"]["origin"]
    reply = ask("events", {"v": 1, "proofs": server.proofs, "after": None, "wait": False}, at=direct)
    return [
        (event["path"][0], event["source"]["frames"][0]["file"], event["after"])
        for event in reply.json["events"]
        if event.get("operation") == "set"
    ]


@pytest.mark.parametrize("name", SERVERS)
def test_it_is_observed(name: str, folder: Path) -> None:
    env = {"SESSIONSCOPE_ENABLED": "1"} if name in NO_DEBUG_FLAG else {}
    with started([*OURS, *SERVERS[name]], folder, **env) as server:
        status, headers, body = server.get("/")
        assert (status, body) == (200, b"1")
        assert headers["sessionscope"].startswith('"/__sessionscope__";v=1;app=')
        assert "Traceback" not in server.log.read_text()
        for line in server.said():
            assert re.fullmatch(r"Sessionscope observes (request|flask|quart)\.session, because .+\.", line), line
        # One for each process that serves.
        assert 1 <= len(server.said()) <= 2
        if "workers" not in name:
            files = ("star", "fast", "flasks", "flask_records", "quarts")
            words = [re.split(r":|\.py", part)[0] for part in SERVERS[name]]
            app = next((f"{word}.py" for word in words if word in files), None)
            assert writes_of(server) == [("visits", app or "shop/views.py", 1)]


#: By hand and by the command: pages, and the server's words for it.
ALIKE = {
    "Django": ["runserver", "--noreload", "127.0.0.1:{port}"],
    "Starlette": ["uvicorn", "--port", "{port}", "star:app"],
    "Flask": ["flask", "--app", "flasks", "run", "--debug", "--no-reload", "-p", "{port}"],
    "Quart": ["quart", "--app", "quarts", "run", "--debug", "--no-reload", "-p", "{port}"],
}
#: What each run has of its own.
OF_A_RUN = re.compile(
    rb"frame-\d{9,}|SECRET = \"\w+|session(?:id)?=[^;]+|\d{2}:\d{2}:\d{2}|127\.0\.0\.1:\d+|0x[0-9a-f]+"
)


@pytest.mark.parametrize("name", ALIKE)
def test_the_app_does_the_same(name: str, folder: Path) -> None:
    """Status, headers and body of a page, of a page that is not there, and of one that fails."""
    found = []
    words = ["manage.py", *ALIKE[name]] if name == "Django" else ["-m", *ALIKE[name]]
    for given in (words, [*OURS, *ALIKE[name]]):
        with started(given, folder) as server:
            answers = [server.get(path) for path in ("/", "/", "/none", "/fail")]
            found.append(
                [
                    (
                        status,
                        [
                            (key, OF_A_RUN.sub(b"", value.encode()))
                            for key, value in headers.items()
                            if key not in ("sessionscope", "content-length")
                        ],
                        # Django's page of an error shows PYTHONPATH, Starlette's the frames of an observed class.
                        b"" if name != "Flask" and status == 500 else OF_A_RUN.sub(b"", body),
                    )
                    for status, headers, body in answers
                ]
            )
    bare, observed = found
    assert observed == bare


OFF = {
    "Django without DEBUG": (["runserver", "--noreload", "127.0.0.1:{port}"], {"NO_DEBUG": "1"}, "DEBUG is False"),
    "Starlette without debug": (["uvicorn", "--port", "{port}", "star:off"], {}, "debug is false"),
    "a subclass without debug": (["uvicorn", "--port", "{port}", "star:own_off"], {}, "debug is false"),
    "Quart without --debug": (["quart", "--app", "quarts", "run", "-p", "{port}"], {}, "debug is false"),
    "Flask without --debug": (["flask", "--app", "flasks", "run", "-p", "{port}"], {}, "debug is false"),
}


@pytest.mark.parametrize("name", OFF)
def test_it_is_off_where_the_app_says_so_and_names_the_reason(name: str, folder: Path) -> None:
    words, env, reason = OFF[name]
    with started([*OURS, *words], folder, **env) as server:
        for _ in range(2):
            assert "sessionscope" not in server.get("/")[1]
        assert ask("hello", {"versions": [1]}, at=server.origin).status != 200
        (line,) = server.said()
        assert line.startswith("Sessionscope: off, because ")
        assert reason in line


@pytest.mark.parametrize("name", ALIKE)
def test_the_environment_switches_it_off(name: str, folder: Path) -> None:
    with started([*OURS, *ALIKE[name]], folder, SESSIONSCOPE_ENABLED="0") as server:
        assert "sessionscope" not in server.get("/")[1]
        assert server.said() == []


def test_an_observe_by_hand_counts_and_nothing_is_seen_twice(tmp_path: Path) -> None:
    write_apps(tmp_path)
    by_hand = (
        "import sessionscope.starlette as ours\nSessionMiddleware = ours.observe(SessionMiddleware, path='/mine')\n"
    )
    star = tmp_path / "star.py"
    star.write_text(star.read_text().replace("class OwnMiddleware", f"{by_hand}\nclass OwnMiddleware"))
    for name in ("flask", "quart"):
        file = tmp_path / f"{name}s.py"
        line = f"from sessionscope.{name} import observe\napp.session_interface = observe(app.session_interface, "
        file.write_text(f"{file.read_text()}\n{line}path='/mine')\n")
    with (tmp_path / "shop" / "settings.py").open("a") as settings:
        settings.write(
            "INSTALLED_APPS.append('sessionscope.django')\nSESSIONSCOPE = {'path': '/mine'}\n"
            "MIDDLEWARE.insert(0, 'sessionscope.django.middleware.SessionscopeMiddleware')\n"
        )
    for words in ALIKE.values():
        with started([*OURS, *words], tmp_path) as server:
            headers = server.get("/")[1]
            assert headers["sessionscope"].startswith('"/mine";')
            assert headers["sessionscope"].count("exchange=") == 1
            assert ask("hello", {"versions": [1]}, at=server.origin).status != 200


def test_a_subclass_of_an_observed_class_can_be_observed_itself(tmp_path: Path) -> None:
    write_apps(tmp_path)
    star = tmp_path / "star.py"
    by_hand = "import sessionscope.starlette as ours\nown = made(ours.observe(OwnMiddleware))\n"
    declined = "from sessionscope.starlette import observe\noff = made(observe(SessionMiddleware, enabled=False))\n"
    star.write_text(f"{star.read_text()}\n{by_hand}{declined}")
    with started([*OURS, "uvicorn", "--port", "{port}", "star:own"], tmp_path) as server:
        assert server.get("/")[1]["sessionscope"].count("exchange=") == 1
        assert writes_of(server) == [("visits", "star.py", 1)]
    with started([*OURS, "uvicorn", "--port", "{port}", "star:off"], tmp_path) as server:
        assert "sessionscope" not in server.get("/")[1]


@pytest.mark.parametrize(
    ("middleware", "is_observed"), [("shop.others.Derived", True), ("shop.others.OwnSessionMiddleware", False)]
)
def test_a_session_middleware_of_the_projects_own(middleware: str, is_observed: bool, folder: Path) -> None:
    words = [*OURS, "runserver", "--noreload", "127.0.0.1:{port}"]
    with started(words, folder, OWN_MIDDLEWARE=middleware) as server:
        assert ("sessionscope" in server.get("/")[1]) is is_observed
        (line,) = server.said()
        if not is_observed:
            assert "nothing is observed" in line
            assert "is not a subclass of Django's SessionMiddleware" in line


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment(folder, **env),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_python_is_as_it_was_started(tmp_path: Path) -> None:
    """Its options, its arguments, its path, its exit code, and a `sitecustomize` of the project's own."""
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.own_site = True")
    (tmp_path / "look.py").write_text(
        "import builtins, json, sys\n"
        "print(json.dumps([sys.argv, sys.path, sys.flags.dev_mode, sys.flags.optimize, __name__,\n"
        "                  getattr(builtins, 'own_site', None), sys.modules['sitecustomize'].__file__]))\n"
        "sys.exit(7)"
    )
    env = {"PYTHONPATH": f"{environment(tmp_path)['PYTHONPATH']}{os.pathsep}{tmp_path}"}
    options = ["-X", "dev", "-O"]
    bare = run(tmp_path, *options, "look.py", "a", "--b", **env)
    for form in (["-m", "sessionscope"], ["-msessionscope"], ["-um", "sessionscope"]):
        observed = run(tmp_path, *options, *form, "look.py", "a", "--b", **env)
        assert (observed.stdout, observed.stderr, observed.returncode) == (bare.stdout, "", 7)
    assert '"a", "--b"' in bare.stdout


def test_a_fault_in_the_projects_sitecustomize_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import nothing_of_that_name")
    env = {"PYTHONPATH": f"{environment(tmp_path)['PYTHONPATH']}{os.pathsep}{tmp_path}"}
    bare = run(tmp_path, "-c", "print(1)", **env)
    (tmp_path / "one.py").write_text("print(1)")
    observed = run(tmp_path, *OURS, "one.py", **env)
    assert observed.stdout == bare.stdout == "1\n"
    assert "nothing_of_that_name" in observed.stderr
    assert "nothing_of_that_name" in bare.stderr


def test_another_python_that_comes_by_is_left_alone(tmp_path: Path) -> None:
    """A child of the app's that has neither the package nor anything of it."""
    (tmp_path / "child.py").write_text(
        "import os, subprocess, sys\n"
        "os.environ['PYTHONPATH'] = os.environ['PYTHONPATH'].split(os.pathsep)[0]\n"
        "code = 'import sys; print(sorted(name for name in sys.modules if name.startswith(\"sessionscope\")))'\n"
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True))"
    )
    ended = run(tmp_path, *OURS, "child.py")
    assert "stdout='[]\\n', stderr=''" in ended.stdout, ended


def test_a_process_that_serves_nothing_loads_nothing_of_the_companion(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "import sys, json\nprint(sorted(name for name in sys.modules if name.startswith('sessionscope')))"
    )
    ended = run(tmp_path, *OURS, "job.py")
    assert ended.stderr == ""
    assert ended.stdout == (
        "['sessionscope', 'sessionscope.observe', 'sessionscope.observe.activation', 'sessionscope.register', "
        "'sessionscope.register.hooks']\n"
    )


def test_what_cannot_be_hooked_is_said_with_the_line_to_write(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import starsessions")
    (tmp_path / "starsessions.py").write_text("")
    assert "no companion observes its sessions yet" in run(tmp_path, *OURS, "app.py").stderr
    isolated = run(tmp_path, "-E", "-c", f"import sys; sys.path.insert(0, {environment(tmp_path)['PYTHONPATH']!r})\n"
                   "sys.argv = ['x', 'app.py']; sys.orig_argv = ['python', '-E', '-m', 'sessionscope', 'app.py']\n"
                   "from sessionscope.register.command import main; main()")  # fmt: skip
    assert "nothing is observed: python -E, -I and -S keep it out" in isolated.stderr
    assert "from sessionscope.flask import observe" in isolated.stderr
    # A library that is not as it was when the hook was written.
    (tmp_path / "flask").mkdir()
    (tmp_path / "flask" / "__init__.py").write_text("")
    (tmp_path / "flask" / "app.py").write_text("")
    (tmp_path / "app.py").write_text("import flask.app; print('goes on')")
    ended = run(tmp_path, *OURS, "app.py")
    assert ended.stdout == "goes on\n"
    assert "flask could not be observed (AttributeError" in ended.stderr
    assert "app.session_interface = observe(app.session_interface)" in ended.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "Usage: python -m sessionscope"),
        (["runserver"], 2, "There is no manage.py in this folder"),
        (["no_such_module"], 2, "There is no module no_such_module"),
        (["--help"], 0, "Usage: python -m sessionscope"),
    ],
)
def test_what_it_does_not_understand(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *OURS, *words)
    assert ended.returncode == code
    assert said in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
