"""Serves scenarios on a session library of Python: `python main.py LIBRARY DIRECTORY SETTINGS`.

LIBRARY is one of those below, DIRECTORY a folder for its records, SETTINGS the scenario's as JSON. Which scenario is
served is said on standard input.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

#: Module of its host, and the engine there.
LIBRARIES = {
    "django": ("django_host", "db"),
    "django-signed-cookies": ("django_host", "signed_cookies"),
    "starlette": ("starlette_host", ""),
    "flask": ("flask_host", ""),
    "flask-session": ("flask_host", "cachelib"),
}

if __name__ == "__main__":
    here = Path(__file__).resolve()
    sys.path[0] = str(here.parents[1])
    sys.path.insert(1, str(here.parents[4] / "server-companion" / "python" / "src"))
    library, directory, wanted = sys.argv[1:]
    module, engine = LIBRARIES[library]
    importlib.import_module(f"hosts.{module}").serve(engine, directory, json.loads(wanted))
