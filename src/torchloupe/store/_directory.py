"""A fresh directory for a run, named after it."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path

from .. import outside

_MOST_BYTES = 100
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")


def create_directory(parent: str | os.PathLike[str], name: str) -> Path:
    """Make a directory that was not there before, and return its path.

    Args:
        parent: where to make it; made as well if missing.
        name: the run's name. What file systems refuse is replaced; if there is such a directory,
            a number is added: `vae`, `vae-2`, `vae-3`.

    Raises:
        OSError: it cannot be made.
    """
    folder = Path(parent)
    outside.passing("file")
    folder.mkdir(parents=True, exist_ok=True)
    safe = safe_name(name)
    for number in count(1):
        made = folder / (safe if number == 1 else f"{safe}-{number}")
        outside.passing("file")
        try:
            # Only one of two processes at once succeeds.
            made.mkdir()
        except FileExistsError:
            continue
        return made.resolve()
    raise AssertionError("numbers do not end")


def safe_name(name: str) -> str:
    """Return a name that is one folder's on every system, and stays beneath its parent."""
    safe = _UNSAFE.sub("-", name)
    safe = safe.encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .-")
    if not safe:
        return "run"
    return f"{safe}-run" if _RESERVED.fullmatch(safe) else safe
