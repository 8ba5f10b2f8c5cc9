"""Weights on disk: written whole or not at all, read without running anything."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch
from torch import nn


def save(model: nn.Module, path: str | Path) -> Path:
    """Write a model's `state_dict` so that a crash leaves either the old file or the new one.

    Raises:
        FileNotFoundError: the directory does not exist.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"path: expected an existing directory, got {target.parent}")
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            torch.save(model.state_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def load(model: nn.Module, path: str | Path) -> None:
    """Read weights that `save` wrote into a model of the same shape; no code in them is run.

    Raises:
        FileNotFoundError: there is no such file.
        RuntimeError: they are another model's.
    """
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(f"path: expected a file of weights, got {source}")
    model.load_state_dict(torch.load(source, map_location="cpu", weights_only=True))
