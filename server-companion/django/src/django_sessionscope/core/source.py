"""Which line did it: the app's own frames, taken as `(code, instruction)` pairs and turned into lines when read.

Whether a file is the app's is worked out once for each code object. The walk up the stack ends at Django's request
handler: above it stand only middlewares that wait for their turn.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

import django

from . import protocol
from .encode import shorten

#: Sources taken in one second: a developer's clicks never reach it.
SOURCES_PER_SECOND = 2_000

#: Code objects whose place is remembered.
_MAX_CODES = 20_000

#: Frames looked at; deeper is no handler of a request.
_MAX_DEPTH = 120

_OWN: Final = 0
_APP: Final = 1
_LIBRARY: Final = 2
_DJANGO: Final = 3
_TEMPLATE: Final = 4
_END: Final = 5
_HIDDEN: Final = 6
_ENGINE: Final = 7

_OWN_FOLDER = str(Path(__file__).resolve().parent.parent) + os.sep
_DJANGO_FOLDER = str(Path(django.__file__).resolve().parent) + os.sep
_ENGINES = os.path.join(_DJANGO_FOLDER, "contrib", "sessions", "backends") + os.sep
_HANDLERS = os.path.join(_DJANGO_FOLDER, "core", "handlers") + os.sep
_LIBRARIES = tuple(
    str(Path(path).resolve()) + os.sep
    for path in {sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["platstdlib"]}
)
#: By the code object's id: its own hash is made of all its constants each time.
_kinds: dict[int, int] = {}
#: They are kept, so that their ids stay theirs; a caller that is remembered by an id keeps its code besides.
_codes: dict[int, CodeType] = {}


class Place(NamedTuple):
    """A frame's place: a code object with an instruction, or a template's file with a line."""

    code: CodeType | str
    instruction: int


class Taken(NamedTuple):
    """A source as it is kept until somebody reads it: one for all operations that came from the same lines."""

    places: tuple[Place, ...]
    is_library: bool
    root: str


#: What an event keeps in its field `source`.
Source = Taken | dict[str, Any]

UNAVAILABLE: Source = {"frames": [], "omitted": "unavailable"}
OVER_BUDGET: Source = {"frames": [], "omitted": "budget"}


class Caller(NamedTuple):
    """Who called: one object for all calls from the same lines."""

    source: Source
    #: `framework`: Django itself or its contrib apps called. Else `app`.
    actor: str
    #: Dotted name of the module that called, where that is Django's.
    module: str | None
    #: That module, where it is none of the session framework's own: told as the reason.
    reason: str | None


#: Stands for a caller that could not be found out.
NOBODY = Caller(UNAVAILABLE, "app", None, None)

SESSION_MIDDLEWARE = "django.contrib.sessions.middleware"


def _kind_of(code: CodeType) -> int:
    kind = _kinds.get(id(code))
    if kind is None:
        if len(_kinds) >= _MAX_CODES:
            _kinds.clear()
            _codes.clear()
        kind = _classify(code)
        _codes[id(code)] = code
        _kinds[id(code)] = kind
    return kind


def _is_outermost(frame: FrameType) -> bool:
    """Whether no other frame of the app's lies between this one and Django's request handler."""
    above = frame.f_back
    while above is not None:
        kind = _kinds.get(id(above.f_code))
        if kind == _END:
            return True
        if kind is None or kind == _APP or kind == _TEMPLATE:  # noqa: SIM109
            return False
        above = above.f_back
    return False


def _classify(code: CodeType) -> int:
    file = code.co_filename
    if file.startswith("<"):
        return _HIDDEN
    # An environment or a project may lie behind a link: the folders above are told by their real paths.
    file = os.path.realpath(file)
    if file.startswith(_OWN_FOLDER):
        return _OWN
    if file.startswith(_DJANGO_FOLDER):
        if file.startswith(_ENGINES):
            return _ENGINE
        if file.startswith(_HANDLERS):
            return _END
        if code.co_name == "render_annotated":
            return _TEMPLATE
        return _DJANGO
    if f"{os.sep}asgiref{os.sep}" in file and code.co_name == "thread_handler":
        return _END
    if f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file:
        return _LIBRARY
    return _LIBRARY if file.startswith(_LIBRARIES) else _APP


class SourceTaker:
    def __init__(self, root: str, per_second: int = SOURCES_PER_SECOND) -> None:
        self.root = root
        self.per_second = per_second
        self._second = 0.0
        self._taken = 0
        self._callers: dict[tuple[Any, ...], tuple[Caller, CodeType | None]] = {}
        #: Of them, those whose nearest frame is the app's, and no other up to the handler is.
        self._usual: dict[tuple[int, int], Caller] = {}

    def take_direct(self, frame: FrameType) -> Caller | None:
        """As `take`; None where the engine itself calls, on behalf of a call that is told already."""
        caller = self._usual.get((id(frame.f_code), frame.f_lasti))
        if caller is not None:
            # As `_is_outermost`, in place: this is done for each call on the session.
            above = frame.f_back
            while above is not None:
                kind = _kinds.get(id(above.f_code))
                if kind == _END:
                    return caller
                if kind is None or kind == _APP or kind == _TEMPLATE:  # noqa: SIM109
                    break
                above = above.f_back
        return None if _kind_of(frame.f_code) == _ENGINE else self.take(frame)

    def take(self, frame: FrameType | None) -> Caller:
        """Who called, seen from `frame` up. Past the budget the caller is told all the same, its lines are not."""
        while frame is not None and _kind_of(frame.f_code) == _OWN:
            frame = frame.f_back
        if frame is not None:
            # It costs less than to leave it out, and so is not counted.
            caller = self._usual.get((id(frame.f_code), frame.f_lasti))
            if caller is not None and _is_outermost(frame):
                return caller
        first_frame = frame
        now = time.monotonic()
        if now - self._second >= 1:
            self._second = now
            self._taken = 0
        self._taken += 1
        is_over = self._taken > self.per_second
        # What tells two callers apart: the kind of the nearest frame, its code, then each frame of the app's.
        nearest: FrameType | None = None
        nearest_kind = -1
        library: FrameType | None = None
        chosen: list[Any] = []
        places: list[Place] | None = None
        depth = 0
        while frame is not None and depth < _MAX_DEPTH:
            depth += 1
            code = frame.f_code
            kind = _kind_of(code)
            if kind == _APP:
                if nearest is None:
                    nearest, nearest_kind = frame, kind
                if is_over:
                    break
                chosen.append(id(code))
                chosen.append(frame.f_lasti)
                if places is not None:
                    places.append(Place(code, frame.f_lasti))
                if len(chosen) == _MAX_CHOSEN:
                    break
            elif kind == _END:
                if library is None:
                    library = frame
                break
            elif kind == _TEMPLATE:
                place = _template_place(frame)
                if place is not None and not _is_library_file(str(place.code)):
                    # The template engine reads on the template's behalf.
                    if nearest is not None and nearest_kind == _DJANGO and not chosen and _is_engine(nearest):
                        nearest_kind = _APP
                    places = places if places is not None else _places(chosen)
                    places.append(place)
                    chosen.extend(place)
                    if len(chosen) == _MAX_CHOSEN:
                        break
            elif kind == _DJANGO or kind == _LIBRARY:  # noqa: SIM109
                if nearest is None:
                    nearest, nearest_kind = frame, kind
                if library is None:
                    library = frame
            frame = frame.f_back
        first = None if nearest is None else id(nearest.f_code)
        if chosen or library is None:
            key = (is_over, nearest_kind, first, *chosen)
        else:
            key = (is_over, nearest_kind, first, id(library.f_code), library.f_lasti, None)
        found = self._callers.get(key)
        if found is None:
            if len(self._callers) >= _MAX_CODES:
                self._callers.clear()
                self._usual.clear()
            if places is None:
                places = _places(chosen)
            caller = self._make(is_over, nearest, nearest_kind, places, library)
            found = self._callers[key] = caller, None if nearest is None else nearest.f_code
            # No other frame of the app's stands above it.
            is_lone = len(chosen) == 2 if nearest_kind == _APP else not chosen and library is nearest
            if is_lone and nearest is not None and nearest is first_frame and not is_over:
                self._usual[id(nearest.f_code), nearest.f_lasti] = caller
        return found[0]

    def _make(
        self,
        is_over: bool,
        nearest: FrameType | None,
        kind: int,
        places: list[Place],
        library: FrameType | None,
    ) -> Caller:
        module = None
        if nearest is not None and kind == _DJANGO:
            name = nearest.f_globals.get("__name__")
            module = name if isinstance(name, str) else None
        source: Source
        if is_over:
            source = OVER_BUDGET
        elif places:
            source = Taken(tuple(places), False, self.root)
        elif library is not None:
            source = Taken((Place(library.f_code, library.f_lasti),), True, self.root)
        else:
            source = UNAVAILABLE
        reason = None if module in (None, SESSION_MIDDLEWARE) else str(module)[: protocol.NAME_LENGTH]
        return Caller(source, "framework" if kind == _DJANGO else "app", module, reason)


#: A code's id and an instruction for each frame.
_MAX_CHOSEN = protocol.FRAMES * 2


def _places(chosen: list[Any]) -> list[Place]:
    return [Place(_codes[chosen[at]], chosen[at + 1]) for at in range(0, len(chosen), 2)]


def _is_engine(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("django.template")


def _template_place(frame: FrameType) -> Place | None:
    node = frame.f_locals.get("self")
    token = getattr(node, "token", None)
    origin = getattr(node, "origin", None)
    line = getattr(token, "lineno", None)
    name = getattr(origin, "name", None)
    return Place(name, line) if isinstance(line, int) and isinstance(name, str) else None


def _is_library_file(file: str) -> bool:
    return "site-packages" in file or "dist-packages" in file or file.startswith((_DJANGO_FOLDER, "<"))


def resolve(source: Source) -> dict[str, Any]:
    """A source as the wire tells it."""
    if isinstance(source, dict):
        return source
    kind = "library" if source.is_library else "app"
    return {"frames": [_frame(place, source.root, kind) for place in source.places]}


@lru_cache(maxsize=20_000)
def _frame(place: Place, root: str, kind: str) -> dict[str, Any]:
    code, instruction = place
    if isinstance(code, str):
        return {
            "file": shown_path(code, root),
            "line": instruction,
            "function": "template",
            "kind": kind,
        }
    line, column = _position(code, instruction)
    name = getattr(code, "co_qualname", code.co_name)
    frame = {
        "file": shown_path(code.co_filename, root),
        "line": line,
        "function": shorten(name, protocol.NAME_LENGTH),
        "kind": kind,
    }
    if column is not None:
        frame["column"] = column
    return frame


def _position(code: CodeType, instruction: int) -> tuple[int, int | None]:
    """Line and column, both from 1."""
    if sys.version_info >= (3, 11):
        found = next(islice(code.co_positions(), instruction // 2, None), None)
        if found is not None and found[0] is not None:
            return found[0], None if found[2] is None else found[2] + 1
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return line, None
    return code.co_firstlineno, None


def shown_path(file: str, root: str) -> str:
    """Relative to the project's root, with `/`; from `site-packages` on for a library."""
    path = os.path.realpath(file)
    for marker in ("site-packages", "dist-packages"):
        place = path.rfind(f"{os.sep}{marker}{os.sep}")
        if place >= 0:
            return path[place + 1 :].replace(os.sep, "/")[-1024:]
    for folder in _LIBRARIES:
        if path.startswith(folder):
            # The runtime's own, wherever it is installed.
            return path[len(os.path.dirname(folder.rstrip(os.sep))) + 1 :].replace(os.sep, "/")[-1024:]
    try:
        shown = os.path.relpath(path, root)
    except ValueError:
        # Another drive.
        shown = path
    return shown.replace(os.sep, "/")[-1024:]
