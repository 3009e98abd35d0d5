"""Which line did it: the app's own frames, taken as `(code, instruction)` pairs and turned into lines when read.

Whether a file is the app's is worked out once for each code object. The walk up the stack ends at the framework's
request handler: above it are only middlewares that wait for their turn. What is the framework's, and where its handler
is, each adapter says.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Literal, NamedTuple

from . import protocol
from .encode import shorten

#: Sources taken in one second: a developer's clicks never reach it.
SOURCES_PER_SECOND = 2_000

#: Code objects whose position is remembered.
_MAX_CODES = 20_000

#: Frames looked at; deeper is no handler of a request.
_MAX_DEPTH = 120

_OWN: Final = 0
_APP: Final = 1
_LIBRARY: Final = 2
_FRAMEWORK: Final = 3
_TEMPLATE: Final = 4
_END: Final = 5
_HIDDEN: Final = 6
_ENGINE: Final = 7

_OWN_FOLDER = str(Path(__file__).resolve().parent.parent) + os.sep
_LIBRARIES = tuple(
    str(Path(path).resolve()) + os.sep
    for path in {sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["platstdlib"]}
)
#: By the code object's id: its own hash is made of all its constants each time.
_kinds: dict[int, int] = {}
#: They are kept, so that their ids stay theirs; a caller that is remembered by an id keeps its code besides.
_codes: dict[int, CodeType] = {}


class CodePosition(NamedTuple):
    """A frame's position: a code object with an instruction, or a template's file with a line."""

    code: CodeType | str
    instruction: int


class Taken(NamedTuple):
    """A source as it is kept until somebody reads it: one for all operations that came from the same lines."""

    positions: tuple[CodePosition, ...]
    is_library: bool
    root: str


#: What an event keeps in its field `source`.
Source = Taken | dict[str, Any]

UNAVAILABLE: Source = {"frames": [], "omitted": "unavailable"}
OVER_BUDGET: Source = {"frames": [], "omitted": "budget"}


class Caller(NamedTuple):
    """Who called: one object for all calls from the same lines."""

    source: Source
    #: `framework`: the framework itself called, or what comes with it. Else `app`.
    actor: str
    #: Dotted name of the module that called, where that is the framework's.
    module: str | None
    #: Who acted on the session, where that is not the app and not the session library: a function of the framework's,
    #: or the module of another library.
    reason: str | None


#: Stands for a caller that could not be found out.
UNKNOWN_CALLER = Caller(UNAVAILABLE, "app", None, None)


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
    # An environment or a project may lie behind a link: the folders above are known by their real paths.
    file = os.path.realpath(file)
    if file.startswith(_OWN_FOLDER):
        return _OWN
    for framework in _frameworks:
        kind = framework.kind_of(file, code.co_name)
        if kind is not None:
            return _KINDS[kind]
    if f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file:
        return _LIBRARY
    return _LIBRARY if file.startswith(_LIBRARIES) else _APP


#: What a file of a framework is to the walk up the stack.
FrameKind = Literal["framework", "engine", "template", "end", "proxy"]

_KINDS: dict[FrameKind, int] = {
    "framework": _FRAMEWORK,
    "engine": _ENGINE,
    "template": _TEMPLATE,
    "end": _END,
    "proxy": _OWN,
}


class Framework(NamedTuple):
    """What an adapter says of its framework's code."""

    #: By file and function. `engine`: a session's own code, which calls on behalf of a call that is recorded already.
    #: `template`: a frame of the template engine that has the position in a template. `end`: the request handler, above
    #: which nothing is of interest. `proxy`: passes calls on, and is no caller itself. None: none of its files.
    kind_of: Callable[[str, str], FrameKind | None]
    #: Folder of the framework, with a separator at its end.
    folder: str
    #: Module of the session middleware: what it does is the library's own decision, and has no reason beside it.
    middleware: str
    #: Whether a module belongs to the template engine, which reads on a template's behalf.
    is_template_engine: Callable[[str], bool] = lambda _module: False
    #: File and line in a template that a frame of it stands for, or None.
    template_position: Callable[[FrameType], tuple[str, int] | None] = lambda _frame: None


_frameworks: list[Framework] = []


def know_framework(framework: Framework) -> None:
    """Takes what an adapter says of its framework's code; once for each."""
    if framework not in _frameworks:
        _frameworks.append(framework)
        _kinds.clear()
        _codes.clear()


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
        """As `take`; None where the engine itself calls, on behalf of a call that is recorded already."""
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
        """Who called, seen from `frame` up. Past the budget the caller is given anyway, its lines are not."""
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
        # What distinguishes two callers: the kind of the nearest frame, its code, then each frame of the app's.
        nearest: FrameType | None = None
        nearest_kind = -1
        library: FrameType | None = None
        chosen: list[Any] = []
        positions: list[CodePosition] | None = None
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
                if positions is not None:
                    positions.append(CodePosition(code, frame.f_lasti))
                if len(chosen) == _MAX_CHOSEN:
                    break
            elif kind == _END:
                if library is None:
                    library = frame
                break
            elif kind == _TEMPLATE:
                position = _template_position(frame)
                if position is not None and not _is_library_file(str(position.code)):
                    # The template engine reads on the template's behalf.
                    is_engine = nearest_kind == _FRAMEWORK and not chosen and _is_template_engine(nearest)
                    if is_engine:
                        nearest_kind = _APP
                    positions = positions if positions is not None else _positions(chosen)
                    positions.append(position)
                    chosen.extend(position)
                    if len(chosen) == _MAX_CHOSEN:
                        break
            elif kind == _FRAMEWORK or kind == _LIBRARY:  # noqa: SIM109
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
            if positions is None:
                positions = _positions(chosen)
            caller = self._make(is_over, nearest, nearest_kind, positions, library)
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
        positions: list[CodePosition],
        library: FrameType | None,
    ) -> Caller:
        module = None
        if nearest is not None and kind == _FRAMEWORK:
            name = nearest.f_globals.get("__name__")
            module = name if isinstance(name, str) else None
        source: Source
        if is_over:
            source = OVER_BUDGET
        elif positions:
            source = Taken(tuple(positions), False, self.root)
        elif library is not None:
            source = Taken((CodePosition(library.f_code, library.f_lasti),), True, self.root)
        else:
            source = UNAVAILABLE
        return Caller(source, "framework" if kind == _FRAMEWORK else "app", module, _reason(nearest, kind))


def _reason(nearest: FrameType | None, kind: int) -> str | None:
    """`django.contrib.auth.logout`, `allauth.account.utils`: by the function for Django, by the module for others."""
    if nearest is None or kind not in (_FRAMEWORK, _LIBRARY):
        return None
    module = nearest.f_globals.get("__name__")
    if not isinstance(module, str) or any(module == framework.middleware for framework in _frameworks):
        return None
    if kind == _LIBRARY:
        is_installed = _is_library_file(nearest.f_code.co_filename)
        return module[: protocol.NAME_LENGTH] if is_installed and not module.startswith("asgiref.") else None
    function = nearest.f_code.co_name
    is_public = function.isidentifier() and not function.startswith("_")
    return (f"{module}.{function}" if is_public else module)[: protocol.NAME_LENGTH]


#: A code's id and an instruction for each frame.
_MAX_CHOSEN = protocol.FRAMES * 2


def _positions(chosen: list[Any]) -> list[CodePosition]:
    return [CodePosition(_codes[chosen[at]], chosen[at + 1]) for at in range(0, len(chosen), 2)]


def _is_template_engine(frame: FrameType | None) -> bool:
    module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return any(framework.is_template_engine(module) for framework in _frameworks)


def _template_position(frame: FrameType) -> CodePosition | None:
    for framework in _frameworks:
        position = framework.template_position(frame)
        if position is not None:
            return CodePosition(*position)
    return None


def _is_library_file(file: str) -> bool:
    is_framework = any(file.startswith(framework.folder) for framework in _frameworks)
    return is_framework or "site-packages" in file or "dist-packages" in file or file.startswith("<")


def resolve(source: Source) -> dict[str, Any]:
    """A source as the wire has it."""
    if isinstance(source, dict):
        return source
    kind = "library" if source.is_library else "app"
    return {"frames": [_frame(position, source.root, kind) for position in source.positions]}


@lru_cache(maxsize=20_000)
def _frame(position: CodePosition, root: str, kind: str) -> dict[str, Any]:
    code, instruction = position
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
        position = path.rfind(f"{os.sep}{marker}{os.sep}")
        if position >= 0:
            return path[position + 1 :].replace(os.sep, "/")[-1024:]
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
