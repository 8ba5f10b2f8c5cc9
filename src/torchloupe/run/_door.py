"""What a run accepts: checked at once, with errors that name the argument."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._scalars import check_name, check_step


def check_dir(directory: object) -> Path:
    """Return the directory that holds runs, or raise a TypeError that names the argument."""
    if not isinstance(directory, (str, Path)) or not str(directory):
        raise TypeError(f"dir: expected a directory's path, got {directory!r:.80}")
    if "\0" in str(directory):
        raise ValueError(f"dir: a path holds no NUL, got {directory!r:.80}")
    return Path(directory)


def check_run_name(name: object) -> str:
    """Return the run's name, `"run"` if none was given."""
    return "run" if name is None else check_name(name)


def check_start_step(step: object) -> int:
    """Return the first step, an int of at least 0."""
    try:
        return check_step(step)
    except (TypeError, ValueError) as error:
        raise type(error)(f"start_{error}") from None


def check_budget(budget: object) -> float | None:
    """Return the fraction of time that probes may take: 0 < budget <= 1, or None."""
    if budget is None:
        return None
    if isinstance(budget, bool) or not isinstance(budget, (int, float)):
        raise TypeError(f"budget: expected a number or None, got {type(budget).__name__}")
    if math.isnan(budget) or not 0 < budget <= 1:
        raise ValueError(f"budget: expected 0 < budget <= 1 or None, got {budget}")
    return float(budget)


def check_timeout(timeout: object) -> float | None:
    """Return a time to wait in seconds, or None for ever."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout: expected seconds or None, got {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError(f"timeout: expected at least 0 s, got {timeout}")
    return min(float(timeout), threading.TIMEOUT_MAX)


def check_epochs(epochs: object, loader: Iterable[Any] = ()) -> int:
    """Return the number of epochs, if the loader can be passed over so often."""
    if isinstance(epochs, bool) or not isinstance(epochs, int):
        raise TypeError(f"epochs: expected an int, got {type(epochs).__name__}")
    if epochs < 0:
        raise ValueError(f"epochs: expected at least 0, got {epochs}")
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise TypeError(f"loader: expected an iterable, got {type(loader).__name__}")
    # Asking a loader for an iterator may start workers or draw random numbers: look, do not ask.
    if epochs > 1 and hasattr(loader, "__next__"):
        raise ValueError(
            f"epochs: {epochs} passes need a loader that can be iterated again, "
            f"got {type(loader).__name__}, which is used up after one"
        )
    return epochs
