"""Django's side of `bench/codec.ts`: times its own signing on the records that each line of JSON names.

One JSON request a line on standard input, one JSON answer a line.
"""

import json
import sys
from time import process_time

import django
from django.conf import settings

settings.configure(SECRET_KEY=sys.argv[1], LOGGING_CONFIG=None)
django.setup()

from django.core import signing  # noqa: E402

SALT = "django.contrib.sessions.SessionStore"


def answer(request):
    """CPU seconds that `loops` rounds over all items took, and what the last round gave."""
    if request["do"] == "encode":
        items = [json.loads(text) for text in request["items"]]

        def work(item):
            return signing.dumps(item, salt=SALT, compress=True)

    else:
        items = request["items"]

        def work(item):
            return signing.loads(item, salt=SALT)

    loops = request["loops"]
    results = []
    began = process_time()
    for _ in range(loops):
        results = [work(item) for item in items]
    seconds = process_time() - began
    if request["do"] == "decode":
        results = [json.dumps(each, separators=(",", ":")) for each in results]
    return {"seconds": seconds, "results": results}


print(json.dumps({"django": django.__version__, "python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
