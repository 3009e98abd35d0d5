#!/usr/bin/env python
"""The demo on Django. `python manage.py demo` makes the database and serves it."""

import os
import sys
from pathlib import Path

#: From a checkout the companion is taken from beside it; installed from PyPI it is found by itself.
COMPANION = Path(__file__).resolve().parent.parent.parent / "server-companion" / "python" / "src"

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    if COMPANION.is_dir():
        sys.path.insert(0, str(COMPANION))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
