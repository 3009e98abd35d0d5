#!/usr/bin/env python
"""What the companion costs a request of Starlette, Flask, Flask-Session and Quart, beside a peer where there is one.

Run it as `.venv/django52/bin/python bench/python-overhead.py`; `bench/django-overhead.py` is Django's.

The same view (12 operations on the session) runs in a process for each variant, called as a server calls it: bare,
with our companion, with our companion and a panel that reads along, and with the peer. Flask's and Flask-Session's
peer is Flask-DebugToolbar, with its panel of the request's variables only, and with its defaults; Starlette's is its
own OpenTelemetry middleware with every span recorded and dropped, which sees requests and no session.
"""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version
from pathlib import Path

from interleaved import compare, hand_on, measure

WORKER = Path(__file__).resolve().parent / "python-overhead" / "worker.py"

OURS = ["bare", "ours", "ours, a panel attached"]
TOOLBAR = ["toolbar, request variables", "toolbar, defaults"]

#: By library: the peers beside it.
LIBRARIES = {"starlette": ["OpenTelemetry"], "flask": TOOLBAR, "flask-session": TOOLBAR, "quart": []}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries", nargs="*", default=list(LIBRARIES), help=", ".join(LIBRARIES))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}: 12 operations a request")
    for library in options.libraries:
        print(f"\n{library} {version(library)}")
        peers = LIBRARIES[library]
        added = measure(WORKER, library, [*OURS, *peers, "bare again"], options.rounds, options.requests)
        panel = compare(added, "ours, a panel attached")
        hand_on(
            f"{library}, 12 operations, one panel attached",
            "what is added ÷ with nobody attached",
            panel,
            at_most=2.5,
            figures=added,
        )
        if peers:
            compare(added, peers[0])


main()
