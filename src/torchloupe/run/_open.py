"""The place of `tl.open`: runs will be read back from the directories that they are kept in."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn


def open_run(path: str | Path) -> NoReturn:
    """Read a run's directory; not available yet, as runs are kept in memory only.

    Raises:
        TypeError: `path` is not a path.
        FileNotFoundError: there is nothing at `path`.
        NotImplementedError: there is something.
    """
    if not isinstance(path, (str, Path)):
        raise TypeError(f"path: expected a run's directory, got {type(path).__name__}")
    if not Path(path).exists():
        raise FileNotFoundError(f"path: expected a run's directory, got {str(path)!r}")
    raise NotImplementedError("path: histories on disk come with a later version")
