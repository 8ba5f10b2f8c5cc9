"""What never changes about a run. Nothing of the environment or of the user is in it."""

from __future__ import annotations

import platform
import secrets
from importlib.metadata import PackageNotFoundError, version

from ._format import plain

Manifest = dict[str, str | int | float]


def make_manifest(name: str, *, created: float, torch: str) -> Manifest:
    """Return what a run's file says about the run.

    Args:
        name: the run's.
        created: the time of day at which its clock began, in seconds since 1970.
        torch: the version of PyTorch.
    """
    try:
        own = version("torchloupe")
    except PackageNotFoundError:  # not installed, only on the path
        own = "unknown"
    return {
        "id": secrets.token_hex(8),
        "name": plain(name),
        "created": float(created),
        "torchloupe": own,
        "torch": plain(torch),
        "python": platform.python_version(),
    }
