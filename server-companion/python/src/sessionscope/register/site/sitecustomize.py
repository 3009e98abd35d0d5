"""Runs as Python starts, in each process that `python -m sessionscope` leads to: reloaders and workers too.

Any Python may come by here, one without this package, too: nothing in it may fail.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))
# Nobody else's imports look here; children find it by PYTHONPATH.
sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _FOLDER]
try:
    from sessionscope.register.hooks import install
except ImportError:
    pass
else:
    install()

# The one that this one stands in front of.
del sys.modules["sitecustomize"]
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
except ImportError as error:
    if error.name != "sitecustomize":
        raise
    # Python takes the module out again as it ends.
    sys.modules["sitecustomize"] = type(sys)("sitecustomize")
