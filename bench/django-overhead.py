#!/usr/bin/env python
"""What the Django companion costs a request, beside django-debug-toolbar.

Run it as `.venv/django52/bin/python bench/django-overhead.py`.

The same view (12 operations on the session) runs in a process for each variant, called as a WSGI server calls it:
bare, with our companion, with our companion and a panel that reads along, with the toolbar's request and history
panels only, and with the toolbar's defaults. Each round asks all of them in turn, bare first and last, so that every
figure is a difference within one round; medians over the rounds are printed, and what the two bare ones differ by.

Wanted: ours at most 0.10 ms with the file engine and 0.15 ms with the database, and at most a twelfth of the toolbar
with two panels, pair by pair.
"""

from __future__ import annotations

import argparse
import platform
import statistics
from pathlib import Path

from interleaved import compare, hand_on, measure

WORKER = Path(__file__).resolve().parent / "django-overhead" / "worker.py"
VARIANTS = ["bare", "ours", "ours, a panel attached", "toolbar, 2 panels", "toolbar, defaults", "bare again"]


#: By engine.
WANTED_MS = {"file": 0.10, "db": 0.15}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", default=["file", "db"], help="file, db, cache, cached_db, signed_cookies")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    import django

    print(f"Python {platform.python_version()}, Django {django.get_version()}: 12 operations a request")
    for engine in options.engines:
        added = measure(WORKER, engine, VARIANTS, options.rounds, options.requests)
        panel = compare(added, "ours, a panel attached")
        toolbar = compare(added, "toolbar, 2 panels")
        what = f"Django, 12 operations, {engine}"
        ours = statistics.median(added["ours"])
        hand_on(what, "ms added, nobody attached", ours, at_most=WANTED_MS.get(engine), figures=added)
        hand_on("the same, one panel attached", "what is added ÷ with nobody attached", panel, at_most=2.5)
        hand_on("the same, django-debug-toolbar's two panels", "what they add ÷ ours", toolbar, at_least=10)


main()
