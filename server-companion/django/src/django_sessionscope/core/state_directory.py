"""The user's own folder for what must outlive a process: who a project is, and which panels are paired with it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any, Literal

StateFile = Literal["identity", "pairing"]


def state_directory() -> Path:
    """`$XDG_STATE_HOME/sessionscope`, by default `~/.local/state/sessionscope`; on Windows below `%LOCALAPPDATA%`."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "sessionscope"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sessionscope"


def _path_of(directory: Path, root: str, file: StateFile) -> Path:
    project = hashlib.sha256(root.encode()).hexdigest()[:16]
    return directory / f"{project}.{file}.json"


def read_state(directory: Path, root: str, file: StateFile) -> Any:
    """What the file holds, or None: not there, not readable, not JSON."""
    try:
        return json.loads(_path_of(directory, root, file).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def write_state(directory: Path, root: str, file: StateFile, content: Any, *, replace: bool = True) -> None:
    """Writes the file whole or not at all, readable by its owner only (directory 0700, file 0600).

    Raises OSError where it can't be written; FileExistsError where it is there and `replace` is false.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
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
