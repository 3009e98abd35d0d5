"""The user's own folder for what must outlive a process: who a project is, and which panels are paired with it.

What another user could have written or can read counts as not there. `docs/security.md`, "Pairing".
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

StateFile = Literal["identity", "pairing"]
Result = TypeVar("Result")

#: No file of ours comes near it; a larger one is not ours.
MAX_FILE_BYTES = 1024 * 1024

#: Reading and writing take some milliseconds: a lock that is older was left by a process that died.
STALE_LOCK_S = 5.0
_LOCK_WAIT_S = 0.005

_ROOT_USER = 0


def state_directory() -> Path:
    """`$XDG_STATE_HOME/sessionscope`, by default `~/.local/state/sessionscope`; on Windows below `%LOCALAPPDATA%`.

    A relative path in them counts for nothing, as the XDG specification says.
    """
    name, usual = ("LOCALAPPDATA", "AppData/Local") if sys.platform == "win32" else ("XDG_STATE_HOME", ".local/state")
    given = Path(os.environ.get(name) or "")
    return (given if given.is_absolute() else Path.home() / usual) / "sessionscope"


def _path_of(directory: Path, root: str, file: StateFile) -> Path:
    project = hashlib.sha256(root.encode()).hexdigest()[:16]
    return directory / f"{project}.{file}.json"


def _is_own(found: os.stat_result, forbidden: int) -> bool:
    """Whether a file or folder is this user's, and nobody else may do what `forbidden` says with it."""
    if not hasattr(os, "getuid"):
        # Windows: the folder is the user's own by its place.
        return True
    return found.st_uid in (os.getuid(), _ROOT_USER) and not found.st_mode & forbidden


def _secure(directory: Path) -> None:
    """What others can write is made the owner's; raises OSError where it can't be, or belongs to another."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.stat()
    if _is_own(found, 0o022):
        return
    if not _is_own(found, 0):
        raise PermissionError(f"{directory} belongs to another user.")
    directory.chmod(0o700)


def read_state(directory: Path, root: str, file: StateFile) -> Any:
    """What the file says, or None: not there, not ours alone, not readable, not JSON."""
    try:
        if not _is_own(directory.stat(), 0):
            return None
        # Neither a link's target nor a pipe that nobody writes.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(_path_of(directory, root, file), flags), "rb") as stream:
            found = os.fstat(stream.fileno())
            is_plain = stat.S_ISREG(found.st_mode) and found.st_size <= MAX_FILE_BYTES
            return json.loads(stream.read()) if is_plain and _is_own(found, 0o077) else None
    except (OSError, ValueError, RecursionError):
        return None


def write_state(directory: Path, root: str, file: StateFile, content: Any, *, replace: bool = True) -> None:
    """Writes the file whole or not at all, readable by its owner only (directory 0700, file 0600).

    Raises OSError where it can't be written, or is another user's; FileExistsError where it is there and `replace` is
    false.
    """
    _secure(directory)
    path = _path_of(directory, root, file)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
            stream.write("\n")
        if replace:
            temporary.replace(path)
        else:
            # Whole at once, and only where nobody else was first: workers start together.
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def with_state_lock(directory: Path, root: str, file: StateFile, work: Callable[[], Result]) -> Result:
    """Does `work` while no other process of the project does the same with this file.

    Raises OSError where the directory can't be written. Waits for another process, at most for as long as a lock
    lives that nobody holds any more.
    """
    path = _path_of(directory, root, file)
    lock = path.with_name(f"{path.name}.lock")
    _secure(directory)
    while True:
        try:
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            try:
                is_stale = time.time() - lock.stat().st_mtime > STALE_LOCK_S
            except FileNotFoundError:
                continue
            if is_stale:
                lock.unlink(missing_ok=True)
            else:
                time.sleep(_LOCK_WAIT_S)
    try:
        return work()
    finally:
        lock.unlink(missing_ok=True)
